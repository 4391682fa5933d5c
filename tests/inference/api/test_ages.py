"""Every state is driven to its limit: nothing waits beyond it without an end or an alarm (A24, A29)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from inference.models import Alarm, Submission
from inference.services.submissions import aging, states

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
YOU, US, REVIEWER = "you", "us", "reviewer"
# State, kind, whose move it is, its code, its limit, what becomes of it, and whether there is an alarm.
LIMITS = [
    ("draft", "uploaded", YOU, "", 30 * DAY, "cancelled", False),
    ("uploading", "uploaded", YOU, "", 48 * HOUR, "cancelled", False),
    ("invalid", "uploaded", YOU, "", 30 * DAY, "cancelled", False),
    ("incomplete", "uploaded", YOU, "", 14 * DAY, "cancelled", False),
    ("queued", "worker", YOU, "", 14 * DAY, "cancelled", False),
    ("validating", "uploaded", US, "", 30 * MINUTE, "validating", True),
    ("validating", "uploaded", US, "", 2 * HOUR, "failed", True),
    ("validating", "endpoint", REVIEWER, states.CLEARANCE_NEEDED, 7 * DAY, "validating", True),
    ("queued", "uploaded", US, "", 24 * HOUR, "queued", True),
    ("running", "uploaded", US, "", 72 * HOUR, "incomplete", True),
    ("running", "worker", YOU, "", 72 * HOUR, "incomplete", True),
    ("awaiting_review", "uploaded", REVIEWER, "", 7 * DAY, "awaiting_review", True),
]


@pytest.fixture
def waiting(lab, prompt_set):
    """`waiting(state, kind, whose, code)`: a submission that waits; `age` makes it so old."""

    def made(state, kind, whose, code=""):
        body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "uploaded"}
        key = lab.post("submissions", body).json()["id"]
        rows = Submission.objects.filter(public_id=key)
        rows.update(state=state, kind=kind, waiting_on=whose, last_code=code)
        return rows

    return made


def age(rows, how):
    rows.update(state_since=timezone.now() - how)
    return aging.check_limits()


def test_every_open_state_has_its_limit_tried():
    assert {state for state, *_ in LIMITS} == {str(state) for state in states.OPEN}


@pytest.mark.parametrize("case", LIMITS, ids=lambda case: f"{case[0]}-{case[1]}-{case[4]}")
def test_a_state_comes_to_its_limit(waiting, case):
    state, kind, whose, code, limit, then, alarms = case
    rows = waiting(state, kind, whose, code)
    before = (rows.get().state, Alarm.objects.count())

    shortest = states.limit(rows.get()).age
    assert age(rows, shortest - MINUTE) == 0
    assert (rows.get().state, Alarm.objects.count()) == before

    age(rows, limit + MINUTE)
    assert rows.get().state == then
    assert Alarm.objects.exists() == alarms
    assert rows.get().waiting_on in {YOU, US, REVIEWER, "nobody"}


@pytest.mark.parametrize(
    ("state", "limit"), [("draft", 30 * DAY), ("invalid", 30 * DAY), ("incomplete", 14 * DAY)]
)
def test_a_team_is_told_three_days_before_and_once(
    waiting, ada, state, limit, django_capture_on_commit_callbacks
):
    rows = waiting(state, "uploaded", YOU)
    with django_capture_on_commit_callbacks(execute=True):
        age(rows, limit - 3 * DAY - MINUTE)
    assert mail.outbox == []
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            age(rows, limit - 3 * DAY + MINUTE)

    (told,) = mail.outbox
    assert told.to == [ada.email]
    assert "3 days" in told.body


def test_an_alarm_is_raised_once_and_a_stuck_one_frees_its_place(waiting):
    rows = waiting("queued", "uploaded", US)
    for _ in range(3):
        age(rows, 25 * HOUR)
    assert Alarm.objects.count() == 1
