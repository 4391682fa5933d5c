"""Which two systems meet next, with the probability of it (judging J99–J115).

Two steps follow this one (`judging.sampling.prompts`, `judging.sampling.sides`), so that the counts by prompt
are only needed for the two systems that were drawn.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Final, NamedTuple

from judging.sampling.chances import floored
from judging.sampling.placing import Placing

Systems = tuple[int, int]

NARROWEST, WIDEST = 20.0, 400.0
# Source: J104.
SCALE, HALVING = 300.0, 20
PLACEMENT, CONNECTION, CROWDED, FAMILY = 4.0, 5.0, 0.25, 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A system that one person may hear now.

    Attributes:
        family: the key of its model.
        owner: the key of its team; None: the site.
        demonstration: it meets only others of its kind.
        codenamed: it meets no other that is.
        prompts: one bit for each that it answered, both playable and open to this person.
    """

    system: int
    family: int
    prompts: int
    owner: int | None = None
    demonstration: bool = False
    codenamed: bool = False


@dataclass(frozen=True, slots=True)
class Strength:
    """How good a system is thought to be: a rating on the Elo scale and half its 95 % interval."""

    rating: float = 1000.0
    half_width: float = WIDEST


@dataclass(frozen=True)
class Counts:
    """What the rules look at; pairs of systems name the smaller key first.

    Attributes:
        met: ballots of two systems that count or still may. Missing means none.
        strengths: by system; a missing one is a newcomer's.
        components: for each published slice, which part of its graph a system is in; a missing one is alone.
        crowded: owners who had more than their share of late.
        placing: who is a newcomer.
    """

    met: Mapping[Systems, int] = field(default_factory=dict)
    strengths: Mapping[int, Strength] = field(default_factory=dict)
    components: Sequence[Mapping[int, int]] = ()
    crowded: frozenset[int] = frozenset()
    placing: Placing = field(default_factory=Placing)

    def strength(self, system: int) -> Strength:
        """What is known of a system, or a newcomer's strength."""
        return self.strengths.get(system, _NEW)


_NEW = Strength()


class Factors(NamedTuple):
    """What a pair's weight is the product of; each is 1 where the rule does not look at it."""

    uncertainty: float = 1.0
    coverage: float = 1.0
    placement: float = 1.0
    connection: float = 1.0
    owner: float = 1.0
    family: float = 1.0


Two = tuple[Candidate, Candidate]


def eligible(
    candidates: Collection[Candidate], *, barred: Collection[Systems] = (), counts: Counts | None = None
) -> list[Two]:
    """List the pairs that may meet, the smaller key first (J101).

    Args:
        candidates: who may be heard by this person.
        barred: pairs of which this person has had enough (J103).
        counts: where newcomers had their share of the day, their pairs wait while there are others (J106).
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.system)
    pairs = [
        (one, other)
        for one, other in combinations(ordered, 2)
        if one.prompts & other.prompts
        and one.demonstration == other.demonstration
        and not (one.codenamed and other.codenamed)
        and (one.system, other.system) not in barred
    ]
    if counts is None or not counts.placing.full:
        return pairs
    new = counts.placing.systems
    return [two for two in pairs if not (two[0].system in new or two[1].system in new)] or pairs


def chances(pairs: Sequence[Two], counts: Counts, *, rule: str, floor: float) -> dict[Systems, float]:
    """Give every one of these pairs its probability; they sum to one. Empty where there are no pairs.

    Args:
        pairs: the eligible ones.
        counts: what the rule looks at.
        rule: one of RULES.
        floor: in [0, 1], the share that is spread evenly (J105).
    """
    return spread(weigh(pairs, counts, rule=rule), floor=floor)


def weigh(pairs: Sequence[Two], counts: Counts, *, rule: str) -> dict[Systems, Factors]:
    """Give every one of these pairs the factors of its weight."""
    return dict(zip(map(keys, pairs), RULES[rule].weigh(pairs, counts), strict=True)) if pairs else {}


def spread(factors: Mapping[Systems, Factors], *, floor: float) -> dict[Systems, float]:
    """Turn the factors of all eligible pairs into their probabilities; see `chances`."""
    return floored({systems: math.prod(each) for systems, each in factors.items()}, floor) if factors else {}


def keys(two: Two) -> Systems:
    """Name a pair of systems, the smaller key first."""
    return two[0].system, two[1].system


def _coverage(pairs: Sequence[Two], counts: Counts) -> list[Factors]:
    """Near and unsure pairs teach most, the under-sampled catch up, newcomers are placed (J104)."""
    placements = counts.placing.factors([keys(two) for two in pairs])
    known = {candidate.system: _known(candidate, counts) for candidate in {*chain.from_iterable(pairs)}}
    found = []
    for (one, other), placement in zip(pairs, placements, strict=True):
        a, b = known[one.system], known[other.system]
        found.append(
            Factors(
                math.exp(-abs(a.rating - b.rating) / SCALE) * (a.half_width + b.half_width) / 2,
                1 / (1 + counts.met.get((one.system, other.system), 0) / HALVING),
                placement,
                1.0 if a.parts == b.parts and None not in a.parts else CONNECTION,
                CROWDED if a.crowded or b.crowded else 1.0,
                FAMILY if one.family == other.family else 1.0,
            )
        )
    return found


class _Known(NamedTuple):
    rating: float
    half_width: float
    parts: tuple[int | None, ...]
    crowded: bool


def _known(candidate: Candidate, counts: Counts) -> _Known:
    """Gather what a system's pairs share: there are far more pairs than systems."""
    strength = counts.strength(candidate.system)
    parts = tuple(part.get(candidate.system) for part in counts.components)
    half_width = min(max(strength.half_width, NARROWEST), WIDEST)
    return _Known(strength.rating, half_width, parts, candidate.owner in counts.crowded)


def _paper(pairs: Sequence[Two], counts: Counts) -> list[Factors]:
    """Middling gaps in rating are preferred. Source: S2S-Arena, arXiv 2503.05085; J113.

    It needs strengths: without them all gaps are equal, and so are all weights.
    """
    gaps = [abs(counts.strength(a.system).rating - counts.strength(b.system).rating) for a, b in pairs]
    middle = max(gaps) / 3
    width = max(middle / 2, 1.0)
    return [Factors(uncertainty=math.exp(-((gap - middle) ** 2) / (2 * width**2))) for gap in gaps]


def _uniform(pairs: Sequence[Two], counts: Counts) -> list[Factors]:
    return [Factors()] * len(pairs)


@dataclass(frozen=True)
class Rule:
    """A way to weigh pairs; its version goes up with any change of its weights."""

    version: int
    weigh: Callable[[Sequence[Two], Counts], list[Factors]]


RULES: Final[Mapping[str, Rule]] = {
    "coverage": Rule(2, _coverage),
    "paper": Rule(2, _paper),
    "uniform": Rule(2, _uniform),
}
