"""Audit entries are only ever added (datamodel D10, D18)."""

from django.db import migrations

GUARD = """
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_auditentry
    FOR EACH ROW EXECUTE FUNCTION arena_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON inference_auditentry EXECUTE FUNCTION arena_append_only();
"""

WITHOUT = """
DROP TRIGGER not_emptied ON inference_auditentry;
DROP TRIGGER kept ON inference_auditentry;
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0006_audit")]
    operations = [migrations.RunSQL(GUARD, WITHOUT)]
