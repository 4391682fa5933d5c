"""Whether the left side, or what was played first, wins more often than it should (K8)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, stdtrit

from leaderboard.ranking import bradley_terry, intervals, order
from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.bradley_terry import POINTS, STEP_CAP, STEPS
from leaderboard.ranking.comparisons import UNKNOWN, A, Comparisons
from leaderboard.ranking.errors import NotConverged, NotFinite, NoVotes

# Beyond this many log-odds ratings should be read with the effect taken out.
NOTEWORTHY: Final = 0.1
_PATTERNS: Final = 6
# The share of its information that an effect must keep beside the strengths to be told from them.
_TOLD_APART: Final = 1e-9


@dataclass(frozen=True)
class Effect:
    """What a position adds to the log-odds of winning, with its 95 % interval; NaN: too few people judged."""

    logit: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Position:
    """The effects, estimated together with the strengths.

    Attributes:
        left, heard_first: None: all votes look alike in this respect, it is not known, or it cannot be told
            from strengths. Where the left side is always heard first, `left` holds what both do.
        ratings: shape (systems,), on the Elo scale, with the effects taken out.
        noteworthy: an effect is beyond NOTEWORTHY, and its interval does not hold 0.
    """

    left: Effect | None
    heard_first: Effect | None
    ratings: Floats
    noteworthy: bool


def fit(comparisons: Comparisons, *, alpha: float = 1.0) -> Position:
    """Estimate one term for the left side and one for what was played first, together with the strengths.

    Args:
        comparisons: votes that connect all systems.
        alpha: pseudo-votes of each system against the average; positive.

    Raises:
        NoVotes: there is no vote.
        NotFinite: alpha is not positive and finite.
        NotConverged: Newton's method did not settle.
    """
    if not (math.isfinite(alpha) and alpha > 0):
        raise NotFinite("alpha must be finite and positive")
    if not len(comparisons):
        raise NoVotes("no vote to fit")
    sides = _sides(comparisons)
    told = np.flatnonzero(np.ptp(sides, axis=0) > 0).tolist()
    solved = _solved(comparisons, sides[:, told], alpha)
    while not _told_apart(solved):
        told.pop()
        solved = _solved(comparisons, sides[:, told], alpha)
    found = dict(zip(told, _effects(comparisons, sides[:, told], solved), strict=True))
    return Position(
        left=found.get(0),
        heard_first=found.get(1),
        ratings=bradley_terry.ratings(solved.theta),
        noteworthy=any(
            abs(one.logit) > NOTEWORTHY and (one.low > 0 or one.high < 0) for one in found.values()
        ),
    )


def _sides(comparisons: Comparisons) -> Floats:
    """Say of each vote whether the pair's first system (1) or its second (-1) was left, and heard first."""
    heard = comparisons.heard
    return np.stack(
        [
            np.where(comparisons.mirrored, -1.0, 1.0),
            np.where(heard == UNKNOWN, 0.0, np.where(heard == A, 1.0, -1.0)),
        ],
        axis=1,
    )


@dataclass(frozen=True, eq=False)
class _Groups:
    """Votes alike in pair and position: shape (groups,), and sides of shape (groups, effects)."""

    a: Ids
    b: Ids
    sides: Floats
    points: Floats
    games: Floats


@dataclass(frozen=True, eq=False)
class _Solved:
    """Strengths, effects, and what votes say about effects beside strengths.

    Attributes:
        theta: shape (systems,).
        gamma: shape (effects,).
        taken: shape (systems, effects), what strengths take up of an effect.
        information: shape (effects, effects), what is left of it.
        whole: shape (effects,), what there would be if strengths were known.
    """

    theta: Floats
    gamma: Floats
    taken: Floats
    information: Floats
    whole: Floats


