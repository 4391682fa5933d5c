"""The review page of a submission: what it shows, clips that are counted, points to tick, the decision."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inference.errors import Refused
from inference.models import (
    AuditEntry,
    Language,
    Response,
    Submission,
    SubmissionEvent,
    SubmissionReview,
    System,
)
from inference.selectors import reviews
from inference.services.submissions import reviewing
from tests import factories

POINTS = SubmissionReview.Point.values


@pytest.fixture
def submission(ada):
    """A system of Ada's that answered eight prompts in two languages and awaits its review."""
    return awaiting(ada, prompts=8)


def awaiting(ada, *, prompts, slug="made"):
    team = factories.team(ada)
    model = factories.model(f"{slug}-model", team=team, card="It <b>speaks</b>.")
    system = factories.system(slug, state="draft", model=model)
    system.languages.set(Language.objects.filter(code__in=["en", "zh"]))
    System.objects.filter(pk=system.pk).update(state="private", frozen_at=timezone.now())
    within = factories.prompt_set()
    for number in range(prompts):
        prompt = factories.prompt(within, language="en" if number % 2 else "zh", level=1 + number % 4)
        factories.response(system, prompt, own_transcript=f"answer {number}")
    return Submission.objects.create(
        system=system,
        team=team,
        prompt_set=within,
        kind="uploaded",
        state="awaiting_review",
        created_by=ada,
        expected=prompts,
    )


def address(submission):
    return reverse("admin:inference_submission_review", args=[submission.pk])


def play(browser, submission, count):
    for response in reviews.sample(submission)[:count]:
        clip = reverse("admin:inference_submission_clip", args=[submission.pk, response.pk])
        assert browser.get(clip).status_code == 200


def test_the_page_shows_card_sample_coverage_and_siblings(submission, mo, as_user):
    other = factories.system("elder", model=submission.system.model, version="0.9", voice="deep")

    page = as_user(mo).get(address(submission))
    text = page.content.decode()

    assert "It &lt;b&gt;speaks&lt;/b&gt;." in text
    assert text.count("data-sample") == 8
    assert [sibling.system for sibling in page.context["siblings"]] == [other]
    assert [line.other for line in page.context["siblings"][0].differences] == ["0.9", "deep", ""]
    languages = dict(page.context["coverage"])["Language"]
    assert [tuple(share) for share in languages] == [("en", 4, 4), ("zh", 4, 4)]


def test_the_sample_is_twelve_over_languages_and_levels_and_always_the_same(ada):
    submission = awaiting(ada, prompts=24)

    drawn = reviews.sample(submission)

    assert drawn == reviews.sample(submission)
    assert len(drawn) == 12
    assert len({(one.prompt.language_id, one.prompt.level_id) for one in drawn}) == 4


def test_the_page_costs_the_same_for_any_number_of_answers(ada, mo, as_user):
    few, many = awaiting(ada, prompts=2, slug="few"), awaiting(ada, prompts=12, slug="many")
    browser = as_user(mo)

    def queries(submission):
        with CaptureQueriesContext(connection) as captured:
            browser.get(address(submission))
        return len(captured)

    queries(few)
    assert queries(few) == queries(many) <= 24


def test_approval_waits_for_five_clips_and_every_point(submission, mo, as_user):
    browser = as_user(mo)
    play(browser, submission, 4)
    said = {"reason": "It sounds well.", "ticked": POINTS, "approve": "Approve"}

    unheard = browser.post(address(submission), said)
    play(browser, submission, 5)
    unticked = browser.post(address(submission), said | {"ticked": POINTS[1:]})
    done = browser.post(address(submission), said)

    submission.refresh_from_db()
    review = SubmissionReview.objects.get()
    assert (unheard.status_code, unticked.status_code, done.status_code) == (422, 422, 302)
    assert "Play at least 5 clips" in unheard.content.decode()
    assert (submission.state, submission.system.refresh_from_db()) == ("approved", None)
    assert (review.decision, review.ticked, len(review.played)) == ("approved", POINTS, 5)
    assert AuditEntry.objects.filter(action="submission.approve", actor=mo).count() == 1


def test_a_rejection_tells_the_team_why_in_both_languages(submission, mo, as_user):
    said = {"reason": "Ask your university.", "code": "licence_unclear", "reject": "Reject"}

    assert as_user(mo).post(address(submission), said | {"code": ""}).status_code == 422
    assert as_user(mo).post(address(submission), said).status_code == 302

    message = SubmissionEvent.objects.get(submission=submission, to_state="rejected").message
    english, chinese = reviewing.SENTENCES["licence_unclear"]
    assert message == f"{english} {chinese} Ask your university."
    assert SubmissionReview.objects.get().code == "licence_unclear"


def test_clips_of_other_systems_and_rejected_ones_are_not_found(submission, mo, as_user):
    other = factories.response(factories.system(), factories.prompt())
    rejected = reviews.sample(submission)[0]
    Response.objects.filter(pk=rejected.pk).update(state="rejected", state_code="noise")
    browser = as_user(mo)

    answers = [
        browser.get(reverse("admin:inference_submission_clip", args=[submission.pk, one.pk])).status_code
        for one in (other, rejected)
    ]

    assert answers == [404, 404]
    assert not SubmissionReview.objects.exists()


@pytest.mark.parametrize("who", ["ada", "ben", "cleo"])
def test_nobody_else_sees_it(who, submission, request, as_user):
    browser = as_user(request.getfixturevalue(who))

    assert browser.get(address(submission)).status_code == 302
    said = {"reason": "x", "reject": "y", "code": "other"}
    assert browser.post(address(submission), said).status_code == 302
    submission.refresh_from_db()
    assert submission.state == "awaiting_review"


def test_nobody_decides_about_their_own_team(submission, ada):
    with pytest.raises(Refused) as refused:
        reviewing.reject(submission, by=ada, reason="mine", code="other")

    assert refused.value.code == "own_matter"
