"""What one person may hear: the hard limits, whatever the rule (J95, J101–J103, J12)."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Final, NamedTuple

from judging.sampling.pairs import Candidate, Systems
from judging.sampling.prompts import Cell

# Source: J101, J103.
MOST_OF_ONE_PROMPT: Final = 3
MOST_OF_ONE_PAIR: Final = 0.25
FROM_VOTES: Final = 20
# A quarter each needs others who give the rest: somebody alone would soon have nothing left.
FROM_OTHERS: Final = 4

Languages = tuple[int | None, int | None]


class Competitor(NamedTuple):
    """A system that is judged; see `Candidate`."""

    system: int
    family: int
    owner: int | None
    demonstration: bool
    codenamed: bool


@dataclass(frozen=True)
class Pool:
    """All that may be judged, whoever judges. Sets of prompts are whole numbers: one bit a prompt.

    Attributes:
        prompts: their keys; the first one's bit is 1, the second one's 2, and so on.
        cells: the cell of each.
        languages: which prompts are spoken and to be answered in these two; None: not known, bars nobody.
        answered: which prompts each system answered, both clips playable.
    """

    prompts: Sequence[int] = ()
    cells: Mapping[int, Cell] = field(default_factory=dict)
    languages: Mapping[Languages, int] = field(default_factory=dict)
    answered: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def places(self) -> Mapping[int, int]:
        """Give each prompt's bit."""
        return {prompt: 1 << place for place, prompt in enumerate(self.prompts)}

    def bits(self, prompts: Iterable[int]) -> int:
        """Give the set of these prompts; what is not in the pool is left out."""
        return reduce(or_, (self.places.get(prompt, 0) for prompt in prompts), 0)

    def keys(self, bits: int) -> list[int]:
        """Give the prompts of a set."""
        return [prompt for prompt, bit in self.places.items() if bits & bit]


class Heard(NamedTuple):
    """A ballot whose clips a person may have heard, or still will.

    Attributes:
        systems: whose answers; the smaller key first.
        prompt: to what.
        recent: it is of this batch or of the one before.
        counts: it is a normal one that was cast or can be.
    """

    systems: Systems
    prompt: int
    recent: bool
    counts: bool


@dataclass(frozen=True)
class Person:
    """What bars a person from hearing something.

    Attributes:
        heard: their ballots.
        languages: keys of those that they judge in; None: all.
        own: systems in whose result they have a stake (J102).
    """

    heard: Sequence[Heard] = ()
    languages: frozenset[int] | None = None
    own: frozenset[int] = frozenset()


def candidates(pool: Pool, competitors: Iterable[Competitor], person: Person) -> list[Candidate]:
    """List the systems that this person may hear, each with its prompts; those without any are left out."""
    times = Counter(heard.prompt for heard in person.heard)
    worn = {prompt for prompt, often in times.items() if often >= MOST_OF_ONE_PROMPT}
    recent = {heard.prompt for heard in person.heard if heard.recent}
    open_ = _understood(pool, person.languages) & ~pool.bits(worn | recent)
    known: dict[int, set[int]] = {}
    for heard in person.heard:
        for system in heard.systems:
            known.setdefault(system, set()).add(heard.prompt)
    return [
        Candidate(
            system=each.system,
            family=each.family,
            owner=each.owner,
            demonstration=each.demonstration,
            codenamed=each.codenamed,
            prompts=left,
        )
        for each in competitors
        if each.system not in person.own
        if (left := pool.answered.get(each.system, 0) & open_ & ~pool.bits(known.get(each.system, ())))
    ]


def barred(person: Person, met: Mapping[Systems, int], *, others: int) -> Collection[Systems]:
    """List the pairs of systems of which another vote would make this person's more than a quarter (J103).

    Args:
        person: whose votes they are.
        met: ballots of two systems that count or still may.
        others: people beside them who judge at present; with few of them nothing is barred.
    """
    if others < FROM_OTHERS:
        return set()
    own = Counter(heard.systems for heard in person.heard if heard.counts)
    return {
        systems
        for systems, given in own.items()
        if (after := met.get(systems, 0) + 1) >= FROM_VOTES and given + 1 > MOST_OF_ONE_PAIR * after
    }


def _understood(pool: Pool, languages: frozenset[int] | None) -> int:
    found = 0
    for both, bits in pool.languages.items():
        if languages is None or all(language is None or language in languages for language in both):
            found |= bits
    return found
