"""Bells and turns are kept by system, not by job.

The column of a job's last bell stays in the table until no worker of an older release runs any more.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0009_jobs_in_order")]

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "system",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="turn",
                        serialize=False,
                        to="inference.system",
                    ),
                ),
                ("rung_at", models.DateTimeField(blank=True, null=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="job", name="last_rung_at")]
        ),
    ]
