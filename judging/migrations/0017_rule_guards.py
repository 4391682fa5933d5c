"""Runs stay as they are; of a proposal only what is decided changes (datamodel D54, D55, D79)."""

from django.db import migrations

GUARDS = """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_rulerun
    FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON judging_rulerun EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_exclusionproposal
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'seconded_by_id', 'seconded_at', 'decided_by_id', 'decided_at', 'decision');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON judging_exclusionproposal EXECUTE FUNCTION arena_append_only();
"""
WITHOUT = """
DROP TRIGGER kept ON judging_rulerun;
DROP TRIGGER not_emptied ON judging_rulerun;
DROP TRIGGER kept ON judging_exclusionproposal;
DROP TRIGGER not_emptied ON judging_exclusionproposal;
"""


class Migration(migrations.Migration):
    dependencies = [("judging", "0016_rule_runs_and_proposals")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
