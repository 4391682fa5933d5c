"""Sort votes by several whole numbers at once: numbers are packed into one wherever they fit."""

from collections.abc import Sequence

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids, Mask

# Room in a signed 64-bit number.
_BITS = 63


def by_keys(keys: Sequence[tuple[Ids, int]]) -> Ids:
    """Give the stable order by the first key, then by the second, and so on: shape (n,).

    Args:
        keys: each an array of shape (n,) and a bound: all its values are from 0 to below the bound.
    """
    size = len(keys[0][0])
    place = max(size - 1, 1).bit_length()
    order = np.arange(size)
    packed, bits = None, 0
    for values, bound in reversed(keys):
        width = max(bound - 1, 1).bit_length()
        if packed is not None and bits + width + place > _BITS:
            order, packed, bits = _sorted(packed, order, place), None, 0
        packed = values << bits if packed is None else packed | (values << bits)
        bits += width
    return order if packed is None else _sorted(packed, order, place)


def by_keys_and_numbers(keys: Sequence[tuple[Ids, int]], numbers: Sequence[Floats]) -> Ids:
    """Give the order by the keys and, among votes that have them all alike, by the numbers: shape (n,)."""
    order = by_keys(keys)
    alike = np.ones(max(len(order) - 1, 0), dtype=np.bool_)
    for values, _ in keys:
        sorted_values = values[order]
        alike &= sorted_values[1:] == sorted_values[:-1]
    if alike.any():
        # Few votes are alike: only these are sorted again, group by group.
        some = np.flatnonzero(np.r_[False, alike] | np.r_[alike, False])
        group = np.cumsum(np.r_[True, ~alike])[some]
        again = order[some]
        order[some] = again[np.lexsort((*(one[again] for one in reversed(numbers)), group))]
    return order


def firsts(sorted_ids: Ids) -> Mask:
    """Mark where a new value begins: shape (n,)."""
    return np.r_[True, sorted_ids[1:] != sorted_ids[:-1]] if len(sorted_ids) else sorted_ids > 0


def _sorted(key: Ids, order: Ids, place: int) -> Ids:
    """Sort places by their keys, without disturbing the order among equals."""
    if int(key.max(initial=0)).bit_length() + place > _BITS:
        return np.asarray(order[np.argsort(key[order], kind="stable")])
    # Sorting values is several times faster than sorting places: the place rides along in the low bits.
    packed = np.sort((key[order] << place) | np.arange(len(key)))
    return np.asarray(order[packed & ((1 << place) - 1)])
