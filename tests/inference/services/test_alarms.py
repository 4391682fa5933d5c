"""Alarms: one a subject, told once by mail in everybody's language, looked at and closed by somebody."""

import pytest
from django.core import mail

from inference.errors import Refused
from inference.models import Alarm, AuditEntry
from inference.services import alarms
from tests import factories


def jump(slug="too_fast"):
    alarms.raise_("rule_jump", subject=f"rule:{slug}", severity=Alarm.Severity.URGENT, detail="12 of 30.")
    return Alarm.objects.get(subject=f"rule:{slug}", closed_at=None)


def test_new_alarms_are_mailed_once_to_each_of_the_staff_in_their_language(
    mo, ben, django_capture_on_commit_callbacks
):
    factories.user("li@example.org", is_staff=True, language="zh-hans")
    jump()
    jump("favour")

    with django_capture_on_commit_callbacks(execute=True):
        told = [alarms.tell(), alarms.tell()]

    assert told == [2, 0]
    assert [message.to for message in mail.outbox] == [["mo@example.org"], ["li@example.org"]]
    assert "12 of 30." in mail.outbox[0].body
    assert "2 new" in mail.outbox[0].subject
    assert mail.outbox[1].subject != mail.outbox[0].subject


def test_what_is_seen_again_is_not_told_again(mo, django_capture_on_commit_callbacks):
    jump()
    with django_capture_on_commit_callbacks(execute=True):
        alarms.tell()
    jump()

    assert alarms.tell() == 0


def test_what_ended_before_the_mail_is_not_told(mo):
    alarms.end(jump(), by=mo, reason="It was the import.")

    assert alarms.tell() == 0


def test_one_person_looks_and_closes_and_it_may_open_again(mo):
    alarm = jump()

    alarms.acknowledge(alarm, by=mo, reason="I look.")
    with pytest.raises(Refused) as twice:
        alarms.acknowledge(alarm, by=mo, reason="I look again.")
    alarms.end(alarm, by=mo, reason="The run is lifted.")
    with pytest.raises(Refused) as closed:
        alarms.end(alarm, by=mo, reason="Once more.")
    again = jump()

    alarm.refresh_from_db()
    assert (twice.value.code, closed.value.code) == ("already_acknowledged", "already_closed")
    assert (alarm.acknowledged_by, alarm.closed_reason) == (mo, "The run is lifted.")
    assert again.pk != alarm.pk
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "alarm.acknowledge",
        "alarm.close",
    ]
