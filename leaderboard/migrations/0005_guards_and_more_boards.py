"""Studies and release files are kept as they are; a board for each criterion that is asked (D65, D66, D70)."""

from django.db import migrations

APPEND_ONLY = ["study", "studyverdict", "releasefile"]
GUARDS = "".join(
    f"""
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON leaderboard_{table} FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON leaderboard_{table} EXECUTE FUNCTION arena_append_only();
"""
    for table in APPEND_ONLY
)
GUARDS += """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON leaderboard_release
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION arena_append_only();
CREATE OR REPLACE FUNCTION arena_defined_board() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown text[] := ARRAY['title_en', 'title_zh_hans', 'position', 'active', 'visibility'];
BEGIN
    IF EXISTS (SELECT FROM leaderboard_snapshot WHERE board_id = OLD.id) AND to_jsonb(OLD) - shown <> to_jsonb(NEW) - shown THEN
        RAISE EXCEPTION 'UPDATE refused: the board has snapshots' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
WITHOUT = "".join(
    f"DROP TRIGGER kept ON leaderboard_{table}; DROP TRIGGER not_emptied ON leaderboard_{table};\n"
    for table in APPEND_ONLY
)
WITHOUT += "DROP TRIGGER kept ON leaderboard_release;"

BOARDS = [("semantic", "Content", "内容", 2), ("paralinguistic", "Delivery", "表达", 3)]


def add(apps, schema_editor):
    board = apps.get_model("leaderboard", "Board").objects
    for slug, english, chinese, position in BOARDS:
        criterion = apps.get_model("judging", "Criterion").objects.get(slug=slug)
        board.create(
            slug=slug,
            title_en=criterion.label_en or english,
            title_zh_hans=criterion.label_zh_hans or chinese,
            criterion=criterion,
            position=position,
        )
    board.filter(slug="overall-elo").update(position=9)


def remove(apps, schema_editor):
    board = apps.get_model("leaderboard", "Board").objects
    board.filter(slug__in=[row[0] for row in BOARDS]).delete()
    board.filter(slug="overall-elo").update(position=2)


class Migration(migrations.Migration):
    dependencies = [
        ("leaderboard", "0004_slices_cards_studies_and_releases"),
        ("judging", "0003_first_criteria"),
    ]
    operations = [migrations.RunSQL(GUARDS, WITHOUT), migrations.RunPython(add, remove)]
