"""Finished steps of an answer as rows, so that a restart repeats none of them."""

from functools import partial

from inference.adapters.base import Stage
from inference.models import Stage as StageRow
from inference.services.jobs.leases import insist


class DatabaseStages:
    """The finished stages of one job; the `StageStore` of adapters that run here."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id

    def get(self, name: str, key: str) -> Stage | None:
        """Return the stage that some try finished with the same input; None if there is none."""
        found = insist(StageRow.objects.filter(job_id=self.job_id, key=key, name=name).first)
        if found is None:
            return None
        return Stage(
            name=found.name, key=found.key, text=found.text, seconds=found.total_ms / 1000, tags=found.tags
        )

    def put(self, stage: Stage) -> None:
        """Keep a finished stage at once. A key that is known already stays as it was."""
        row = StageRow(
            job_id=self.job_id,
            name=stage.name,
            key=stage.key,
            text=stage.text,
            tags=dict(stage.tags),
            total_ms=round(1000 * stage.seconds),
        )
        insist(partial(StageRow.objects.bulk_create, [row], ignore_conflicts=True))
