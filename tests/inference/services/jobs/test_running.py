"""How a claimed batch is run."""

import psutil
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


@pytest.mark.parametrize(
    "poison",
    [
        ("raise", 4, "adapter_crashed"),
        ("end", 6, "adapter_crashed"),
        ("garbage", 7, "adapter_crashed"),
        ("segfault", 0, "adapter_killed_by_signal"),
        ("say nonsense", 6, "adapter_talked_nonsense"),
    ],
)
def test_a_prompt_that_breaks_its_batch_ends_as_the_only_failed_one(db, batch, take, rng, scripted, poison):
    what, place, code = poison
    lengths = [0.5 + number / 10 for number in range(8)]
    _, made = batch({f"{lengths[place]:.1f}": what}, lengths=lengths)

    run_all(take, rng)

    bad = Job.objects.get(pk=made[place].pk)
    assert states(made) == ["done"] * place + ["failed"] + ["done"] * (7 - place)
    assert (bad.crashes, bad.errors, bad.attempts) == (3, 0, 3)
    assert set(bad.attempt_set.values_list("outcome", "code")) == {("lost", code)}
    # Whoever had no answer when the batch broke is tried alone from then on, and crashed that one time.
    assert scripted.batches == [8, *[1] * (2 + 7 - place)]
    healthy = Job.objects.exclude(pk=bad.pk).order_by("pk").values_list("attempts", "crashes")
    assert list(healthy) == [(1, 0)] * place + [(2, 1)] * (7 - place)


def test_two_poisoned_prompts_of_a_batch_cost_the_healthy_ones_one_crash_at_most(db, batch, take, rng):
    _, made = batch({"0.6": "end the process", "0.7": "segfault"})

    run_all(take, rng)

    assert states(made) == ["done", "failed", "failed", "done"]
    crashes = Job.objects.order_by("pk").values_list("crashes", flat=True)
    assert list(crashes) == [0, 3, 3, 1]


def test_a_prompt_on_which_the_adapter_hangs_is_ended_in_time(db, batch, take, rng, settings):
    batch(lengths=[0.5])
    jobs.run(take(), rng=rng)  # starts the host, which does not count here
    settings.ANSWER_SECONDS, settings.CALL_SECONDS = 2.0, 0.1
    _, made = batch({"0.6": "keep the lock"}, lengths=(0.5, 0.6))

    jobs.run(take(), rng=rng)

    assert states(made) == ["done", "queued"]
    attempt = made[1].attempt_set.get()
    assert (attempt.outcome, attempt.code) == ("lost", "adapter_hung")
    assert "_keep_the_lock" in attempt.detail


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

    jobs.run(take(), rng=rng, stopping=lambda: Job.objects.filter(state="done").count() == 2)

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


def test_a_lease_that_is_lost_ends_what_is_in_the_making(committed_db, batch, take, rng, scripted, settings):
    settings.HEARTBEAT_SECONDS = 0.05
    batch({"0.5": "loop"}, lengths=[0.5])
    claim = take()
    Job.objects.update(state="cancelled", lease_token=None, lease_expires_at=None, hard_deadline_at=None)

    jobs.run(claim, rng=rng)

    (host,) = scripted.hosts or [0]
    assert not psutil.pid_exists(host)
    assert Attempt.objects.get().outcome == "fenced"


def test_a_worker_that_stops_waits_a_while_for_the_answer_in_the_making(db, batch, take, rng, settings):
    settings.STOP_SECONDS = 20.0
    _, made = batch(pause_seconds=0.3, lengths=(0.5, 0.6))
    begun = take()
    stops = iter([False])

    jobs.run(begun, rng=rng, stopping=lambda: next(stops, True))

    assert states(made) == ["done", "queued"]
    assert list(Attempt.objects.order_by("pk").values_list("outcome", flat=True)) == ["done", "released"]


def test_a_worker_that_stops_does_not_wait_for_ever(db, batch, take, rng, settings):
    settings.STOP_SECONDS = 0.5
    _, made = batch({"0.5": "loop"}, lengths=[0.5])
    begun = take()
    stops = iter([False])

    jobs.run(begun, rng=rng, stopping=lambda: next(stops, True))

    job = Job.objects.get()
    assert (job.state, job.crashes, job.errors) == ("queued", 0, 0)
    assert made[0].attempt_set.get().outcome == "released"


def test_a_bug_of_ours_ends_the_try_and_leaves_no_lease(db, batch, take, rng, monkeypatch):
    _, made = batch(lengths=[0.5])
    monkeypatch.setattr("inference.services.jobs.running.complete", lambda *_, **__: 1 / 0)

    jobs.run(take(), rng=rng)

    attempt = made[0].attempt_set.get()
    assert states(made) == ["queued"]
    assert (attempt.outcome, attempt.code) == ("lost", "worker_crashed")
    assert "ZeroDivisionError" in attempt.detail
