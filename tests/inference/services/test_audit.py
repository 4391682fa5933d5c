"""The audit trail itself: what an entry says, and that none stands without its change."""

import datetime
import uuid

import pytest
from django.db import transaction

from inference import context
from inference.errors import Refused
from inference.models import AuditEntry, Job
from inference.services import audit
from tests import factories


def test_an_entry_says_who_what_why_and_in_which_request(mo):
    system = factories.system()
    when = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)

    with context.bound(request="r1"):
        audit.record(
            action="system.pause",
            target=system,
            actor=mo,
            reason="  It shouts. ",
            before={"paused_at": None},
            after={"paused_at": when, "key": uuid.UUID(int=7)},
        )

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_type, entry.target_id) == (
        "system.pause",
        "inference.system",
        str(system.pk),
    )
    assert (entry.actor, entry.actor_label, entry.reason, entry.request_id) == (
        mo,
        "mo@example.org",
        "It shouts.",
        "r1",
    )
    assert entry.before == {"paused_at": None}
    assert entry.after == {"paused_at": "2026-11-22T00:00:00Z", "key": str(uuid.UUID(int=7))}


def test_the_site_acts_under_its_own_name(db):
    audit.record(action="job.export", target=Job)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_label, entry.target_id, entry.reason) == (None, "the site", "", "")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_person_has_to_say_why(mo, reason):
    with pytest.raises(Refused) as refused:
        audit.record(action="job.retry", target=mo, actor=mo, reason=reason)

    assert refused.value.code == "reason_needed"


def test_an_entry_is_written_with_its_change_or_not_at_all(committed_db):
    system = factories.system()

    with pytest.raises(transaction.TransactionManagementError):
        audit.record(action="system.pause", target=system)

    assert not AuditEntry.objects.exists()


def test_actions_are_listed_once_each(mo):
    for action in ("vote.lift", "job.retry", "job.retry", "job.cancel"):
        audit.record(action=action, target=mo)

    assert audit.actions() == ["job.cancel", "job.retry", "vote.lift"]


def test_words_end_with_their_block():
    with context.bound(request="r1", job=1):
        with context.bound(job=2):
            inner = dict(context.known())
        outer = dict(context.known())

    assert (inner, outer) == ({"request": "r1", "job": 2}, {"request": "r1", "job": 1})
    assert context.request_id() == ""
