"""What the ranking is given."""

import pytest

from judging.services import seals
from leaderboard import selectors
from leaderboard.models import Standing
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

    rows = selectors.rows(seals.seal(), criterion="overall")

    assert [entry[:3] for entry in rows] == [row]
    assert rows[0].annotator == str(vote.ballot.annotator_id)
    vote.refresh_from_db()
    assert rows[0].time == vote.cast_at.timestamp()


def test_current_lists_the_best_first_and_the_unrated_last():
    systems = [factories.system(f"s{number}") for number in range(3)]
    unrated = {"rating": None, "low": None, "high": None, "rank_low": None, "rank_high": None}
    snapshot = boards.published([(systems[0], unrated), (systems[1], {}), (systems[2], {"rating": 1130.0})])

    shown = selectors.current(snapshot.board)

    assert [line.system for line in shown.standings.all()] == [systems[2], systems[1], systems[0]]


def test_current_is_the_newest():
    system = factories.system()
    boards.published([(system, {})])
    newest = boards.published([(system, {})])

    assert selectors.current(newest.board) == newest
    assert [line.snapshot for line in selectors.standings_of(system)] == [newest]
    assert Standing.objects.count() == 2
