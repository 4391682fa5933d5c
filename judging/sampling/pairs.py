"""Which two systems meet next, and on which prompt, with the probability of it.

A draw has two steps, because the prompts' counts are only needed for the two systems that were drawn:
`chances` and `draw` for the systems, `prompt_chances` and `draw` again for the prompt.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final, TypeVar

Systems = tuple[int, int]
Key = TypeVar("Key", bound=Hashable)

# Every eligible pair can occur, so that inverse-probability weights stay bounded. Source: J105.
FLOOR: Final = 0.10


@dataclass(frozen=True)
class Candidate:
    """A system that one person may hear now.

    Attributes:
        family: the key of its model.
        demonstration: it meets only others of its kind.
        prompts: keys of those that it answered, both playable and not yet heard by this person.
    """

    system: int
    family: int
    demonstration: bool
    prompts: frozenset[int]


@dataclass(frozen=True)
class Strength:
    """How good a system is thought to be: a rating on the Elo scale and half its 95 % interval."""

    rating: float = 1000.0
    half_width: float = 400.0


@dataclass(frozen=True)
class Counts:
    """What the rules look at.

    Attributes:
        met: ballots of two systems that count or still may; the smaller key first. Missing means none.
        strengths: by system; a missing one is a newcomer's.
    """

    met: Mapping[Systems, int]
    strengths: Mapping[int, Strength]

    def strength(self, system: int) -> Strength:
        """What is known of a system, or a newcomer's strength."""
        return self.strengths.get(system, Strength())


def chances(
    candidates: Iterable[Candidate],
    *,
    met: Mapping[Systems, int],
    rule: str,
    floor: float = FLOOR,
    strengths: Mapping[int, Strength] | None = None,
) -> dict[Systems, float]:
    """Give every eligible pair of systems its probability; they sum to one. Empty where no two may meet.

    The rule is one of RULES; floor, in [0, 1], is the share that is spread evenly. Counts says what `met` and
    `strengths` hold.
    """
    pairs = _eligible(candidates)
    if not pairs:
        return {}
    counts = Counts(met=met, strengths=strengths or {})
    weights = RULES[rule].weigh(pairs, counts)
    return _floored(
        {_key(one, other): weight for (one, other), weight in zip(pairs, weights, strict=True)}, floor
    )


def prompt_chances(one: Candidate, other: Candidate, *, shown: Mapping[int, int]) -> dict[int, float]:
    """Give every prompt that both answered its probability: the less these two met on it, the likelier.

    `shown` counts the ballots of these two systems by prompt; a missing one has none.

    Source: J107, weight 1 / (1 + n)².
    """
    weights = {prompt: (1 + shown.get(prompt, 0)) ** -2.0 for prompt in one.prompts & other.prompts}
    return _floored(weights, 0.0)


def draw(chances: Mapping[Key, float], rng: Random) -> Key:
    """Draw one in proportion; the same chances and the same generator give the same one."""
    keys = sorted(chances)  # type: ignore[type-var]  # ints and pairs of ints have an order
    return rng.choices(keys, weights=[chances[key] for key in keys])[0]


def _eligible(candidates: Iterable[Candidate]) -> list[tuple[Candidate, Candidate]]:
    ordered = sorted(candidates, key=lambda candidate: candidate.system)
    return [
        (one, other)
        for one, other in combinations(ordered, 2)
        if one.demonstration == other.demonstration and not one.prompts.isdisjoint(other.prompts)
    ]


def _key(one: Candidate, other: Candidate) -> Systems:
    return one.system, other.system


def _floored(weights: Mapping[Key, float], floor: float) -> dict[Key, float]:
    total = math.fsum(weights.values())
    even = 1 / len(weights)
    # Rounding may lift a sum of shares above one by a bit, and more than one is no probability.
    return {key: min(1.0, (1 - floor) * weight / total + floor * even) for key, weight in weights.items()}


def _coverage(pairs: list[tuple[Candidate, Candidate]], counts: Counts) -> list[float]:
    """Near and unsure pairs teach most, rare ones catch up, one model's voices seldom meet (J104)."""
    weights = []
    for one, other in pairs:
        a, b = counts.strength(one.system), counts.strength(other.system)
        unsure = (min(max(a.half_width, 20), 400) + min(max(b.half_width, 20), 400)) / 2
        near = math.exp(-abs(a.rating - b.rating) / 300)
        coverage = 1 / (1 + counts.met.get(_key(one, other), 0) / 20)
        weights.append(near * unsure * coverage * (0.25 if one.family == other.family else 1.0))
    return weights


def _paper(pairs: list[tuple[Candidate, Candidate]], counts: Counts) -> list[float]:
    """Middling gaps in rating are preferred. Source: S2S-Arena, arXiv 2503.05085; J113.

    It needs strengths: without them all gaps are equal, and so are all weights.
    """
    gaps = [abs(counts.strength(a.system).rating - counts.strength(b.system).rating) for a, b in pairs]
    middle = max(gaps) / 3
    width = max(middle / 2, 1.0)
    return [math.exp(-((gap - middle) ** 2) / (2 * width**2)) for gap in gaps]


def _uniform(pairs: list[tuple[Candidate, Candidate]], counts: Counts) -> list[float]:
    return [1.0] * len(pairs)


@dataclass(frozen=True)
class Rule:
    """A way to weigh pairs; its version goes up with any change of its weights."""

    version: int
    weigh: Callable[[list[tuple[Candidate, Candidate]], Counts], list[float]]


RULES: Final[Mapping[str, Rule]] = {
    "coverage": Rule(1, _coverage),
    "paper": Rule(1, _paper),
    "uniform": Rule(1, _uniform),
}
