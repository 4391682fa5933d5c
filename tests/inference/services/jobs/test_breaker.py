"""The breaker."""

import pytest
from django.utils import timezone

from inference.models import Job, System
from inference.services import jobs
from inference.services.jobs import Failure, Kind
from tests import factories

FAILURES = {
    "failed": Failure(kind=Kind.PERMANENT, code="never", message="This will never do."),
    "crashed": Failure(kind=Kind.CRASH, code="adapter_crashed", message="It crashed."),
    "refused upstream": Failure(kind=Kind.TRANSIENT, code="busy", message="The line is busy."),
    "lost by the site": Failure(kind=Kind.CRASH, code="lease_ran_out", message="The worker fell silent."),
}


@pytest.fixture
def end(take, rng):
    """Ask a system once more, and let the job's last try end: `end(system, "failed")`."""

    def ended(system, how):
        tried = {"errors": jobs.MOST_ERRORS - 1, "crashes": jobs.MOST_CRASHES - 1}
        factories.job(system, factories.prompt(), **tried)
        (lease,) = take(system).leases
        if how in FAILURES:
            jobs.fail(lease, FAILURES[how], rng=rng)
        else:
            Job.objects.filter(pk=lease.job_id).update(
                state=how, lease_token=None, lease_expires_at=None, hard_deadline_at=None,
                ended_at=timezone.now(),
            )  # fmt: skip

    return ended


def is_paused(system) -> bool:
    return System.objects.get(pk=system.pk).paused_at is not None


def test_five_failed_in_a_row_pause_a_system(db, end):
    system, other = factories.system(), factories.system()
    end(other, "failed")

    paused = []
    for _ in range(5):
        end(system, "failed")
        paused.append(is_paused(system))

    assert paused == [False, False, False, False, True]
    assert System.objects.get(pk=system.pk).pause_code == "failed_in_a_row"
    assert not is_paused(other)


@pytest.mark.parametrize("how", ["crashed", "refused upstream"])
def test_whatever_the_system_or_its_endpoint_does_wrong_counts(db, end, how):
    system = factories.system()

    for one in ["failed", how] * 2 + [how]:
        end(system, one)

    assert is_paused(system)


def test_what_the_site_does_wrong_is_passed_over(db, end):
    system = factories.system()

    for _ in range(6):
        end(system, "lost by the site")
    innocent = is_paused(system)
    for how in ["failed", "lost by the site", "cancelled"] * 4 + ["failed"]:
        end(system, how)

    assert not innocent
    assert is_paused(system)


def test_an_answer_in_between_keeps_a_system_running(db, end):
    system = factories.system()

    for how in ["failed"] * 4 + ["done"] + ["failed"] * 4:
        end(system, how)

    assert not is_paused(system)


def test_a_paused_systems_jobs_wait(db, end, take):
    system = factories.system()
    for _ in range(5):
        end(system, "failed")
    factories.job(system, factories.prompt())

    assert take(system) is None


def test_resume_lets_jobs_run_and_rings(db, end, take, bell, django_capture_on_commit_callbacks):
    system = factories.system()
    for _ in range(5):
        end(system, "failed")
    job = factories.job(system, factories.prompt())

    with django_capture_on_commit_callbacks(execute=True):
        resumed = jobs.resume(system), jobs.resume(system)

    assert resumed == (True, False)
    assert bell.waiting("api") == 1
    assert take(system).leases[0].job_id == job.pk


@pytest.mark.parametrize(("how", "paused"), [("failed", True), ("done", False)])
def test_the_first_job_after_resume_decides(db, end, how, paused):
    system = factories.system()
    for _ in range(5):
        end(system, "failed")
    jobs.resume(system)

    end(system, how)

    assert is_paused(system) is paused
