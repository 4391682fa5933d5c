"""What moderators decide below the judging: only the listed moves exist."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from inference.errors import Refused
from inference.models import Attempt, AuditEntry, Job
from inference.services import jobs, moderation, owners
from inference.services.jobs import Lease
from tests import factories

pytestmark = pytest.mark.django_db


def refused(call, *args, **kwargs) -> str:
    """The code of the refusal that the call must end with."""
    kwargs = {"by": None, "reason": "A test."} | kwargs
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.code


def running_job() -> Job:
    now, token = timezone.now(), uuid.uuid4()
    job = factories.job(
        factories.system(),
        factories.prompt(),
        state="running",
        attempts=1,
        lease_token=token,
        lease_expires_at=now + timedelta(minutes=1),
        hard_deadline_at=now + timedelta(minutes=4),
    )
    Attempt.objects.create(job=job, number=1, lease_token=token, worker="worker")
    return job


def test_freeze_sets_the_moment_once():
    prompt = factories.prompt()

    moderation.freeze(prompt.prompt_set, by=None, reason="A test.")
    again = refused(moderation.freeze, prompt.prompt_set)

    prompt.prompt_set.refresh_from_db()
    assert prompt.prompt_set.frozen_at is not None
    assert again == "already_frozen"


def test_freeze_refuses_a_set_without_prompts():
    empty = factories.prompt_set()

    assert refused(moderation.freeze, empty) == "no_prompts"
    empty.refresh_from_db()
    assert empty.frozen_at is None


def test_withdraw_keeps_the_reason_and_happens_once():
    prompt = factories.prompt()

    without_reason = refused(moderation.withdraw, prompt, reason="  ")
    moderation.withdraw(prompt, by=None, reason=" The voice breaks off. ")
    again = refused(moderation.withdraw, prompt, reason="Another one.")

    prompt.refresh_from_db()
    assert (prompt.state, prompt.withdrawn_reason) == ("withdrawn", "The voice breaks off.")
    assert (without_reason, again) == ("reason_needed", "already_withdrawn")


def test_withdraw_cancels_the_jobs_that_wait_for_the_prompt():
    prompt = factories.prompt()
    waiting = factories.job(factories.system(), prompt)
    answered = factories.response(factories.system(), prompt).job
    of_another = factories.job(factories.system(), factories.prompt())

    moderation.withdraw(prompt, by=None, reason="The voice breaks off.")

    for job in (waiting, answered, of_another):
        job.refresh_from_db()
    assert (waiting.state, answered.state, of_another.state) == ("cancelled", "done", "queued")
    assert waiting.ended_at is not None


def test_withdraw_works_in_a_frozen_set():
    prompt = factories.prompt()
    moderation.freeze(prompt.prompt_set, by=None, reason="A test.")

    moderation.withdraw(prompt, by=None, reason="The voice breaks off.")

    prompt.refresh_from_db()
    assert prompt.state == "withdrawn"


def test_a_moderator_takes_over_the_pause_of_a_system_that_failed(ada):
    system = factories.system(
        model=factories.model(team=factories.team(ada)),
        paused_at=timezone.now(),
        pause_code="failed_in_a_row",
    )

    moderation.pause(system, by=None, reason="It is not to run for now.")

    system.refresh_from_db()
    last = AuditEntry.objects.latest("id")
    assert system.pause_code == "moderator"
    assert (last.before, last.after) == ({"pause_code": "failed_in_a_row"}, {"pause_code": "moderator"})
    with pytest.raises(Refused) as refusal:
        owners.resume(system, by=ada, reason="We mended it.")
    assert refusal.value.code == "paused_by_moderator"


def test_pause_and_resume_take_turns():
    system = factories.system()

    moderation.pause(system, by=None, reason="A test.")
    system.refresh_from_db()
    paused = system.pause_code
    again = refused(moderation.pause, system)
    moderation.resume(system, by=None, reason="A test.")
    system.refresh_from_db()
    resumed = (system.paused_at, system.pause_code)

    assert (paused, again) == ("moderator", "already_paused")
    assert resumed == (None, "")
    assert refused(moderation.resume, system) == "not_paused"


def test_retire_is_final_and_cancels_waiting_jobs():
    system = factories.system()
    waiting = factories.job(system, factories.prompt())
    answered = factories.response(system, factories.prompt()).job
    of_another = factories.job(factories.system(), factories.prompt())

    cancelled = moderation.retire(system, by=None, reason="Its maker asked for it.")

    for row in (system, waiting, answered, of_another):
        row.refresh_from_db()
    assert cancelled == 1
    assert (system.state, system.retire_reason) == ("retired", "Its maker asked for it.")
    assert system.retired_at is not None
    assert (waiting.state, answered.state, of_another.state) == ("cancelled", "done", "queued")
    assert refused(moderation.retire, system, reason="Again.") == "not_live"


@pytest.mark.parametrize("state", ["draft", "private", "withdrawn"])
def test_retire_refuses_what_was_never_public(state):
    system = factories.system(state=state)

    assert refused(moderation.retire, system, reason="No more.") == "not_live"


MOVES = {
    "accept": lambda response: moderation.accept(response, by=None, reason="A test."),
    "quarantine": lambda response: moderation.quarantine(response, fault="noise", by=None, reason="A test."),
    "reject": lambda response: moderation.reject(response, fault="unsafe", by=None, reason="A test."),
}


@pytest.mark.parametrize(
    ("before", "move", "after"),
    [
        ("ok", "quarantine", ("quarantined", "noise")),
        ("ok", "reject", ("rejected", "unsafe")),
        ("quarantined", "accept", ("ok", "")),
        ("quarantined", "reject", ("rejected", "unsafe")),
    ],
)
def test_response_moves_as_listed(before, move, after):
    response = factories.response(factories.system(), factories.prompt(), state=before)

    MOVES[move](response)

    response.refresh_from_db()
    assert (response.state, response.state_code) == after


@pytest.mark.parametrize(
    ("before", "move", "code"),
    [
        ("ok", "accept", "not_quarantined"),
        ("quarantined", "quarantine", "not_ok"),
        ("rejected", "accept", "not_quarantined"),
        ("rejected", "quarantine", "not_ok"),
        ("rejected", "reject", "already_rejected"),
    ],
)
def test_response_moves_in_no_other_way(before, move, code):
    response = factories.response(factories.system(), factories.prompt(), state=before)

    with pytest.raises(Refused) as caught:
        MOVES[move](response)

    assert caught.value.code == code
    response.refresh_from_db()
    assert response.state == before


def test_retry_forgets_blame_but_not_attempts():
    job = factories.job(
        factories.system(),
        factories.prompt(),
        state="failed",
        attempts=3,
        errors=2,
        crashes=1,
        excused=20,
        ended_at=timezone.now(),
    )

    moderation.retry(job, by=None, reason="A test.")

    job.refresh_from_db()
    assert (job.state, job.attempts, job.ended_at) == ("queued", 3, None)
    assert (job.errors, job.crashes, job.excused) == (0, 0, 0)
    assert refused(moderation.retry, job) == "not_failed"


@pytest.mark.parametrize("state", ["retired", "withdrawn", "draft"])
def test_retry_refuses_on_a_system_that_does_not_run(state):
    ended = timezone.now()
    fields = {"retire_reason": "old", "retired_at": ended} if state == "retired" else {}
    system = factories.system(state=state, **fields)
    job = factories.job(system, factories.prompt(), state="failed", ended_at=ended)

    assert refused(moderation.retry, job) == "not_wanted"
    job.refresh_from_db()
    assert (job.state, job.ended_at) == ("failed", ended)


def test_retry_refuses_on_a_withdrawn_prompt():
    prompt = factories.prompt(state="withdrawn", withdrawn_reason="A name is said.")
    job = factories.job(factories.system(), prompt, state="failed", ended_at=timezone.now())

    assert refused(moderation.retry, job) == "not_wanted"


def test_cancel_takes_the_lease_and_ends_the_attempt():
    job = running_job()
    attempt = job.attempt_set.get()

    moderation.cancel(job, by=None, reason="A test.")

    job.refresh_from_db()
    attempt.refresh_from_db()
    assert (job.state, job.lease_token, job.lease_expires_at) == ("cancelled", None, None)
    assert (attempt.outcome, attempt.code) == ("cancelled", "moderator")
    assert refused(moderation.cancel, job) == "already_ended"


def test_cancel_makes_a_late_result_worthless():
    job = running_job()
    attempt = job.attempt_set.get()
    lease = Lease(
        token=job.lease_token,
        job_id=job.pk,
        attempt_id=attempt.pk,
        system_id=job.system_id,
        prompt_id=job.prompt_id,
        replicate=1,
        seed=1,
        errors=0,
        crashes=0,
        excused=0,
    )

    moderation.cancel(job, by=None, reason="A test.")
    counted = jobs.release(lease)

    job.refresh_from_db()
    attempt.refresh_from_db()
    assert counted is False
    assert (job.state, attempt.outcome) == ("cancelled", "cancelled")
