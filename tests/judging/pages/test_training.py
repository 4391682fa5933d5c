"""The training's pages: the very same screen as all others, then what was expected (J20)."""

import re

import pytest

from judging.models import Ballot, Batch, TrainingSet
from judging.services import training
from tests import factories
from tests.judging.services.test_training import learner, say, sets  # noqa: F401 -- fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(learner, as_user):  # noqa: F811
    return as_user(learner.user)


def test_the_way_in_leads_to_the_training_and_a_batch_waits_for_it(browser):
    assert browser.get("/join/").url == "/join/training/"
    assert browser.post("/judge/").url == "/join/"
    assert not Batch.objects.exists()
    page = browser.get("/join/training/").content.decode()
    assert "Five pairs on the same page" in page
    assert "loudness of a whole clip is no merit" in page


def test_a_pair_is_judged_on_the_page_of_all_pairs_and_then_explained(browser):
    to = browser.post("/join/training/").url
    page = browser.get(to).content.decode()
    assert "<judge-ballot" in page
    assert re.search(r"data-ahead-address=\"/ballots/", page)
    assert "1 of 5" in page
    ballot = say(Ballot.objects.get(state="opened"), right=False)

    explained = browser.get(f"/join/training/{ballot.public_id}/").content.decode()

    assert "What was expected" in explained
    assert "Because." in explained
    assert explained.count('data-right="no"') == 1
    assert explained.count('data-right="yes"') == 2
    assert f"/ballots/{ballot.public_id}/left" in explained
    assert browser.get(f"/ballots/{ballot.public_id}/left").status_code == 200
    assert browser.post("/join/training/").url != to


def test_the_explanation_is_for_its_own_person_and_after_the_vote_alone(browser, as_user, cleo):
    browser.post("/join/training/")
    ballot = Ballot.objects.get()
    at = f"/join/training/{ballot.public_id}/"
    assert browser.get(at).status_code == 404
    say(ballot)

    assert browser.get(at).status_code == 200
    assert as_user(cleo).get(at).status_code == 404


def test_no_page_explains_a_pair_of_a_real_batch(as_user, ben, arena):
    arena(prompts=1)
    browser = as_user(ben)
    ballot = factories.ballot(
        factories.pair(factories.prompt(), factories.system(), factories.system()),
        ben.annotator,
        state="voted",
    )

    assert browser.get(f"/join/training/{ballot.public_id}/").status_code == 404


def test_the_last_pair_ends_the_training(browser, learner):  # noqa: F811
    for _ in range(5):
        browser.post("/join/training/")
        say(Ballot.objects.get(state="issued"))

    assert browser.post("/join/training/").url == "/join/"

    assert browser.get("/join/").status_code == 200
    learner.refresh_from_db()
    assert (learner.state, learner.training_passed_at is not None) == ("active", True)
    assert "You have passed the training" in browser.get("/join/training/").content.decode()


def test_a_failed_set_leads_to_another_and_then_to_a_pause(browser):
    for expected in ("Here is another set", "Please rest"):
        for _ in range(5):
            browser.post("/join/training/")
            say(Ballot.objects.get(state="issued"), right=False)
        browser.post("/join/training/")
        assert expected in browser.get("/join/training/").content.decode()
    assert browser.post("/join/training/").status_code == 403


def test_where_there_is_no_training_the_page_says_what_to_do(ben, as_user):
    assert not TrainingSet.objects.exists()
    browser = as_user(ben)

    assert "What that means" in browser.get("/join/").content.decode()
    assert "manage.py bring_training" in browser.get("/join/training/").content.decode()
    assert browser.post("/join/training/").status_code == 409
    assert not training.is_due(ben.annotator)


def test_a_training_has_no_page_of_its_own_as_a_batch(browser):
    browser.post("/join/training/")
    at = f"/batches/{Batch.objects.get().public_id}/"

    assert browser.get(at).url == "/join/training/"
    assert browser.post(at + "finish").url == "/join/training/"
    assert Batch.objects.get().state == "open"
