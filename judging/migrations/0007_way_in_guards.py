"""Terms are published once, and a consent changes only by being withdrawn (datamodel D37)."""

from django.db import migrations

GUARDS = """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_consenttext FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON judging_consenttext EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON judging_consent
    FOR EACH ROW EXECUTE FUNCTION arena_append_only('withdrawn_at');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON judging_consent EXECUTE FUNCTION arena_append_only();
"""
WITHOUT = """
DROP TRIGGER kept ON judging_consenttext;
DROP TRIGGER not_emptied ON judging_consenttext;
DROP TRIGGER kept ON judging_consent;
DROP TRIGGER not_emptied ON judging_consent;
"""


class Migration(migrations.Migration):
    dependencies = [("judging", "0006_way_in")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT)]