def _grouped(comparisons: Comparisons, sides: Floats) -> _Groups:
    size = len(comparisons.systems)
    pattern = comparisons.mirrored * (_PATTERNS // 2) + comparisons.heard - UNKNOWN
    key = (comparisons.a * size + comparisons.b) * _PATTERNS + pattern
    # A place for every key, and no sorting: there are few keys. Of votes alike the first one stands for all.
    places = size * size * _PATTERNS
    some = np.full(places, -1)
    some[key[::-1]] = np.arange(len(key))[::-1]
    there = np.flatnonzero(some >= 0)
    first = some[there]
    points, games = (
        np.bincount(key, weights=values, minlength=places)[there].astype(np.float64)
        for values in (comparisons.weight * POINTS[comparisons.outcome], comparisons.weight)
    )
    return _Groups(
        a=comparisons.a[first], b=comparisons.b[first], sides=sides[first], points=points, games=games
    )


def _solved(comparisons: Comparisons, sides: Floats, alpha: float) -> _Solved:
    groups, size, effects = _grouped(comparisons, sides), len(comparisons.systems), sides.shape[1]
    design = np.zeros((len(groups.a), size + effects))
    rows = np.arange(len(groups.a))
    design[rows, groups.a], design[rows, groups.b] = 1, -1
    design[:, size:] = groups.sides
    found = np.zeros(size + effects)
    for _ in range(STEPS):
        chance, average = expit(design @ found), expit(found[:size])
        gradient = design.T @ (groups.points - groups.games * chance)
        gradient[:size] += alpha * (0.5 - average)
        hessian = design.T @ (design * (groups.games * chance * (1 - chance))[:, None])
        hessian[np.arange(size), np.arange(size)] += alpha * average * (1 - average)
        step = np.linalg.pinv(hessian, hermitian=True) @ gradient
        step *= STEP_CAP / max(float(np.abs(step).max()), STEP_CAP)
        found += step
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(found).max()):
            across = hessian[:size, size:]
            taken = np.linalg.solve(hessian[:size, :size], across)
            within = hessian[size:, size:]
            return _Solved(
                theta=found[:size],
                gamma=found[size:],
                taken=taken,
                information=within - across.T @ taken,
                whole=np.diag(within),
            )
    raise NotConverged(f"no maximum found in {STEPS} Newton steps")


def _told_apart(solved: _Solved) -> bool:
    """Say whether each effect can be told from the strengths and from the other."""
    if not len(solved.gamma):
        return True
    return bool(np.linalg.eigvalsh(solved.information)[0] > _TOLD_APART * solved.whole.max())


def _effects(comparisons: Comparisons, sides: Floats, solved: _Solved) -> list[Effect]:
    """Give the effects their intervals over clusters, from scores that are free of the strengths."""
    if not len(solved.gamma):
        return []
    gap = solved.theta[comparisons.a] - solved.theta[comparisons.b] + sides @ solved.gamma
    surprise = comparisons.weight * (POINTS[comparisons.outcome] - expit(gap))
    scores = surprise[:, None] * (sides - solved.taken[comparisons.a] + solved.taken[comparisons.b])
    meat, degrees = _meat(comparisons, scores)
    bread = np.linalg.inv(solved.information)
    variance = np.maximum(np.diag(bread @ meat @ bread), np.diag(bread @ (scores.T @ scores) @ bread))
    reach = float(stdtrit(degrees, (1 + intervals.LEVEL) / 2)) if degrees else math.nan
    return [
        Effect(float(value), float(value - reach * error), float(value + reach * error))
        for value, error in zip(solved.gamma, np.sqrt(variance), strict=True)
    ]


def _meat(comparisons: Comparisons, scores: Floats) -> tuple[Floats, int]:
    """Sum uu′ over clusters; 0 degrees of freedom: too few people for an interval."""
    people, prompts = len(comparisons.annotators), len(comparisons.prompts)
    kind = intervals.clusters_for(comparisons, "auto")
    by_vote = scores.T @ scores
    if kind == "none":
        return by_vote, 0 if comparisons.people_known else max(len(scores) - 1, 1)
    by_person = _summed(comparisons.annotator, scores, people) if people > 1 else by_vote
    if kind == "annotator":
        return by_person, people - 1
    by_prompt = _summed(comparisons.prompt, scores, prompts)
    if kind == "prompt":
        return by_prompt, prompts - 1
    cell = comparisons.annotator * prompts + comparisons.prompt
    votes = order.by_keys(((cell, people * prompts),))
    number = np.cumsum(order.firsts(cell[votes])) - 1
    cells = _summed(number, scores[votes], None)
    return by_person + by_prompt - cells, min(people, prompts) - 1


def _summed(member: Ids, scores: Floats, clusters: int | None) -> Floats:
    """Sum uu′ over clusters, with the correction for few of them where their number is given."""
    sums = np.stack([np.bincount(member, weights=column) for column in scores.T], axis=1)
    meat = sums.T @ sums
    return np.asarray(meat * (clusters / (clusters - 1)) if clusters else meat)
