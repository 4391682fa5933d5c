"""Many Poisson draws at once: how often each kind of vote comes in each resample."""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from leaderboard.ranking.arrays import Floats, Ids, Short
from leaderboard.ranking.compiled import Kernel, available

# Tables of larger means would not stay in the processor's cache, and kinds that come so often are few.
_TABLED_BELOW: Final = 4096
# Beyond so many standard deviations from the mean lies less than the 32 bits of a draw can tell.
_REACH: Final = 8.0
_BITS: Final = 32


class Poisson:
    """Draws from Poisson distributions with given whole means, by Walker's alias tables.

    A draw is one 32-bit number: its product with a table's size gives the entry, and what is left decides
    between the entry and its alias. Chances are right to 2⁻³².

    Source: Walker 1977; Vose 1991 for the making of tables.
    """

    def __init__(self, means: Ids) -> None:
        """Make the tables; means: shape (kinds,), positive whole numbers."""
        tabled = means < _TABLED_BELOW
        self._means = means
        self._large, self._kinds = np.flatnonzero(~tabled), np.flatnonzero(tabled)
        different, which = np.unique(means[tabled], return_inverse=True)
        reach = np.ceil(_REACH * np.sqrt(different) + _REACH).astype(np.int64)
        low = np.maximum(different - reach, 0)
        size = different + reach + 1 - low
        start = np.cumsum(size) - size
        self._value = np.arange(size.sum()) - np.repeat(start - low, size)
        mean = np.repeat(different, size).astype(np.float64)
        chance = np.exp(self._value * np.log(mean) - mean - gammaln(self._value + 1))
        total = np.bincount(np.repeat(np.arange(len(size)), size), weights=chance, minlength=len(size))
        self._short = self._value.astype(np.int32)
        self._bound, self._alias = _tables(chance / np.repeat(total, size), start, size)
        self._start, self._size = start[which], size[which]

    def draw(self, resamples: int, rng: np.random.Generator) -> Short:
        """Draw every kind so many times: shape (kinds, resamples)."""
        bits = rng.integers(0, 2**_BITS, size=(len(self._kinds), resamples), dtype=np.uint32)
        look_up = _looked_up if available() else _looked_up_plainly
        found = look_up(bits, self._start, self._size, self._bound, self._alias, self._short)
        if not len(self._large):
            return found
        drawn = np.empty((len(self._means), resamples), dtype=np.int32)
        drawn[self._kinds] = found
        drawn[self._large] = rng.poisson(self._means[self._large, None], size=(len(self._large), resamples))
        return drawn


def tables(times: Ids) -> tuple[Ids, Ids]:
    """Make one alias table for kinds that come so many times each: bounds of 2³² and aliases, each (kinds,).

    A number of 32 bits, times the number of kinds, gives a kind in its high bits; where its low ones are
    below the bound it stands for itself, else for its alias.
    """
    return _tables(times / times.sum(), np.zeros(1, np.int64), np.array([len(times)]))


@Kernel
def _tables(chance: Floats, start: Ids, size: Ids) -> tuple[Ids, Ids]:
    """Make alias tables: a bound of 2³² below which an entry stands for itself, and what it stands for else.

    Args:
        chance: shape (entries,), summing to 1 over each table.
        start: where each table begins.
        size: how many entries it has.
    """
    bound, alias = np.full(len(chance), 2**32), np.arange(len(chance))
    poor, rich = np.empty(len(chance), np.int64), np.empty(len(chance), np.int64)
    left = chance.copy()
    for table in range(len(start)):
        poors, riches = 0, 0
        for entry in range(start[table], start[table] + size[table]):
            left[entry] *= size[table]
            if left[entry] < 1:
                poor[poors] = entry
                poors += 1
            else:
                rich[riches] = entry
                riches += 1
        while poors and riches:
            poors -= 1
            lacking, giving = poor[poors], rich[riches - 1]
            bound[lacking], alias[lacking] = np.int64(left[lacking] * 2**32), giving
            left[giving] -= 1 - left[lacking]
            if left[giving] < 1:
                riches -= 1
                poor[poors] = giving
                poors += 1
    return bound, alias


@Kernel
def _looked_up(
    bits: npt.NDArray[np.uint32], start: Ids, size: Ids, bound: Ids, alias: Ids, value: Short
) -> Short:
    """Do as _looked_up_plainly(), in one pass."""
    drawn = np.empty(bits.shape, np.int32)
    for kind in range(bits.shape[0]):
        for resample in range(bits.shape[1]):
            scaled = np.int64(bits[kind, resample]) * size[kind]
            entry = start[kind] + (scaled >> 32)
            kept = (scaled & 0xFFFFFFFF) < bound[entry]
            drawn[kind, resample] = value[entry] if kept else value[alias[entry]]
    return drawn


def _looked_up_plainly(
    bits: npt.NDArray[np.uint32], start: Ids, size: Ids, bound: Ids, alias: Ids, value: Short
) -> Short:
    """Turn random numbers into draws: shape (kinds, resamples); start and size: of each kind's table."""
    scaled = bits.astype(np.int64) * size[:, None]
    entry = start[:, None] + (scaled >> _BITS)
    return value[np.where((scaled & (2**_BITS - 1)) < bound[entry], entry, alias[entry])]
