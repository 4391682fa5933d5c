"""How a claimed batch is run."""

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.models import Attempt, Job, Response, Stage
from inference.services import jobs
from tests import factories

LENGTHS = (0.5, 0.6, 0.7, 0.8)


@pytest.fixture
def batch(prompt_of):
    """A system with a script, and its jobs for prompts of half a second and more."""

    def asked(script=None, *, lengths=LENGTHS, pause_seconds=0.0):
        config = {"batch_size": 8, "script": script or {}, "pause_seconds": pause_seconds}
        system = factories.system(adapter="scripted", config=config)
        return system, [factories.job(system, prompt_of(seconds)) for seconds in lengths]

    return asked


def states(made) -> list[str]:
    return [Job.objects.get(pk=job.pk).state for job in made]


def run_all(take, rng, *, rounds=20):
    """Work until nothing is left, as if every back-off were over at once."""
    for _ in range(rounds):
        Job.objects.filter(state="queued").update(not_before=timezone.now())
        claim = take()
        if claim is None:
            return
        jobs.run(claim, rng=rng)
    raise AssertionError("The jobs do not come to an end.")


def test_run_stores_an_answer_for_each_prompt(db, batch, take, rng):
    _, made = batch()

    jobs.run(take(), rng=rng)

    lengths = Response.objects.order_by("job_id").values_list("job_id", "raw__duration_ms")
    assert list(lengths) == [
        (job.pk, round(1000 * seconds)) for job, seconds in zip(made, LENGTHS, strict=True)
    ]
    assert states(made) == ["done"] * 4


def test_run_gives_a_batch_to_the_adapter_at_once_with_the_jobs_seed(db, batch, take, rng, scripted):
    batch()

    jobs.run(take(), rng=rng)

    assert scripted.batches == [4]
    assert set(Response.objects.values_list("own_transcript", flat=True)) == {"seed 1"}


@pytest.mark.parametrize(
    ("what", "ended"),
    [
        ("transient", ("queued", "busy")),
        ("permanent", ("failed", "never")),
        ("silent", ("failed", "silent")),
        ("nan", ("failed", "not_finite")),
    ],
)
def test_one_bad_prompt_fails_alone(db, batch, take, rng, what, ended):
    _, made = batch({"0.6": what})

    jobs.run(take(), rng=rng)

    bad = Job.objects.get(pk=made[1].pk)
    assert states(made) == ["done", ended[0], "done", "done"]
    assert (bad.errors, bad.crashes) == (1, 0)
    assert (bad.state, bad.attempt_set.get().code) == ended


@pytest.mark.parametrize("what", ["raise", "end", "garbage"])
def test_a_prompt_that_breaks_its_batch_ends_as_the_only_failed_one(db, batch, take, rng, scripted, what):
    _, made = batch({"0.6": what})

    run_all(take, rng)

    bad = Job.objects.get(pk=made[1].pk)
    assert states(made) == ["done", "failed", "done", "done"]
    assert (bad.crashes, bad.errors, bad.attempts) == (3, 0, 3)
    assert set(bad.attempt_set.values_list("outcome", "code")) == {("lost", "adapter_crashed")}
    # Who was in the batch that broke is tried alone from then on.
    assert scripted.batches == [4, 1, 1, 1, 1]
    assert set(Job.objects.exclude(pk=bad.pk).values_list("attempts", flat=True)) == {1, 2}


def test_a_crash_tells_staff_where_it_was(db, batch, take, rng):
    batch({"0.5": "raise"})

    jobs.run(take(), rng=rng)

    attempt = Attempt.objects.order_by("job_id").first()
    assert attempt.message == "The system's adapter crashed: ValueError: a bug in the adapter"
    assert 'raise ValueError("a bug in the adapter")' in attempt.detail


def test_a_stage_that_was_finished_is_not_repeated_after_a_crash(db, batch, take, rng, scripted):
    batch({"0.5": "die after a stage"}, lengths=[0.5])

    run_all(take, rng)

    stage = Stage.objects.get()
    assert scripted.batches == [1, 1]
    assert (stage.name, stage.text, stage.total_ms) == ("hear", "words", 1250)
    assert Response.objects.get().own_transcript == "remembered words"


def test_a_system_that_cannot_be_loaded_fails_its_jobs_and_says_why(db, take, rng):
    factories.job(factories.system(adapter="ecko"), factories.prompt())

    jobs.run(take(), rng=rng)

    attempt = Attempt.objects.get()
    assert Job.objects.get().state == "failed"
    assert (attempt.outcome, attempt.code) == ("permanent", "unknown_adapter")
    assert "Did you mean echo" in attempt.message


def test_a_prompt_whose_sound_is_gone_fails_alone_and_is_tried_again(db, batch, take, rng):
    _, made = batch()
    default_storage.delete(made[2].prompt.raw.storage_key)

    jobs.run(take(), rng=rng)

    assert states(made) == ["done", "done", "queued", "done"]
    assert made[2].attempt_set.get().code == "storage_failed"


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(db, batch, take, rng):
    _, made = batch()
    answers = iter([False, False, True])

    jobs.run(take(), rng=rng, stopping=lambda: next(answers))

    assert states(made) == ["done", "done", "queued", "queued"]
    outcomes = Attempt.objects.order_by("job_id").values_list("outcome", flat=True)
    assert list(outcomes) == ["done", "done", "released", "released"]
    assert set(Job.objects.values_list("errors", "crashes")) == {(0, 0)}


def test_an_answer_for_a_job_that_was_cancelled_meanwhile_changes_nothing(db, batch, take, rng):
    _, made = batch()
    claim = take()
    Job.objects.filter(pk=made[0].pk).update(
        state="cancelled", lease_token=None, lease_expires_at=None, hard_deadline_at=None
    )

    jobs.run(claim, rng=rng)

    assert states(made) == ["cancelled", "done", "done", "done"]
    assert Response.objects.filter(job=made[0]).count() == 0
    assert made[0].attempt_set.get().outcome == "fenced"


def test_a_batch_that_lost_all_its_leases_is_left(committed_db, batch, take, rng, scripted, settings):
    settings.HEARTBEAT_SECONDS = 0.01
    _, made = batch(pause_seconds=0.2)
    claim = take()
    Job.objects.update(state="cancelled", lease_token=None, lease_expires_at=None, hard_deadline_at=None)

    jobs.run(claim, rng=rng)

    assert len(scripted.answered) <= 1
    assert states(made) == ["cancelled"] * 4
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {"fenced"}
