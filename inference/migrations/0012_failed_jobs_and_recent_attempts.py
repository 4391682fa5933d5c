"""Jobs that came to nothing, and the attempts of the last hours, are found without reading the others.

The second index is a summary of pages (BRIN): attempts are written in the order in which they end, more or less,
and ending one stays as cheap as it was.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("inference", "0011_system_delivery")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                F("state"),
                F("system"),
                F("id").desc(),
                condition=Q(state__in=["failed", "cancelled"]),
                name="jobs_that_came_to_nothing",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["ended_at"], autosummarize=True, name="attempts_by_their_end", pages_per_range=16
            ),
        ),
    ]
