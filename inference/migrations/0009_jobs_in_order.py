"""Queued jobs keep the order in which they were asked, and a system's last ended ones are found at once."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("inference", "0008_jobs_in_batches")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                F("system"),
                F("priority"),
                F("id"),
                F("not_before"),
                condition=Q(state="queued"),
                name="queued_jobs",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                F("system"),
                F("ended_at").desc(),
                F("id").desc(),
                condition=Q(state__in=["done", "failed"]),
                name="jobs_by_their_end",
            ),
        ),
        migrations.RemoveIndex(model_name="job", name="claimable_jobs"),
    ]
