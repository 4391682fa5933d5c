"""Two builders of one board at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from judging.services import seals
from leaderboard.models import Board
from leaderboard.services import snapshots
from tests.leaderboard import boards


@pytest.mark.usefixtures("committed_db")
def test_builders_of_one_board_get_different_numbers(settings):
    settings.BOOTSTRAP_RESAMPLES = 10
    boards.triangle("a")
    seal = seals.seal()
    start = threading.Barrier(4)

    def build(_: int) -> int:
        board = Board.objects.select_related("criterion").get(slug="overall")
        start.wait()
        try:
            return snapshots.build(board, seal=seal, seed=1).number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(build, range(4)))

    assert numbers == [1, 2, 3, 4]
