"""How far people agree beyond chance on the same two answers, and how often they were asked (K20)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from leaderboard.ranking import order
from leaderboard.ranking.arrays import Ids, Mask
from leaderboard.ranking.coefficients import COEFFICIENTS, LABELS_AT_LEAST, RESAMPLES, Measure, interval
from leaderboard.ranking.comparisons import BOTH_BAD, OUTCOMES, TIE, A, B, Comparisons

# The order in which outcomes lie on a line: a better, alike, b better.
_LINE: Final = (A, TIE, B)
_MANY: Final = 3


@dataclass(frozen=True)
class Agreement:
    """All figures of one criterion.

    Attributes:
        alpha: Krippendorff's, over all four outcomes as names.
        alpha_ordinal: Krippendorff's, over a better, tie, b better as places on a line; without both-bad.
        alpha_both_bad: Krippendorff's, over both-bad or not.
        ac1: Gwet's, over all four outcomes.
        raw: the chance that two people say the same.
        self_consistency: the chance that one person says the same again with the sides swapped.
        units: pairs of answers that somebody judged.
        seen_by_three: the share of them that at least three people judged.
        repeated: the share of votes that are a person's second on a pair of answers, with the sides swapped.
    """

    alpha: Measure
    alpha_ordinal: Measure
    alpha_both_bad: Measure
    ac1: Measure
    raw: Measure
    self_consistency: Measure
    units: int
    seen_by_three: float
    repeated: float


@dataclass(frozen=True, eq=False)
class Units:
    """What was judged, two systems' answers to one prompt each: all that agreement is measured from.

    Attributes:
        counts: how many people gave each unit each outcome, the first vote of each: shape (units, 4).
        prompt: ids, shape (units,).
        repeats: the same of one person on one unit, one vote from each side: shape (repeats, 4).
        repeated_prompt: ids, shape (repeats,).
    """

    counts: Ids
    prompt: Ids
    repeats: Ids
    repeated_prompt: Ids

    def on(self, prompts: Mask) -> "Units":
        """Keep those on the marked prompts, shape (prompts,): a slice need not be counted anew."""
        kept, again = prompts[self.prompt], prompts[self.repeated_prompt]
        return Units(self.counts[kept], self.prompt[kept], self.repeats[again], self.repeated_prompt[again])


def measure(comparisons: Comparisons, *, rng: np.random.Generator, resamples: int = RESAMPLES) -> Agreement:
    """Compare the first votes of different people on the same two systems and prompt.

    Args:
        comparisons: votes on one criterion.
        rng: draws the units for intervals.
        resamples: how often.
    """
    return among(units(comparisons), votes=len(comparisons), rng=rng, resamples=resamples)


def units(comparisons: Comparisons) -> Units:
    """Count what people said of each unit, in one pass over votes on one criterion."""
    votes = _sorted(comparisons)
    counts, prompt = _labels(comparisons, votes)
    repeats, repeated_prompt = _repeats(comparisons, votes)
    return Units(counts, prompt, repeats, repeated_prompt)


def among(units: Units, *, votes: int, rng: np.random.Generator, resamples: int = RESAMPLES) -> Agreement:
    """Measure agreement over units; `votes`: on how many votes they rest."""
    counts, repeats = units.counts, units.repeats
    people = counts.sum(axis=1)
    both_bad = np.stack([people - counts[:, BOTH_BAD], counts[:, BOTH_BAD]], axis=1)

    def over(name: str, labels: Ids) -> Measure:
        return interval(labels, COEFFICIENTS[name], rng=rng, resamples=resamples)

    return Agreement(
        alpha=over("alpha", counts),
        alpha_ordinal=over("alpha_ordinal", counts[:, _LINE]),
        alpha_both_bad=over("alpha", both_bad),
        ac1=over("ac1", counts),
        raw=over("raw", counts),
        self_consistency=over("raw", repeats),
        units=len(counts),
        seen_by_three=float((people >= _MANY).sum() / max(len(counts), 1)),
        repeated=len(repeats) / max(votes, 1),
    )


def _labels(comparisons: Comparisons, in_order: tuple[Ids, Ids, Ids]) -> tuple[Ids, Ids]:
    """Count labels by pair of systems and prompt, each person's first vote: shape (units, 4); prompts."""
    votes, unit, person = in_order
    first = order.firsts(unit) | order.firsts(person)
    return _counted(unit[first], votes[first], comparisons)


def _repeats(comparisons: Comparisons, in_order: tuple[Ids, Ids, Ids]) -> tuple[Ids, Ids]:
    """Count the labels of one person on one unit, one vote from each side: shape (units, 4); prompts."""
    votes, unit, person = in_order
    fresh = order.firsts(unit) | order.firsts(person)
    # Most votes are their person's only one on the unit: no repeat, and not looked at further.
    several = ~(fresh & np.r_[fresh, True][1:])
    votes, own = votes[several], np.asarray(np.cumsum(fresh)[several], dtype=np.int64)
    first = _first_of(own * 2 + comparisons.mirrored[votes])
    counts, prompt = _counted(own[first], votes[first], comparisons)
    both = counts.sum(axis=1) == LABELS_AT_LEAST
    return counts[both], prompt[both]


def _sorted(comparisons: Comparisons) -> tuple[Ids, Ids, Ids]:
    """Order votes by unit, person and time; give the unit and the person of each."""
    systems, prompts = len(comparisons.systems), max(len(comparisons.prompts), 1)
    unit = (comparisons.a * systems + comparisons.b) * prompts + comparisons.prompt
    keys = ((unit, systems**2 * prompts), (comparisons.annotator, max(len(comparisons.annotators), 1)))
    votes = order.by_keys_and_numbers(keys, (comparisons.time,))
    return votes, unit[votes], comparisons.annotator[votes]


def _first_of(ids: Ids) -> Mask:
    """Mark the first of each id: shape (n,)."""
    first = np.zeros(len(ids), dtype=np.bool_)
    first[np.unique(ids, return_index=True)[1]] = True
    return first


def _counted(unit: Ids, votes: Ids, comparisons: Comparisons) -> tuple[Ids, Ids]:
    """Count the votes' outcomes by unit, in order of the units, which do not fall; and give their prompts."""
    firsts = order.firsts(unit)
    number = np.cumsum(firsts) - 1
    size = int(number.max(initial=-1)) + 1
    outcome = comparisons.outcome[votes]
    counts = np.bincount(number * len(OUTCOMES) + outcome, minlength=size * len(OUTCOMES))
    return np.asarray(counts.reshape(size, len(OUTCOMES))), comparisons.prompt[votes[firsts]]
