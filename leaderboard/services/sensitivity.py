"""How much of a board hangs on few votes, few people, or a choice of method (K17, X8, X9)."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from leaderboard.ranking import bradley_terry, fragility, graph, influence, position, sensitivity
from leaderboard.ranking.arrays import Mask
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import RankingError
from leaderboard.services.computing import Computed

# Beyond this one person moves a rating too far (X8); below this share of votes a first place is a tie (X9).
INFLUENCE: Final = 10.0
TIE: Final = 0.005
_FIRST: Final = 5
_DIGITS: Final = 3
_FEWEST: Final = 2


def of(computed: Computed, *, alpha: float = 1.0) -> dict[str, Any]:
    """Say what it takes to move the first place, and how far one person moves anything.

    Empty where votes connect fewer than two systems, or fewer than two people judged.
    """
    comparisons = _connected(computed.comparisons)
    if comparisons is None or len(comparisons.annotators) < _FEWEST:
        return {}
    fitted = bradley_terry.fit(bradley_terry.scores(comparisons), alpha=alpha)
    votes = fragility.fewest_votes(comparisons, fitted, alpha=alpha)
    people = fragility.fewest_annotators(comparisons, fitted, alpha=alpha)
    alone = influence.leave_out_each(comparisons, fitted, alpha=alpha)
    share = votes.share
    return {
        "first": comparisons.systems[int(np.argmax(fitted.theta))],
        "fewest_votes": votes.fewest,
        "fewest_share": None if share is None else round(share, _DIGITS + 2),
        "rival": votes.rival,
        "fewest_annotators": people.fewest,
        "largest_influence": round(float(alone.points.max()), _DIGITS),
        "largest_rank_influence": int(alone.ranks.max()),
        "one_person_moves_much": bool(alone.points.max() > INFLUENCE or alone.ranks.max() > 1),
        "tie": share is not None and share < TIE,
        "variants": _variants(comparisons, alpha, panel=_panel(comparisons, computed)),
        "position": _position(comparisons, alpha),
    }


def _connected(comparisons: Comparisons) -> Comparisons | None:
    if not len(comparisons):
        return None
    met = comparisons.counts.sum(axis=2) > 0
    inner = comparisons.among(graph.components(met, votes=comparisons.votes_per_system) == 0)
    return inner if len(inner.systems) >= _FEWEST else None


def _panel(comparisons: Comparisons, computed: Computed) -> Mapping[str, Mask]:
    """Mark the votes of the trusted panel alone, where there is one."""
    if computed.earning.proven is None:
        return {}
    members = np.array([int(name) in computed.earning.panel for name in comparisons.annotators])
    return {"panel alone": members[comparisons.annotator]}


def _variants(comparisons: Comparisons, alpha: float, *, panel: Mapping[str, Mask]) -> list[dict[str, Any]]:
    """List the first five by each other choice; scales differ, so only orders are told."""
    found = sensitivity.variants(comparisons, alpha=alpha, stricter=panel)
    return [
        {
            "name": name,
            "first": [comparisons.systems[place] for place in np.argsort(-ratings)[:_FIRST].tolist()],
        }
        for name, ratings in found.items()
    ]


def _position(comparisons: Comparisons, alpha: float) -> dict[str, Any]:
    """Give the effects of the left side and of what was played first, in log-odds with intervals."""
    try:
        found = position.fit(comparisons, alpha=alpha)
    except RankingError:
        return {}
    effects = {"left": found.left, "heard_first": found.heard_first}
    return {
        name: [round(number, _DIGITS) for number in (effect.logit, effect.low, effect.high)]
        for name, effect in effects.items()
        if effect is not None and np.isfinite([effect.logit, effect.low, effect.high]).all()
    } | {"noteworthy": found.noteworthy}
