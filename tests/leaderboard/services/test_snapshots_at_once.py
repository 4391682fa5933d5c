"""Several builders of boards at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from judging.services import seals
from leaderboard.models import Board, Snapshot
from leaderboard.services import snapshots
from tests.leaderboard import boards

pytestmark = pytest.mark.usefixtures("committed_db")
Made = TypeVar("Made")


@pytest.fixture(autouse=True)
def quick(settings):
    settings.BOOTSTRAP_RESAMPLES = 10


def at_once(times: int, act: Callable[[], Made]) -> list[Made]:
    start = threading.Barrier(times)

    def one(_: int) -> Made:
        start.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_builders_of_one_seal_publish_one_snapshot():
    boards.triangle("a")
    seal = seals.seal()
    board = Board.objects.select_related("criterion").get(slug="overall")

    made = at_once(4, lambda: snapshots.build(board, seal=seal, seed=1))

    assert set(made) == {Snapshot.objects.get()}
    assert made[0].standings.count() == 3


def test_builders_of_all_boards_publish_each_once():
    boards.triangle("a")

    at_once(4, snapshots.build_all)

    published = [(one.board.slug, one.board.sliced, one.number) for one in Snapshot.objects.all()]
    assert [slug for slug, sliced, _ in published if not sliced] == ["overall", "overall-elo"]
    assert len({slug for slug, _, _ in published}) == len(published)
    assert {number for _, _, number in published} == {1}
