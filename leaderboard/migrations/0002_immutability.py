"""A snapshot is published once and for all; a board with snapshots keeps what defines it (datamodel D66–D69)."""

from django.db import migrations

APPEND_ONLY = ["snapshot", "standing", "headtohead"]

GUARDS = "".join(
    f"""
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON leaderboard_{table} FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON leaderboard_{table} EXECUTE FUNCTION arena_append_only();
"""
    for table in APPEND_ONLY
)
GUARDS += """
CREATE FUNCTION arena_defined_board() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown text[] := ARRAY['title_en', 'title_zh_hans', 'position', 'active'];
BEGIN
    IF EXISTS (SELECT FROM leaderboard_snapshot WHERE board_id = OLD.id) AND to_jsonb(OLD) - shown <> to_jsonb(NEW) - shown THEN
        RAISE EXCEPTION 'UPDATE refused: the board has snapshots' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER defined BEFORE UPDATE ON leaderboard_board FOR EACH ROW EXECUTE FUNCTION arena_defined_board();
"""

WITHOUT = "DROP FUNCTION arena_defined_board() CASCADE;\n" + "".join(
    f"DROP TRIGGER kept ON leaderboard_{table}; DROP TRIGGER not_emptied ON leaderboard_{table};\n"
    for table in APPEND_ONLY
)


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0001_initial"), ("inference", "0002_immutability")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
