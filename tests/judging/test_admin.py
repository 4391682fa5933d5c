"""Decisions about people and votes in the admin, and those that end ballots."""

import pytest
from django.urls import reverse

from inference.models import AuditEntry
from judging.models import Annotator, Criterion
from tests import factories

VOTES = reverse("admin:judging_vote_changelist")
EXCLUSIONS = reverse("admin:judging_voteexclusion_changelist")
ANNOTATORS = reverse("admin:judging_annotator_changelist")


@pytest.fixture
def pair(db):
    return factories.pair(factories.prompt(), factories.system("alpha"), factories.system("beta"))


def chosen(action, rows, **more):
    return {"action": action, "_selected_action": [row.pk for row in rows]} | more


def decided(action, rows, reason="It was a test.", **more):
    return chosen(action, rows, decided="yes", reason=reason, **more)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_excluding_says_in_figures_what_it_will_do(pair, mo, as_user):
    person = factories.annotator()
    votes = [factories.vote(pair, person, "a"), factories.vote(other_pair(), person, "b")]
    for _ in range(6):
        factories.vote(pair, factories.annotator(), "tie")

    answer = as_user(mo).post(VOTES, chosen("exclude", votes))

    assert answer.context["figures"] == ["Exclude 2 votes, of people: 1 (25.0 % of the 8 votes that count)."]


def other_pair():
    return factories.pair(factories.prompt(), factories.system(), factories.system())


def test_vote_is_excluded_and_lifted_with_reasons(pair, mo, as_user):
    vote, browser = factories.vote(pair, factories.annotator(), "a"), as_user(mo)

    browser.post(VOTES, decided("exclude", [vote], reason="Cast in a test."))
    exclusion = vote.exclusions.get()
    out = list(browser.get(f"{VOTES}?counts=no").context["cl"].queryset)
    browser.post(EXCLUSIONS, decided("lift", [exclusion], reason="It was real."))
    counted = list(browser.get(f"{VOTES}?counts=yes").context["cl"].queryset)

    assert (exclusion.rule.slug, exclusion.reason, exclusion.created_by) == (
        "moderator",
        "Cast in a test.",
        mo,
    )
    assert (exclusion.lift.reason, exclusion.lift.by) == ("It was real.", mo)
    assert (out, counted) == ([vote], [vote])
    entries = AuditEntry.objects.order_by("pk").values_list("action", "reason")
    assert list(entries) == [("vote.exclude", "Cast in a test."), ("vote.lift", "It was real.")]


def test_own_vote_is_not_excluded(pair, mo, as_user):
    vote = factories.vote(pair, Annotator.objects.create(user=mo), "a")

    answer = as_user(mo).post(VOTES, decided("exclude", [vote]), follow=True)

    assert said(answer) == [f"{vote}: Nobody decides about themselves."]
    assert not vote.exclusions.exists()


def test_annotator_is_paused_and_resumed(mo, as_user):
    annotator, browser = factories.annotator(), as_user(mo)

    browser.post(ANNOTATORS, decided("pause", [annotator]))
    annotator.refresh_from_db()
    paused = annotator.state
    browser.post(ANNOTATORS, decided("resume", [annotator]))
    annotator.refresh_from_db()

    assert (paused, annotator.state) == ("paused", "active")


def test_note_about_an_annotator_leaves_the_state_that_moved_meanwhile(mo, as_user, monkeypatch):
    annotator = factories.annotator()
    page = reverse("admin:judging_annotator_change", args=[annotator.pk])
    save = Annotator.save

    def save_late(self, *args, **kwargs):
        Annotator.objects.filter(pk=self.pk).update(state="paused")
        save(self, *args, **kwargs)

    monkeypatch.setattr(Annotator, "save", save_late)
    as_user(mo).post(
        page,
        {"staff_note": "Wrote to us.", "state": "stopped", "pseudonym": "mallory", "reason": "To remember."},
    )

    before = annotator.pseudonym
    annotator.refresh_from_db()
    assert (annotator.staff_note, annotator.state, annotator.pseudonym) == ("Wrote to us.", "paused", before)


