"""Strengths: what a snapshot says reaches the choice of pairs, and nothing else of a board does."""

import pytest

from judging.models import Strength
from judging.services import strengths as known
from leaderboard.models import Board, Snapshot
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


def test_a_build_hands_down_ratings_and_half_widths(settings):
    settings.BOOTSTRAP_RESAMPLES = 40
    [one, *_], _ = boards.triangle()
    assert known.by_system() == {}

    snapshots.build_all()

    board = Board.objects.filter(method=Board.Method.BRADLEY_TERRY).order_by("position").first()
    snapshot = Snapshot.objects.get(board=board)
    lines = {line.system_id: line for line in snapshot.standings.all()}
    assert {row.system_id: (row.rating, row.half_width) for row in Strength.objects.all()} == {
        system: (line.rating, pytest.approx((line.high - line.low) / 2)) for system, line in lines.items()
    }
    assert {row.as_of for row in Strength.objects.all()} == {snapshot.seal.at}
    assert known.by_system()[one.pk].rating == lines[one.pk].rating


def test_a_system_that_left_the_board_is_new_again():
    one = factories.system()
    snapshot = {"criterion": _overall(), "snapshot_number": 1, "as_of": "2026-01-01T00:00Z"}
    known.hand_down({one.pk: known.Rated(1100, 30)}, **snapshot)

    known.hand_down({}, **snapshot)

    assert known.by_system() == {}


def _overall():
    return Board.objects.order_by("position").first().criterion
