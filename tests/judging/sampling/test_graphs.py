"""The graph of who met whom."""

from judging.sampling import graphs


def test_components_are_named_for_their_smallest_system():
    assert graphs.components([(3, 4), (1, 2), (4, 9)]) == {1: 1, 2: 1, 3: 3, 4: 3, 9: 3}
