"""Strengths: what a snapshot says reaches the choice of pairs, and nothing else of a board does."""

import pytest

from judging.models import Seal, Strength
from judging.sampling import pairs
from judging.services import strengths as known
from leaderboard.models import Board
from leaderboard.services import snapshots, strengths
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


def test_a_snapshot_hands_down_ratings_and_half_widths():
    one, other, unrated = factories.system(), factories.system(), factories.system()
    assert known.by_system() == {}

    handed = strengths.hand_down(
        boards.published(
            [
                (one, {"rating": 1100, "low": 1060, "high": 1120}),
                (other, {}),
                (unrated, {"low": None, "high": None}),
            ]
        )
    )

    assert handed
    assert known.by_system() == {one.pk: pairs.Strength(1100, 30), other.pk: pairs.Strength(1126, 20)}
    assert set(Strength.objects.values_list("as_of", "snapshot_number")) == {(Seal.objects.get().at, 1)}


def test_a_build_hands_down_and_the_elo_view_does_not(settings):
    settings.BOOTSTRAP_RESAMPLES = 40
    boards.triangle()
    Strength.objects.create(
        system=factories.system(),
        criterion=_overall(),
        rating=1,
        half_width=1,
        snapshot_number=1,
        as_of="2026-01-01T00:00Z",
    )

    made = snapshots.build_all()

    assert Strength.objects.filter(rating=1).count() == 0
    elo = [each for each in made if each.method == Board.Method.ONLINE_ELO]
    assert [strengths.hand_down(each) for each in elo] == [False] * len(elo)


def test_a_system_that_left_the_board_is_new_again():
    one = factories.system()
    snapshot = {"criterion": _overall(), "snapshot_number": 1, "as_of": "2026-01-01T00:00Z"}
    known.hand_down({one.pk: known.Rated(1100, 30)}, **snapshot)

    known.hand_down({}, **snapshot)

    assert known.by_system() == {}


def _overall():
    return Board.objects.order_by("position").first().criterion
