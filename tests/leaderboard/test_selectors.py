"""What the ranking is given."""

import pytest

from judging.services import seals
from leaderboard.models import Board, Standing
from leaderboard.ranking.comparisons import OUTCOMES, UNKNOWN
from leaderboard.selectors import boards as selected
from leaderboard.selectors import pairs, votes
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("left", "answer", "row"),
    [
        ("a", "a", ("one", "two", "a")),
        ("b", "a", ("two", "one", "b")),
        ("b", "b", ("two", "one", "a")),
        ("b", "both_bad", ("two", "one", "both_bad")),
        ("a", "tie", ("one", "two", "tie")),
    ],
)
def test_rows_name_the_left_system_first(left, answer, row):
    pair = factories.pair(factories.prompt(), factories.system("one"), factories.system("two"))
    vote = factories.vote(pair, factories.annotator(), answer, left=left)

    counted = votes.read(seals.seal()).comparisons(Board.objects.get(slug="overall").criterion)

    one, two = counted.systems[counted.a[0]], counted.systems[counted.b[0]]
    outcome = OUTCOMES[counted.outcome[0]]
    if counted.mirrored[0]:
        one, two, outcome = two, one, {"a": "b", "b": "a"}.get(outcome, outcome)
    assert (one, two, outcome) == row
    assert counted.annotators == (str(vote.ballot.annotator_id),)
    assert counted.heard[0] != UNKNOWN
    vote.refresh_from_db()
    assert counted.time[0] == vote.cast_at.timestamp()


def test_current_lists_the_best_first_and_the_unrated_last():
    systems = [factories.system(f"s{number}") for number in range(3)]
    unrated = {"rating": None, "low": None, "high": None, "rank_low": None, "rank_high": None}
    snapshot = boards.published([(systems[0], unrated), (systems[1], {}), (systems[2], {"rating": 1130.0})])

    shown = selected.current(snapshot.board)

    assert [line.system for line in shown.standings.all()] == [systems[2], systems[1], systems[0]]


def test_current_is_the_newest():
    system = factories.system()
    boards.published([(system, {})])
    newest = boards.published([(system, {})])

    assert selected.current(newest.board) == newest
    assert [line.snapshot for line in selected.standings_of(system)] == [newest]
    assert Standing.objects.count() == 2


@pytest.mark.parametrize(
    ("spread", "among", "more"),
    [
        # 2.80 standard errors tell two systems apart with 80 % chance: here there are 1.96.
        ((10.0, 0.0, 20.0), 2, 1043),
        # 66 pairs at once take a sharper interval.
        ((10.0, 0.0, 20.0), 12, 3613),
        # No difference: no number of votes would do.
        ((0.0, -5.0, 5.0), 2, 10_000),
    ],
)
def test_votes_needed_grow_with_the_pairs_that_are_looked_at(spread, among, more):
    assert pairs.more_votes(spread, 1000, among=among) == pytest.approx(more, abs=3)
