"""Why a pair was drawn is never changed (datamodel D10)."""

from django.db import migrations

GUARDS = """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_draw FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON judging_draw EXECUTE FUNCTION arena_append_only();
"""
WITHOUT = "DROP TRIGGER kept ON judging_draw; DROP TRIGGER not_emptied ON judging_draw;"


class Migration(migrations.Migration):
    dependencies = [("judging", "0013_draws")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
