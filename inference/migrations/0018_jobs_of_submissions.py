"""A job may be asked for again by a later submission of the same system, beside all else that may change of it."""

from django.db import migrations

KEPT = """
DROP TRIGGER kept ON inference_job;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'batch', 'lease_token', 'lease_expires_at', 'hard_deadline_at',
        'attempts', 'errors', 'crashes', 'excused', {submission}'ended_at');
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0017_excused_tries")]
    operations = [
        migrations.RunSQL(KEPT.format(submission="'submission_id', "), KEPT.format(submission="")),
    ]
