"""Which step is due, and who is let in."""

import pytest
from django.utils import timezone

from inference.errors import Refused
from inference.models import Language
from judging.models import Annotator, DeviceCheck, Invitation
from judging.services import consents, devices, enrolment, languages
from tests import factories
from tests.judging.services.test_consents import NEW

pytestmark = pytest.mark.django_db
HERE = "5a1e5f5e-0000-4000-8000-000000000001"


def refusal(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code, refused.value.status


def test_the_steps_come_in_their_order_and_the_last_makes_active(cleo):
    def due():
        return enrolment.due(cleo, device=HERE)

    assert (due(), refusal(lambda: enrolment.require(cleo, device=HERE))) == (
        "consent",
        ("consent_needed", 403),
    )
    annotator = enrolment.accept_terms(cleo, consents.text("en"))
    assert (due(), annotator.state) == ("languages", "enrolling")
    assert refusal(lambda: enrolment.require(cleo, device=HERE)) == ("languages_needed", 403)
    languages.state(annotator, {Language.objects.get(code="en"): "fluent"})
    assert due() == "device"
    assert refusal(lambda: enrolment.require(cleo, device=HERE)) == ("device_check_needed", 403)
    devices.decline(devices.begin(cleo, device=HERE, output="wired", surroundings="quiet"))
    assert due() is None
    enrolment.require(cleo, device=HERE)
    annotator.refresh_from_db()
    assert annotator.state == "active"


def test_new_terms_and_an_old_check_are_due_again(ben):
    assert enrolment.due(ben, device=HERE) is None
    DeviceCheck.objects.update(at=timezone.now() - devices.LIFETIME)
    assert enrolment.due(ben, device=HERE) == "device"
    consents.publish(NEW)
    assert enrolment.due(ben, device=HERE) == "consent"


def test_a_paused_person_is_not_made_active_by_the_way_in(ben):
    Annotator.objects.update(state="paused")

    assert refusal(lambda: enrolment.require(ben, device=HERE)) == ("paused", 403)
    assert Annotator.objects.get().state == "paused"


def test_nobody_new_comes_in_while_registration_is_closed(cleo, ben, settings):
    settings.REGISTRATION = "closed"
    consents.publish(NEW)

    assert refusal(lambda: enrolment.accept_terms(cleo, consents.text("en"))) == ("registration_closed", 403)
    assert enrolment.accept_terms(ben, consents.text("en")) == ben.annotator


def test_an_invitation_lets_one_person_in(cleo, mo, settings):
    settings.REGISTRATION = "invitation"
    code = Invitation.objects.create(invited_by=mo).code
    other = factories.user("other@example.org")

    def accept(user, code):
        return enrolment.accept_terms(user, consents.text("en"), invitation=code)

    assert refusal(lambda: accept(cleo, "")) == ("invitation_needed", 403)
    assert refusal(lambda: accept(cleo, "guess")) == ("invitation_unknown", 403)
    assert accept(cleo, f" {code} ").invited_with.code == code
    assert refusal(lambda: accept(other, code)) == ("invitation_unknown", 403)
    assert not Annotator.objects.filter(user=other).exists()


def test_a_language_is_native_or_fluent_or_the_person_judges_nothing(ben):
    english, chinese = (Language.objects.get(code=code) for code in ("en", "zh"))

    assert refusal(lambda: languages.state(ben.annotator, {english: "working"})) == ("language_missing", 422)
    languages.state(ben.annotator, {english: "working", chinese: "native"})
    assert languages.judged_by(ben.annotator) == [chinese]
    assert ben.annotator.skills.count() == 2


def test_a_tie_said_twice_is_one_and_stays_when_it_is_over(ben):
    tie = languages.affiliate(ben.annotator, provider=" Example  Lab ", kind="employer")

    assert languages.affiliate(ben.annotator, provider="example lab", kind="employer") == tie
    assert tie.provider == "Example Lab"
    assert (
        refusal(lambda: languages.affiliate(ben.annotator, provider=" ", kind="employer"))[0]
        == "maker_missing"
    )
    assert refusal(lambda: languages.affiliate(ben.annotator, provider="X", kind="hate"))[0] == "tie_unknown"
    languages.end_affiliation(tie)
    tie.refresh_from_db()
    assert tie.until is not None
