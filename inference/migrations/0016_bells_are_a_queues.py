"""A bell is a queue's: nothing has to be remembered of the last one, of a system's or of a job's."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inference", "0015_submission_guards")]

    operations = [
        migrations.RemoveField(model_name="turn", name="rung_at"),
        # It left the model's state with the turns (0010).
        migrations.RunSQL(
            "ALTER TABLE inference_job DROP COLUMN last_rung_at",
            "ALTER TABLE inference_job ADD COLUMN last_rung_at timestamptz",
        ),
    ]
