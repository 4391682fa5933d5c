"""A job counts the tries that the site spoilt beside its errors and crashes, so that a retry starts all three anew."""

from django.db import migrations, models

KEPT = """
DROP TRIGGER kept ON inference_job;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON inference_job
    FOR EACH ROW EXECUTE FUNCTION arena_append_only(
        'state', 'priority', 'not_before', 'batch', 'lease_token', 'lease_expires_at', 'hard_deadline_at',
        'attempts', 'errors', 'crashes', {excused}'ended_at');
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0016_bells_are_a_queues")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="excused",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="Tries that the site spoilt; they count as no error."
            ),
        ),
        migrations.RunSQL(KEPT.format(excused="'excused', "), KEPT.format(excused="")),
    ]