def test_annotators_are_found_by_mail_address_and_shown_by_pseudonym(ben, mo, as_user):
    factories.annotator("somebody@example.org")

    answer = as_user(mo).get(f"{ANNOTATORS}?q=ben@example.org")

    assert list(answer.context["cl"].queryset) == [ben.annotator]
    assert ben.annotator.pseudonym in answer.content.decode()


def test_question_is_fixed_once_it_was_answered(pair, mo, as_user):
    criterion = Criterion.objects.get(slug="overall")
    page = reverse("admin:judging_criterion_change", args=[criterion.pk])
    words = {
        "label_en": "Overall",
        "label_zh_hans": "总体",
        "question_en": "Which one do you prefer?",
        "question_zh_hans": "你更喜欢哪个？",
        "reason": "It is clearer.",
    }

    unused = as_user(mo).post(page, words)
    factories.vote(pair, factories.annotator(), "a")
    used = as_user(mo).post(page, words | {"question_en": "Which one is louder?"})

    criterion.refresh_from_db()
    assert (unused.status_code, used.status_code) == (302, 403)
    assert criterion.question_en == "Which one do you prefer?"


VOID = "Void 1 open ballot."
ENDINGS = {
    "withdraw": ("prompt", lambda pair: pair.prompt, [VOID], "withdrawn"),
    "retire": ("system", lambda pair: pair.system_a, [VOID, "Cancel 0 waiting jobs."], "retired"),
    "quarantine": ("response", lambda pair: pair.response_a, [VOID], "quarantined"),
    "reject": ("response", lambda pair: pair.response_b, [VOID], "rejected"),
}


@pytest.mark.parametrize("action", ENDINGS)
def test_decision_says_how_many_ballots_it_voids_and_voids_them(action, pair, mo, as_user):
    table, row_of, figures, after = ENDINGS[action]
    ballot, browser, row = factories.ballot(pair, factories.annotator()), as_user(mo), row_of(pair)
    address = reverse(f"admin:inference_{table}_changelist")

    asked = browser.post(address, chosen(action, [row]))
    browser.post(address, decided(action, [row], kind="noise"))

    for changed in (row, ballot):
        changed.refresh_from_db()
    assert asked.context["figures"] == figures
    assert (row.state, ballot.state) == (after, "void")


def test_rejecting_needs_a_kind_of_fault(pair, mo, as_user):
    address = reverse("admin:inference_response_changelist")

    answer = as_user(mo).post(address, decided("reject", [pair.response_a], kind="ugly"))

    pair.response_a.refresh_from_db()
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["kind"])
    assert pair.response_a.state == "ok"


def test_quarantined_response_is_accepted_again(pair, mo, as_user):
    address, browser = reverse("admin:inference_response_changelist"), as_user(mo)

    browser.post(address, decided("quarantine", [pair.response_a], kind="noise"))
    browser.post(address, decided("accept", [pair.response_a]))

    pair.response_a.refresh_from_db()
    assert (pair.response_a.state, pair.response_a.state_code) == ("ok", "")


def test_pair_page_plays_three_clips_and_leads_to_its_ballots(pair, mo, as_user):
    ballot, browser = factories.ballot(pair, factories.annotator()), as_user(mo)
    factories.ballot(other_pair(), factories.annotator())

    page = browser.get(reverse("admin:judging_pair_change", args=[pair.pk])).content.decode()
    ballots = reverse("admin:judging_ballot_changelist")
    listed = browser.get(f"{ballots}?state__exact=opened&pair__id__exact={pair.pk}")

    assert page.count("<audio") == 3
    assert f'opened <a href="{ballots}?state__exact=opened&amp;pair__id__exact={pair.pk}">1</a>' in page
    assert list(listed.context["cl"].queryset) == [ballot]


def test_vote_page_shows_verdicts_and_exclusions(pair, mo, as_user):
    vote, browser = factories.vote(pair, factories.annotator(), "both_bad"), as_user(mo)
    browser.post(VOTES, decided("exclude", [vote], reason="Cast in a test."))

    page = browser.get(reverse("admin:judging_vote_change", args=[vote.pk])).content.decode()

    assert "Both Bad" in page
    assert "Cast in a test." in page
