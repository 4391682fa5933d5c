"""Jobs as staff see them: by state, age, system and what went wrong; and the overview of all queues."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inference.admin import overview
from inference.models import AuditEntry
from inference.services import pulses
from tests import factories

JOBS = reverse("admin:inference_job_changelist")
ATTEMPTS = reverse("admin:inference_attempt_changelist")
QUEUES = reverse("admin:inference_queues")


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def queued(system=None, **fields):
    return factories.job(system or factories.system(), factories.prompt(), **fields)


def tried(state="failed", *, code="no_audio", seconds=5, system=None, **fields):
    ended = None if state == "queued" else ago(seconds)
    job = queued(system, state=state, attempts=2, ended_at=ended)
    factories.attempt(job, number=1, outcome="lost", code="lease_ran_out", ended_at=ago(seconds + 60))
    values = {"outcome": "permanent", "fault": "submitter", "ended_at": ago(seconds)} | fields
    factories.attempt(job, number=2, code=code, **values)
    return job


def running(seconds):
    token, later = uuid.uuid4(), timezone.now() + timedelta(minutes=1)
    lease = {"lease_token": token, "lease_expires_at": later, "hard_deadline_at": later}
    job = queued(state="running", attempts=1, **lease)
    factories.attempt(job, lease_token=token, started_at=ago(seconds))
    return job


@pytest.fixture
def some(db):
    """Jobs in every stretch of life, by name."""
    done = factories.response(factories.system(), factories.prompt()).job
    return {
        "waits": queued(not_before=ago(60)),
        "waits long": queued(not_before=ago(700)),
        "waits for days": queued(not_before=ago(90_000)),
        "rests": tried("queued", outcome="transient", code="busy", fault="upstream"),
        "runs": running(5),
        "runs long": running(700),
        "failed": tried(),
        "failed long ago": tried(code="timeout", seconds=90_000),
        "done": done,
    }


def set_to_rest(job):
    type(job).objects.filter(pk=job.pk).update(not_before=timezone.now() + timedelta(minutes=5))


FILTERS = {
    "state__exact=failed": {"failed", "failed long ago"},
    "since=waits-10m": {"waits long", "waits for days"},
    "since=waits-1d": {"waits for days"},
    "since=rests": {"rests"},
    "since=runs-10m": {"runs long"},
    "since=ended-1h": {"failed", "done"},
    "since=ended-1d": {"failed", "done"},
    "last=transient": {"rests"},
    "last=permanent": {"failed", "failed long ago"},
    "last=lost": set(),
    "code=no_audio": {"failed"},
    "code=busy": {"rests"},
    "code=lease_ran_out": set(),
}


@pytest.mark.parametrize("query", FILTERS)
def test_jobs_are_found_by_what_became_of_them(query, some, mo, as_user):
    set_to_rest(some["rests"])

    answer = as_user(mo).get(f"{JOBS}?{query}")

    found = {job.pk for job in answer.context["cl"].result_list}
    assert {name for name, job in some.items() if job.pk in found} == FILTERS[query]


def test_list_tells_since_when_and_what_went_wrong(some, mo, as_user):
    set_to_rest(some["rests"])

    page = as_user(mo).get(JOBS).content.decode().replace("\xa0", " ")

    for words in (
        "waits for 11 minutes",
        "rests for 4 minutes",
        "runs for 11 minutes",
        "ended 0 minutes ago",
    ):
        assert words in page
    assert "no_audio (submitter)" in page
    assert "busy (upstream)" in page


@pytest.mark.parametrize(
    "address", [JOBS, f"{JOBS}?code=no_audio", f"{JOBS}?last=permanent", ATTEMPTS, QUEUES]
)
def test_pages_cost_the_same_with_one_job_and_with_three(address, mo, as_user):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    browser = as_user(mo)
    tried()
    queries()
    with_one = queries()
    tried()
    tried(code="timeout")

    assert queries() == with_one
    assert with_one <= 20


def test_attempts_are_found_by_outcome_and_fault(some, mo, as_user):
    browser = as_user(mo)

    lost = browser.get(f"{ATTEMPTS}?outcome=lost").context["cl"].result_count
    upstream = browser.get(f"{ATTEMPTS}?fault=upstream").context["cl"].result_count

    assert (lost, upstream) == (3, 1)


def test_all_failed_jobs_with_a_code_are_tried_again(mo, as_user):
    system = factories.system()
    wanted = [tried(system=system), tried(system=system)]
    others = [tried(system=system, code="timeout"), tried()]
    page = reverse("admin:inference_system_changelist")
    sent = {"action": "retry_failed", "_selected_action": [system.pk]}
    browser = as_user(mo)

    asked = browser.post(page, sent)
    browser.post(page, sent | {"decided": "yes", "reason": "It was the network.", "kind": "no_audio"})

    for job in (*wanted, *others):
        job.refresh_from_db()
    assert [choice[0] for choice in asked.context["form"].fields["kind"].choices] == [
        "",
        "no_audio",
        "timeout",
    ]
    assert [job.state for job in wanted] == ["queued", "queued"]
    assert [job.state for job in others] == ["failed", "failed"]
    assert AuditEntry.objects.get().after == {"queued": 2}


def test_a_withdrawn_prompts_job_stays_failed_when_the_others_are_tried_again(mo, as_user):
    system = factories.system()
    wanted, unwanted = tried(system=system), tried(system=system)
    type(unwanted.prompt).objects.filter(pk=unwanted.prompt_id).update(
        state="withdrawn", withdrawn_reason="A name is said."
    )
    sent = {"action": "retry_failed", "_selected_action": [system.pk], "decided": "yes", "reason": "Again."}

    as_user(mo).post(reverse("admin:inference_system_changelist"), sent | {"kind": "no_audio"})

    for job in (wanted, unwanted):
        job.refresh_from_db()
    assert (wanted.state, unwanted.state) == ("queued", "failed")


def test_overview_shows_queues_tries_and_workers(some, mo, as_user):
    pulses.beat("worker@here", queues=["api"])
    paused = factories.system("restful", paused_at=ago(60), pause_code="failed_in_a_row")

    answer = as_user(mo).get(QUEUES)

    page = answer.content.decode()
    assert answer.context["totals"] == {"waiting": 4, "running": 2, "failed": 2}
    assert f'?state__exact=failed&amp;system__id__exact={some["failed"].system_id}"' in page
    assert "restful is paused (failed_in_a_row)" in page
    assert reverse("admin:inference_system_change", args=[paused.pk]) in page
    assert "worker@here" in page
    assert answer.context["codes"] == [("no_audio", 1), ("timeout", 1)]
    assert answer.context["chart"]["done"] == 1
    assert "answered: 1" in page


@pytest.mark.parametrize("person", ["ada", "ben", "cleo"])
def test_overview_is_for_staff_alone(person, request, as_user):
    browser = as_user(request.getfixturevalue(person))

    assert browser.get(QUEUES, follow=True).status_code == 403


def test_chart_stacks_its_parts_up_to_the_highest_bar():
    drawn = overview.chart([{"done": 3, "lost": 1}, {}, {"transient": 2}])

    parts = [(part["group"], part["y"], part["height"]) for part in drawn["parts"]]
    assert parts == [("done", 40.0, 120.0), ("bad", 0.0, 40.0), ("again", 80.0, 80.0)]
    assert (drawn["highest"], drawn["done"], drawn["again"], drawn["bad"]) == (4, 3, 2, 1)


def test_chart_of_nothing_is_empty():
    assert overview.chart([{}, {}])["parts"] == []
