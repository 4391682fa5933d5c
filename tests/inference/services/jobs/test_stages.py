"""Finished steps as rows."""

from inference.adapters.base import Stage
from inference.models import Stage as StageRow
from inference.services.jobs.stages import DatabaseStages
from tests import factories


def stage(**fields):
    return Stage(**({"name": "hear", "key": "k" * 64, "text": "words", "seconds": 1.25} | fields))


def test_a_stage_that_was_put_is_got_again(db):
    job = factories.job(factories.system(), factories.prompt())
    store = DatabaseStages(job.pk)

    store.put(stage())

    assert DatabaseStages(job.pk).get("hear", "k" * 64) == stage()


def test_a_stage_is_known_by_its_job_its_name_and_what_went_in(db):
    job, other = (factories.job(factories.system(), factories.prompt()) for _ in range(2))
    DatabaseStages(job.pk).put(stage())

    assert DatabaseStages(job.pk).get("hear", "x" * 64) is None
    assert DatabaseStages(job.pk).get("speak", "k" * 64) is None
    assert DatabaseStages(other.pk).get("hear", "k" * 64) is None


def test_the_first_stage_of_a_key_stays(db):
    store = DatabaseStages(factories.job(factories.system(), factories.prompt()).pk)
    store.put(stage())

    store.put(stage(text="other words"))

    assert store.get("hear", "k" * 64) == stage()
    assert StageRow.objects.count() == 1
