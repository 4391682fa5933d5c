"""Whether people agree, for a snapshot's card (ranking K20, goal Y10)."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from leaderboard.ranking import agreement
from leaderboard.ranking.coefficients import Measure
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.results import wilson

_DIGITS: Final = 4
_FIGURES: Final = ("raw", "alpha", "alpha_ordinal", "alpha_both_bad", "ac1")


def of(comparisons: Comparisons, repeats: Sequence[bool], *, seed: int) -> dict[str, Any]:
    """Give every coefficient with its 95 % interval, and the share that people repeat of themselves.

    Args:
        comparisons: the votes that count on one criterion.
        repeats: whether each repeat, with the sides swapped, was answered like the first time.
        seed: draws the units of the intervals.

    Returns:
        Figures of None where nobody judged what another did; `units` is what at least two people judged.
    """
    found = agreement.measure(comparisons, rng=np.random.Generator(np.random.PCG64(seed)))
    figures = {name: _measure(getattr(found, name)) for name in _FIGURES}
    return {
        **figures,
        "self_consistency": _share(sum(repeats), len(repeats)),
        "pairs_judged": found.units,
        "seen_by_three": round(found.seen_by_three, _DIGITS),
        "repeated": round(len(repeats) / max(len(comparisons), 1), _DIGITS),
    }


def _measure(one: Measure) -> dict[str, Any]:
    return _figure(one.value, one.low, one.high, one.units)


def _share(alike: int, of_all: int) -> dict[str, Any]:
    if not of_all:
        return _figure(math.nan, math.nan, math.nan, 0)
    return _figure(alike / of_all, *wilson(alike, of_all), of_all)


def _figure(value: float, low: float, high: float, units: int) -> dict[str, Any]:
    known = {"value": value, "low": low, "high": high}
    rounded = {name: round(one, _DIGITS) if math.isfinite(one) else None for name, one in known.items()}
    return {**rounded, "units": units}
