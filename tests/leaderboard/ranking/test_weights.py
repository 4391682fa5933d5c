import numpy as np
import pytest

from leaderboard.ranking.errors import NotFinite
from leaderboard.ranking.reading import from_rows
from leaderboard.ranking.weights import effective_votes, inverse_probability
from tests.leaderboard.ranking.arenas import votes


def test_rare_pairs_weigh_more_and_no_vote_more_than_the_cap():
    weight = inverse_probability(np.array([0.5, 0.25, 0.25]))

    assert weight.tolist() == pytest.approx([0.6, 1.2, 1.2])
    assert inverse_probability(np.array([1.0] * 99 + [1e-6])).max() == 10


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.5, float("nan")])
def test_chance_that_is_none_is_refused(chance):
    with pytest.raises(NotFinite):
        inverse_probability(np.array([0.5, chance]))


def test_votes_alike_count_whole_and_unlike_ones_less():
    heavy = from_rows([("x", "y", "a", "p", "q", 3.0), ("x", "y", "b", "p", "q", 1.0)], systems=["new"])

    assert effective_votes(votes("x > y * 9")).tolist() == [9, 9]
    assert effective_votes(heavy).tolist() == pytest.approx([0, 1.6, 1.6])
