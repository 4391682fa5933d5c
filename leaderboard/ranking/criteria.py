"""Several criteria together: how much better a system is by one than by another, and all in one (K10)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import stdtrit

from leaderboard.ranking import bradley_terry, clusters, graph, intervals, variance
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.bradley_terry import ELO, Fit
from leaderboard.ranking.clusters import Clusters, Kind
from leaderboard.ranking.comparisons import MIRRORED, UNKNOWN, B, Comparisons, from_ids
from leaderboard.ranking.errors import NotFinite, NoVotes


@dataclass(frozen=True, eq=False)
class Difference:
    """Ratings by one criterion less those by another, each on a scale with a mean of 1000 over these systems.

    Attributes:
        systems: those that votes connect by both criteria.
        points: shape (systems,), Elo points.
        low, high: shape (systems,), the 95 % interval; NaN below the floor of votes and people (K6).
        clusters: what was taken to hang together.
    """

    systems: tuple[str, ...]
    points: Floats
    low: Floats
    high: Floats
    clusters: Clusters


def composite(criteria: Mapping[str, Comparisons], *, weights: Mapping[str, float]) -> Comparisons:
    """Put the votes on several criteria together, to fit one strength to all: weights say what each counts.

    Whoever judged by two criteria stays one person: intervals over people do not take them for two.

    Raises:
        NotFinite: a weight that is not positive and finite.
        KeyError: a criterion without a weight.
    """
    if not all(math.isfinite(weight) and weight > 0 for weight in weights.values()):
        raise NotFinite("weights of criteria must be positive and finite")
    parts = list(criteria.values())
    names = {
        kind: sorted({name for part in parts for name in getattr(part, kind)})
        for kind in ("systems", "annotators", "prompts")
    }
    columns = [_columns(part, names, weights[name]) for name, part in criteria.items()]
    ids = {name: np.concatenate([column[name] for column in columns]) for name in columns[0]} if parts else {}
    if not ids:
        raise NoVotes("no criterion")
    return from_ids(ids, **names)


def difference(one: Comparisons, other: Comparisons, *, alpha: float = 1.0) -> Difference:
    """Say how much better systems are by one criterion than by another.

    The same people and prompts stand behind both, and are drawn together: what one person adds to both is
    subtracted before it is squared.

    Args:
        one: votes by the first criterion.
        other: votes by the second.
        alpha: pseudo-votes of each system against the average.

    Raises:
        NoVotes: fewer than two systems are connected by both.
    """
    inner = _connected(one, other)
    both = composite({"one": inner[0], "other": inner[1]}, weights={"one": 1.0, "other": 1.0})
    kind = intervals.clusters_for(both, "auto")
    fits = tuple(bradley_terry.fit(bradley_terry.scores(part), alpha=alpha) for part in inner)
    covariance = _covariance(inner, fits, both, kind, alpha)
    degrees = clusters.degrees_of_freedom(both, kind)
    reach = ELO * float(stdtrit(degrees, (1 + intervals.LEVEL) / 2))
    shown = intervals.shown(inner[0], "auto") & intervals.shown(inner[1], "auto")
    half_width = np.where(shown, reach * np.sqrt(np.diag(covariance)), math.nan)
    first, second = (bradley_terry.ratings(fit.theta) for fit in fits)
    points = first - second
    return Difference(inner[0].systems, points, points - half_width, points + half_width, kind)


def _connected(one: Comparisons, other: Comparisons) -> tuple[Comparisons, Comparisons]:
    """Keep the systems that votes connect by both criteria, until no more fall away."""
    kept = set(one.systems) & set(other.systems)
    parts = [one, other]
    while True:
        parts = [part.among(_marked(part, kept)) for part in parts]
        for part in parts:
            met = part.counts.sum(axis=2) > 0
            group = graph.components(met, votes=part.votes_per_system)
            kept &= {name for name, number in zip(part.systems, group, strict=True) if number == 0}
        if all(set(part.systems) == kept for part in parts):
            break
    if len(kept) < 2 or not all(map(len, parts)):  # noqa: PLR2004 -- a difference needs two
        raise NoVotes("fewer than two systems are connected by both criteria")
    return parts[0], parts[1]


def _marked(part: Comparisons, kept: set[str]) -> Mask:
    return np.fromiter((name in kept for name in part.systems), dtype=np.bool_, count=len(part.systems))


def _columns(part: Comparisons, names: Mapping[str, list[str]], weight: float) -> dict[str, Ids | Floats]:
    """Give a part's votes by the ids of all, each system back on its side."""

    def ids(kind: str) -> Ids:
        place = {name: number for number, name in enumerate(names[kind])}
        return np.array([place[name] for name in getattr(part, kind)], dtype=np.int64)

    a, b, turned = ids("systems")[part.a], ids("systems")[part.b], part.mirrored
    return {
        "a": np.where(turned, b, a),
        "b": np.where(turned, a, b),
        "outcome": np.where(turned, MIRRORED[part.outcome], part.outcome),
        "annotator": ids("annotators")[part.annotator],
        "prompt": ids("prompts")[part.prompt],
        "weight": part.weight * weight,
        "time": part.time,
        "heard": np.where(turned & (part.heard != UNKNOWN), B - part.heard, part.heard),
    }


