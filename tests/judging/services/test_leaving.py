"""Who goes takes their name along; their votes stay, or count no more."""

import json

import pytest
from allauth.account.models import EmailAddress

from inference.errors import Refused
from inference.models import System
from judging.models import Affiliation, Annotator, Ballot, DeviceCheck, LanguageSkill, LeaveRequest, Vote
from judging.services import consents, leaving, pauses
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def voted(ben):
    """Ben has voted once, is close to a maker, and has a pair open."""
    prompt, one, other = factories.prompt(), factories.system(), factories.system()
    factories.vote(factories.pair(prompt, one, other), ben.annotator, "a")
    factories.ballot(factories.pair(factories.prompt(), one, other), ben.annotator)
    Affiliation.objects.create(annotator=ben.annotator, provider="Example Lab", kind="past")
    factories.vote(factories.pair(prompt, one, other), factories.annotator(), "b")
    return ben


@pytest.mark.parametrize(("scope", "excluded"), [("leave", 0), ("withdraw", 1)])
def test_asking_stops_at_once_and_only_a_withdrawal_excludes_votes(voted, scope, excluded):
    leaving.ask(voted, scope=scope)

    assert not consents.is_given(voted)
    assert (
        Ballot.objects.filter(annotator__user=voted).values_list("state", flat=True).distinct().count() == 2
    )
    assert not Ballot.objects.filter(state__in=["issued", "opened"]).exists()
    assert Vote.objects.filter(exclusions__rule__slug="withdrawn").count() == excluded
    assert Vote.objects.count() == 2


def test_carrying_out_deletes_what_names_the_person_and_nothing_of_others(voted):
    annotator = voted.annotator
    leaving.ask(voted, scope="leave")

    assert (leaving.carry_out(), leaving.carry_out()) == (1, 0)
    annotator.refresh_from_db()
    voted.refresh_from_db()
    assert (annotator.user, annotator.state) == (None, "stopped")
    assert ("ben" in voted.email, voted.name, voted.is_active, voted.has_usable_password()) == (
        False,
        "",
        False,
        False,
    )
    for rows in (
        EmailAddress.objects.filter(user=voted),
        LanguageSkill.objects.filter(annotator=annotator),
        Affiliation.objects.filter(annotator=annotator),
        DeviceCheck.objects.filter(user=voted),
    ):
        assert not rows.exists()
    assert Vote.objects.filter(ballot__annotator=annotator).count() == 1
    request = LeaveRequest.objects.get()
    assert (request.state, request.counts["languages"], request.counts["ties"]) == ("done", 2, 1)
    assert LanguageSkill.objects.count() == 2
    assert Annotator.objects.exclude(user=None).count() == 1


def test_asking_twice_is_once_and_a_member_of_a_team_leaves_it_first(ben, ada):
    assert leaving.ask(ben, scope="leave") == leaving.ask(ben, scope="withdraw")
    factories.team(ada)
    with pytest.raises(Refused) as refused:
        leaving.ask(ada, scope="leave")
    assert (refused.value.code, refused.value.status) == ("still_in_team", 409)


def test_a_pause_is_told_answered_once_and_ended(ben, mo):
    pause = pauses.begin(ben.annotator, cause="gold", detail="limit reached")

    assert pauses.begin(ben.annotator, cause="side") == pause
    with pytest.raises(Refused) as refused:
        pauses.require_none(ben.annotator)
    assert refused.value.code == "paused"
    assert pauses.appeal(ben.annotator, text=" I was tired. ") == pause
    with pytest.raises(Refused) as refused:
        pauses.appeal(ben.annotator, text="Again.")
    assert refused.value.code == "already_appealed"
    assert pauses.end(ben.annotator, by=mo, reason="talked to them")
    pauses.require_none(ben.annotator)
    pause.refresh_from_db()
    assert (pause.appeal, pause.ended_by, pause.end_reason) == ("I was tired.", mo, "talked to them")


def test_a_pause_with_an_end_ends_by_itself(ben):
    pauses.begin(ben.annotator, cause="training", lasts=pauses.timedelta(seconds=-1))

    pauses.require_none(ben.annotator)
    assert ben.annotator.pauses.get().end_reason == pauses.OVER


def test_the_page_shows_ones_own_and_the_download_names_no_system(voted, as_user):
    browser = as_user(voted)

    page = browser.get("/me/").content.decode()
    answer = browser.get("/me/data")
    told = json.loads(answer.content)
    assert "Example Lab" in page
    assert "attachment" in answer["Content-Disposition"]
    assert [vote["verdicts"] for vote in told["votes"]] == [{"overall": "left"}]
    assert told["account"]["email"] == "ben@example.org"
    assert {language["language__code"] for language in told["languages"]} == {"en", "zh"}
    for system in System.objects.all():
        assert system.slug not in answer.content.decode()
        assert system.model.name not in answer.content.decode()


def test_the_page_works_for_who_never_judged_and_for_nobody(cleo, as_user, client):
    assert "You do not judge here yet." in as_user(cleo).get("/me/").content.decode()
    assert client.get("/me/").url.startswith("/account/login/")
    assert client.get("/me/data").url.startswith("/account/login/")


def test_consent_goes_with_two_clicks_and_leaving_with_a_choice(voted, as_user):
    browser = as_user(voted)

    assert consents.is_given(voted)
    browser.get("/me/consent/")
    assert consents.is_given(voted)
    assert browser.post("/me/consent/").url == "/me/leave/"
    assert not consents.is_given(voted)
    assert browser.get("/judge/").url == "/join/"
    assert browser.post("/me/leave/").status_code == 422
    assert "Your data are deleted by" in browser.post("/me/leave/", {"scope": "withdraw"}).content.decode()
    assert browser.get("/me/").status_code == 302


def test_a_tie_is_added_ended_and_nobody_elses(voted, cleo, as_user):
    tie = voted.annotator.affiliations.get()

    assert as_user(cleo).post(f"/me/ties/{tie.pk}/over").status_code == 404
    assert as_user(voted).post(f"/me/ties/{tie.pk}/over").status_code == 302
    tie.refresh_from_db()
    assert tie.until is not None
    as_user(voted).post("/me/", {"provider": "Other Lab", "kind": "employer"})
    assert as_user(voted).post("/me/", {"provider": "", "kind": "employer"}).status_code == 422
    assert {each.provider for each in voted.annotator.affiliations.all()} == {"Example Lab", "Other Lab"}


def test_a_paused_person_reads_it_and_appeals_on_their_page(ben, as_user):
    pauses.begin(ben.annotator, cause="gold", detail="limit reached")
    browser = as_user(ben)

    page = browser.get("/me/").content.decode()
    assert "Your judging is paused" in page
    assert "gold" not in page
    assert browser.get("/judge/").status_code == 403
    browser.post("/me/appeal", {"text": "Please look again."})
    assert ben.annotator.pauses.get().appeal == "Please look again."
