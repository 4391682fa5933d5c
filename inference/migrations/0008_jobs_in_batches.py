"""Jobs that were taken together say so, and a job's batch is part of its life (datamodel D32)."""

from django.db import migrations, models

WITH_BATCH = """
DROP TRIGGER kept ON inference_job;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'last_rung_at', 'batch', 'lease_token', 'lease_expires_at',
        'hard_deadline_at', 'attempts', 'errors', 'crashes', 'ended_at');
"""

WITHOUT_BATCH = """
DROP TRIGGER kept ON inference_job;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'last_rung_at', 'lease_token', 'lease_expires_at',
        'hard_deadline_at', 'attempts', 'errors', 'crashes', 'ended_at');
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0007_audit_stays")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="batch",
            field=models.UUIDField(
                blank=True,
                editable=False,
                help_text="Shared by the jobs that were last taken together.",
                null=True,
            ),
        ),
        migrations.RunSQL(WITH_BATCH, WITHOUT_BATCH),
    ]
