"""Every card has the form that its schema says (Y11)."""

import itertools
import json
from pathlib import Path

import jsonschema
import pytest
from django.contrib.staticfiles import finders

from judging.services import exclusions, seals
from leaderboard.models import Board, Snapshot
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    with Path(finders.find("leaderboard/test-card.schema.json")).open(encoding="utf-8") as stream:
        schema = json.load(stream)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_cards_of_all_kinds_of_boards_have_the_form_of_the_schema(form, settings):
    settings.BOOTSTRAP_RESAMPLES = 40
    _, cast = boards.triangle("aaabtx")
    exclusions.exclude(cast[:1], rule="moderator", reason="trial", by=None)

    cards = [snapshot.card for snapshot in snapshots.build_all()]
    exclusions.exclude(cast[1:], rule="moderator", reason="trial", by=None)
    cards += [snapshot.card for snapshot in snapshots.build_all()]

    assert {card["method"]["name"] for card in cards} == {"bradley-terry", "online-elo"}
    assert {0, 17} <= {card["judged"]["votes"] for card in cards}
    assert {card["slice"]["level"] for card in cards} == {None, 1}
    assert [error.message for card in cards for error in form.iter_errors(json.loads(json.dumps(card)))] == []


def test_schema_refuses_a_card_that_keeps_something_back(form, settings):
    settings.BOOTSTRAP_RESAMPLES = 40
    boards.triangle("aab")
    snapshots.build_all()
    card = Snapshot.objects.get(board__slug="overall").card

    assert form.is_valid(card)
    for name in card:
        assert not form.is_valid({key: value for key, value in card.items() if key != name})


def test_card_says_whether_people_agree():
    one, other = factories.system("one"), factories.system("other")
    pair = factories.pair(factories.prompt(), one, other)
    unlike = factories.pair(factories.prompt(), one, other)
    for answer, (met, _) in zip("aaab", itertools.product([pair, unlike], range(2)), strict=True):
        factories.vote(met, factories.annotator(), answer)

    card = snapshots.build(Board.objects.get(slug="overall"), seal=seals.seal(), seed=5).card

    assert card["agreement"]["raw"]["value"] == 0.5
    assert card["agreement"]["raw"]["units"] == 2
    assert card["agreement"]["self_consistency"]["value"] is None
    assert card["agreement"]["pairs_judged"] == 2
