"""The graph of who met whom."""

from itertools import combinations

import pytest

from judging.sampling import graphs


def test_components_are_named_for_their_smallest_system():
    assert graphs.components([(3, 4), (1, 2), (4, 9)]) == {1: 1, 2: 1, 3: 3, 4: 3, 9: 3}


def all_met(systems, votes):
    return dict.fromkeys(combinations(systems, 2), votes)


@pytest.mark.parametrize(
    ("systems", "counted", "holds"),
    [
        ([], {}, True),
        ([1], {}, True),
        ([1, 2], {(1, 2): 5}, True),
        ([1, 2], {(1, 2): 4}, False),
        (range(4), all_met(range(4), 5), True),
        # One of four has two opponents with enough votes.
        (range(4), all_met(range(4), 5) | {(0, 1): 4}, False),
        # Two islands, each solid.
        (range(8), all_met(range(4), 9) | all_met(range(4, 8), 9), False),
        (range(8), all_met(range(4), 9) | all_met(range(4, 8), 9) | {(0, 7): 1}, True),
    ],
)
def test_a_slice_is_connected_with_three_solid_opponents_each_and_one_component(systems, counted, holds):
    assert graphs.is_connected(list(systems), counted) == holds
