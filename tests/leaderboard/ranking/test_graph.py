import numpy as np
import pytest

from leaderboard.ranking.graph import components, reachable, strong_components, strongly_connected


def edges(size, *pairs):
    matrix = np.zeros((size, size), dtype=np.bool_)
    for i, j in pairs:
        matrix[i, j] = True
    return matrix


def test_reachable_follows_paths_in_their_direction():
    closed = reachable(edges(4, (0, 1), (1, 2)))

    assert closed[0].tolist() == [True, True, True, False]
    assert closed[2].tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("pairs", "votes", "expected"),
    [
        ([(0, 1), (1, 2), (3, 4)], [1, 2, 1, 9, 9], [0, 0, 0, 1, 1]),
        ([(0, 1), (2, 3)], [5, 5, 6, 6, 0], [1, 1, 0, 0, 2]),
        ([(0, 4), (1, 2)], [3, 3, 3, 0, 3], [0, 1, 1, 2, 0]),
    ],
    ids=["most-systems", "then-most-votes", "then-first-name"],
)
def test_component_zero_is_the_largest(pairs, votes, expected):
    assert components(edges(5, *pairs), votes=np.array(votes)).tolist() == expected


def test_strong_components_need_a_way_back():
    one_way = strong_components(edges(3, (0, 1), (1, 0), (0, 2), (1, 2)), votes=np.ones(3))
    circle = strong_components(edges(3, (0, 1), (1, 2), (2, 0)), votes=np.ones(3))

    assert one_way.tolist() == [0, 0, 1]
    assert circle.tolist() == [0, 0, 0]


def test_strongly_connected_says_so_for_each_graph():
    circle, one_way = edges(3, (0, 1), (1, 2), (2, 0)), edges(3, (0, 1), (1, 2), (0, 2))

    found = strongly_connected(np.stack([circle, one_way, one_way.T, circle.T]))

    assert found.tolist() == [True, False, False, True]
