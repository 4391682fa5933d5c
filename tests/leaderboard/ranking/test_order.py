import numpy as np
import pytest

from leaderboard.ranking.order import by_keys, by_keys_and_numbers, firsts


@pytest.mark.parametrize("bounds", [(3, 4, 5), (2**40, 2**40, 2**40), (2**62, 7, 2**62)], ids=str)
def test_keys_that_fit_together_or_apart_sort_alike(bounds):
    rng = np.random.default_rng(1)
    keys = [(rng.integers(0, 5, 400) * (bound // 5), bound) for bound in bounds]

    found = by_keys(keys)

    assert found.tolist() == np.lexsort(tuple(values for values, _ in reversed(keys))).tolist()


def test_numbers_decide_among_votes_alike_in_every_key():
    rng = np.random.default_rng(2)
    keys = [(rng.integers(0, 3, 200), 3), (rng.integers(0, 4, 200), 4)]
    weight, time = rng.integers(1, 3, 200).astype(np.float64), rng.permutation(200).astype(np.float64)

    found = by_keys_and_numbers(keys, (weight, time))

    assert found.tolist() == np.lexsort((time, weight, keys[1][0], keys[0][0])).tolist()


def test_no_votes_have_an_order_too():
    nothing = np.zeros(0, dtype=np.int64)

    assert by_keys_and_numbers([(nothing, 1)], ()).tolist() == []
    assert firsts(nothing).tolist() == []
    assert firsts(np.array([3, 3, 4])).tolist() == [True, False, True]
