"""The same votes rated otherwise: whether the order hangs on the rules (K17)."""

from collections.abc import Callable, Mapping

import numpy as np

from leaderboard.ranking import bradley_terry, davidson, order
from leaderboard.ranking.arrays import Floats, Mask
from leaderboard.ranking.bradley_terry import Fit
from leaderboard.ranking.comparisons import TIE, Comparisons
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.fragility import refitted


def variants(
    comparisons: Comparisons, *, alpha: float = 1.0, stricter: Mapping[str, Mask] | None = None
) -> dict[str, Floats]:
    """Rate the same votes otherwise, each shape (systems,) on a scale of its own: orders can be compared.

    Args:
        comparisons: all votes.
        alpha: pseudo-votes of each system against the average.
        stricter: more rules, by name: the votes that each keeps, shape (n,). The panel's alone, say.

    Returns:
        `ties dropped`, `davidson`, `without repeats` (each person's first vote on a pair and prompt) and the
        stricter ones; those for which no vote is left are missing.
    """
    masks = {
        "ties dropped": comparisons.outcome < TIE,
        "without repeats": first_votes(comparisons),
        **(stricter or {}),
    }
    found = {}
    for name, fit in _fits(comparisons, masks, alpha).items():
        try:
            found[name] = bradley_terry.ratings(fit().theta)
        except NoVotes:
            continue
    return found


def first_votes(comparisons: Comparisons) -> Mask:
    """Mark each person's first vote on two systems and a prompt: shape (n,)."""
    size = len(comparisons.systems)
    keys = (
        (comparisons.annotator, max(len(comparisons.annotators), 1)),
        (comparisons.prompt, max(len(comparisons.prompts), 1)),
        (comparisons.a * size + comparisons.b, size**2),
    )
    votes = order.by_keys_and_numbers(keys, (comparisons.time,))
    first = np.zeros(len(votes), dtype=np.bool_)
    for values, _ in keys:
        first |= order.firsts(values[votes])
    marked = np.zeros(len(votes), dtype=np.bool_)
    marked[votes[first]] = True
    return marked


def _fits(
    comparisons: Comparisons, masks: Mapping[str, Mask], alpha: float
) -> Mapping[str, Callable[[], Fit]]:
    def on(mask: Mask) -> Callable[[], Fit]:
        return lambda: refitted(comparisons, mask, alpha=alpha)

    return {"davidson": lambda: davidson.fit(comparisons, alpha=alpha)} | {
        name: on(mask) for name, mask in masks.items()
    }