def _covariance(
    parts: tuple[Comparisons, Comparisons],
    fits: tuple[Fit, ...],
    both: Comparisons,
    kind: Clusters,
    alpha: float,
) -> Floats:
    """Give the covariance of the difference: clusters move both ratings, and their moves are subtracted."""
    bread = [variance.centred_inverse(fit) for fit in fits]
    cells = _by_cell(parts, fits, both, bread)
    pseudo = [variance.pseudo_scores(fit, alpha=alpha) for fit in fits]
    floor = cells + sum((one * held) @ one.T for one, held in zip(bread, pseudo, strict=True))
    if kind == "none":
        return np.asarray(floor)
    if kind == "both":
        whole = sum(_by_cluster(parts, fits, both, one) for one in ("annotator", "prompt")) - cells
    else:
        whole = _by_cluster(parts, fits, both, kind)
    return variance.raised(clusters.positive(variance.centred(np.asarray(whole))), np.asarray(floor))


def _by_cluster(
    parts: tuple[Comparisons, Comparisons], fits: tuple[Fit, ...], both: Comparisons, kind: Kind
) -> Floats:
    names = clusters.names(both, kind)
    place = {name: number for number, name in enumerate(names)}
    jackknife = len(names) < clusters.JACKKNIFE_BELOW
    moved = np.zeros((len(names), len(both.systems)))
    for part, fit, sign in zip(parts, fits, (1, -1), strict=True):
        rows = [place[name] for name in clusters.names(part, kind)]
        moved[rows] += sign * clusters.moves(part, fit, kind=kind, jackknife=jackknife)
    share = (len(names) - 1) / len(names)
    return np.asarray(moved.T @ moved) * (share if jackknife else 1 / share)


def _by_cell(
    parts: tuple[Comparisons, Comparisons], fits: tuple[Fit, ...], both: Comparisons, bread: list[Floats]
) -> Floats:
    """Do the same where each person on each prompt is a cluster."""
    people = {name: number for number, name in enumerate(both.annotators)}
    prompts = {name: number for number, name in enumerate(both.prompts)}
    cells, scores = [], []
    for part, fit in zip(parts, fits, strict=True):
        person = np.array([people[name] for name in part.annotators])[part.annotator]
        prompt = np.array([prompts[name] for name in part.prompts])[part.prompt]
        cells.append(person * len(prompts) + prompt)
        scores.append(clusters.residuals(part, fit))
    used, row = np.unique(np.concatenate(cells), return_inverse=True)
    rows = np.split(row, [len(cells[0])])
    shape = (len(used), len(both.systems))
    sums = [
        csr_array((np.r_[score, -score], (np.r_[row, row], np.r_[part.a, part.b])), shape=shape)
        for part, score, row in zip(parts, scores, rows, strict=True)
    ]
    own = [one @ (sum_.T @ sum_).toarray() @ one.T for one, sum_ in zip(bread, sums, strict=True)]
    cross = bread[0] @ (sums[0].T @ sums[1]).toarray() @ bread[1].T
    return np.asarray(own[0] + own[1] - cross - cross.T)
