"""What waits, runs and failed, and how attempts ended, read without looking at all that ever was."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.selectors import failures, queues
from inference.services import pulses
from tests import factories

HOUR = timedelta(hours=1)


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def failed(system, code, *, seconds=0, number=1, **fields):
    job = factories.job(system, factories.prompt(), state="failed", attempts=number, ended_at=ago(seconds))
    for earlier in range(1, number):
        factories.attempt(job, number=earlier, outcome="transient", code="earlier", ended_at=ago(seconds + 9))
    values = {"outcome": "permanent", "fault": "submitter", "ended_at": ago(seconds)} | fields
    return factories.attempt(job, number=number, code=code, **values)


def test_queue_tells_of_a_systems_jobs(db):
    team = factories.team(name="Lab")
    system = factories.system("alpha", model=factories.model(team=team))
    idle = factories.system("beta")
    factories.job(system, factories.prompt(), not_before=ago(50))
    factories.job(system, factories.prompt(), not_before=ago(-50))
    failed(system, "no_audio")

    one, other = queues.queues([system.pk, idle.pk])

    assert (one.slug, one.team, one.waiting, one.running, one.failed) == ("alpha", "Lab", 2, 0, 1)
    assert 50 <= one.oldest_due_seconds < 110
    assert (other.slug, other.is_idle, one.is_idle) == ("beta", True, False)


@pytest.mark.parametrize(
    "rests",
    [
        {"paused_at": timezone.now(), "pause_code": "moderator"},
        {"state": "retired", "retired_at": timezone.now(), "retire_reason": "old"},
    ],
)
def test_nothing_is_due_of_a_system_that_rests(db, rests):
    system = factories.system(**rests)
    factories.job(system, factories.prompt(), not_before=ago(50))

    (queue,) = queues.queues([system.pk])

    assert (queue.waiting, queue.oldest_due_seconds) == (1, None)


def test_attempts_are_counted_by_how_and_when_they_ended(db):
    system = factories.system()
    failed(system, "a", seconds=10)
    failed(system, "b", seconds=400, outcome="lost", fault="platform")
    failed(system, "c", seconds=4000)

    lately = queues.ended(HOUR)
    steps = queues.ended_by_step(step=timedelta(minutes=5), steps=12)

    assert lately == {("permanent", "submitter"): 1, ("lost", "platform"): 1}
    assert [dict(step) for step in steps[-2:]] == [{"lost": 1}, {"permanent": 1}]
    assert not any(steps[:-2])


def test_failures_are_told_once_a_code_by_the_last_try(db):
    one, other = factories.system("alpha"), factories.system("beta")
    failed(one, "no_audio", number=3, message="old")
    newest = failed(one, "no_audio", message="new")
    failed(one, "timeout", outcome="transient", fault="upstream")
    failed(other, "no_audio")

    groups = failures.by_code([one])

    assert [(group.code, group.fault, group.jobs) for group in groups] == [
        ("no_audio", "submitter", 2),
        ("timeout", "upstream", 1),
    ]
    assert groups[0].last == newest
    assert failures.failed_with(one, code="earlier").count() == 0
    assert failures.failed_with(one, code="no_audio").count() == 2


def test_workers_tell_what_they_hold(db):
    pulses.beat("worker@here", queues=["api"])
    pulses.beat("sweeper", queues=["sweeper"])

    sweeper, worker = queues.workers()

    assert (worker.name, worker.holds, worker.is_sweeper, sweeper.is_sweeper) == (
        "worker@here",
        0,
        False,
        True,
    )
    assert worker.silent_seconds < 60
