"""Coefficients of agreement beyond chance, from counts of labels by unit (K20)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids

RESAMPLES: Final = 1000
LABELS_AT_LEAST: Final = 2
# What fits into a signed 64-bit number.
_ROOM: Final = 2**63


@dataclass(frozen=True)
class Measure:
    """One figure with its 95 % interval over units; NaN where it is not defined.

    Agreement beyond chance is not defined where nobody judged what another did, or where all said one thing.

    Attributes:
        low, high: of the resamples in which it is defined.
        units: things judged at least twice.
    """

    value: float
    low: float
    high: float
    units: int


def krippendorff(coincidences: Floats, *, ordinal: bool = False) -> Floats:
    """Give alpha from coincidence matrices: shape (..., labels, labels) to (...,).

    Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011.
    """
    totals = coincidences.sum(axis=-1)
    number = totals.sum(axis=-1)
    if ordinal:
        # Half of both ends and all that lies between.
        middle = np.cumsum(totals, axis=-1) - totals / 2
        distance = (middle[..., :, None] - middle[..., None, :]) ** 2
    else:
        distance = np.broadcast_to(1 - np.eye(totals.shape[-1]), coincidences.shape)
    observed = (coincidences * distance).sum(axis=(-1, -2))
    expected = (totals[..., :, None] * totals[..., None, :] * distance).sum(axis=(-1, -2))
    return _ratio(expected - (number - 1) * observed, expected)


def gwet(shares: Floats) -> Floats:
    """Give AC1 from sums over units: shape (..., labels + 3) to (...,).

    Args:
        shares: the share of each label, summed over units with any; their number; the agreement of pairs of
            labels, summed over units with at least two; their number.

    Source: Gwet, "Computing inter-rater reliability and its variance in the presence of high
    agreement", 2008.
    """
    share = _ratio(shares[..., :-3], shares[..., -3:-2])
    agreed = _ratio(shares[..., -2], shares[..., -1])
    chance = (share * (1 - share)).sum(axis=-1) / max(share.shape[-1] - 1, 1)
    return _ratio(agreed - chance, 1 - chance)


def interval(
    counts: Ids, chosen: "Coefficient", *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Measure:
    """Give a measure with the middle 95 % of its values over units drawn anew.

    Args:
        counts: shape (units, labels): how many people gave each unit each label.
        chosen: one of COEFFICIENTS.
        rng: draws the units.
        resamples: how often.
    """
    # Units with the same counts are of one kind: the cost grows with kinds, not with units.
    kinds, occurs = _kinds(counts[counts.sum(axis=1) > 0])
    compared = int(occurs[kinds.sum(axis=1) >= LABELS_AT_LEAST].sum())
    if not compared:
        return Measure(math.nan, math.nan, math.nan, 0)
    parts = chosen.parts(kinds.astype(np.float64))
    total = int(occurs.sum())
    values = chosen.value(rng.multinomial(total, occurs / total, size=resamples) @ parts)
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, [0.025, 0.975]) if len(values) else (math.nan, math.nan)
    return Measure(float(chosen.value(occurs @ parts)), float(low), float(high), compared)


def _kinds(counts: Ids) -> tuple[Ids, Ids]:
    """List the different rows, in their order, and how often each occurs."""
    base = int(counts.max(initial=0)) + 1
    if base ** counts.shape[1] >= _ROOM:
        kinds, occurs = np.unique(counts, axis=0, return_counts=True)
        return kinds, occurs
    # As one number each: sorting rows takes twenty times as long.
    place = base ** np.arange(counts.shape[1])[::-1]
    packed, occurs = np.unique(counts @ place, return_counts=True)
    return packed[:, None] // place % base, occurs


@dataclass(frozen=True)
class Coefficient:
    """A measure: what each unit adds, shape (units, sums), and what sums come to, (..., sums) to (...,)."""

    parts: Callable[[Floats], Floats]
    value: Callable[[Floats], Floats]


def _alpha(*, ordinal: bool) -> Coefficient:
    def value(sums: Floats) -> Floats:
        size = math.isqrt(sums.shape[-1])
        return krippendorff(sums.reshape(*sums.shape[:-1], size, size), ordinal=ordinal)

    return Coefficient(parts=_coincidences, value=value)


def _coincidences(counts: Floats) -> Floats:
    """Count the ordered pairs of labels within each unit, over one less than its labels: (units, labels²)."""
    given = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    own = np.arange(counts.shape[1])
    pairs[:, own, own] -= counts
    return np.asarray((pairs / np.maximum(given - 1, 1)[:, None, None]).reshape(len(counts), -1))


def _agreed(counts: Floats) -> Floats:
    """Give each unit's share of agreeing pairs, and 1 where it has any pair: shape (units, 2)."""
    given = counts.sum(axis=1)
    pairs = given * (given - 1)
    agreed = (counts * (counts - 1)).sum(axis=1) / np.maximum(pairs, 1)
    return np.stack([agreed, np.asarray(pairs > 0, dtype=np.float64)], axis=1)


def _shares(counts: Floats) -> Floats:
    given = counts.sum(axis=1, keepdims=True)
    return np.concatenate([counts / given, np.ones_like(given), _agreed(counts)], axis=1)


def _ratio(part: Floats, whole: Floats) -> Floats:
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.asarray(np.divide(part, whole, out=np.full(shape, math.nan), where=whole != 0))


COEFFICIENTS: Final[Mapping[str, Coefficient]] = {
    "alpha": _alpha(ordinal=False),
    "alpha_ordinal": _alpha(ordinal=True),
    "ac1": Coefficient(parts=_shares, value=gwet),
    "raw": Coefficient(parts=_agreed, value=lambda sums: _ratio(sums[..., 0], sums[..., 1])),
}


def _weights(units: int, resamples: int, rng: np.random.Generator) -> Ids:
    drawn = rng.integers(0, units, size=(resamples, units)) + units * np.arange(resamples)[:, None]
    return np.asarray(np.bincount(drawn.ravel(), minlength=resamples * units).reshape(resamples, units))
