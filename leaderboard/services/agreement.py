"""Whether people agree, for a snapshot's card (ranking K20, goal Y10): the only place that works it out."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from judging import selectors as judged
from judging.models import Seal
from leaderboard.models import Board
from leaderboard.ranking import agreement
from leaderboard.ranking.agreement import Units
from leaderboard.ranking.coefficients import Measure
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.results import wilson
from leaderboard.selectors.votes import Counted

_DIGITS: Final = 4
_FIGURES: Final = ("raw", "alpha", "alpha_ordinal", "alpha_both_bad", "ac1")


class Agreed:
    """The agreement behind the boards of one build: what a criterion's votes say is counted once for all."""

    def __init__(self, counted: Counted, seal: Seal) -> None:
        """Take the votes of a build, and read how people repeated themselves."""
        self._counted = counted
        self._units: dict[int, Units] = {}
        self._repeats: dict[str, list[tuple[str, bool]]] = {}
        for criterion, prompt, alike in judged.repeats_met(seal):
            self._repeats.setdefault(criterion, []).append((str(prompt), alike))

    def on(self, board: Board, comparisons: Comparisons, *, seed: int) -> dict[str, Any] | None:
        """Give a board's figures; None for the second view, and where nobody judged."""
        if board.method != Board.Method.BRADLEY_TERRY or not len(comparisons):
            return None
        whole = self._counted.comparisons(board.criterion)
        if board.criterion_id not in self._units:
            self._units[board.criterion_id] = agreement.units(whole)
        units, repeats = self._units[board.criterion_id], self._repeats.get(board.criterion.slug, [])
        if comparisons is not whole:
            there = set(comparisons.prompts)
            units = units.on(np.array([name in there for name in whole.prompts], dtype=np.bool_))
            repeats = [one for one in repeats if one[0] in there]
        return of(units, [alike for _, alike in repeats], votes=len(comparisons), seed=seed)


def of(units: Units, repeats: Sequence[bool], *, votes: int, seed: int) -> dict[str, Any]:
    """Give every coefficient with its 95 % interval, and the share that people repeat of themselves.

    Args:
        units: what was judged on one criterion.
        repeats: whether each repeat, with the sides swapped, was answered like the first time.
        votes: how many there are on the criterion.
        seed: draws the units of the intervals.

    Returns:
        Figures of None where nobody judged what another did; `units` is what at least two people judged.
    """
    found = agreement.among(units, votes=votes, rng=np.random.Generator(np.random.PCG64(seed)))
    figures = {name: _measure(getattr(found, name)) for name in _FIGURES}
    return {
        **figures,
        "self_consistency": _share(sum(repeats), len(repeats)),
        "pairs_judged": found.units,
        "seen_by_three": round(found.seen_by_three, _DIGITS),
        "repeated": round(len(repeats) / max(votes, 1), _DIGITS),
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
