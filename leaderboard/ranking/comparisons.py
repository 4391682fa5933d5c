"""Votes as integer arrays in one canonical order, and what is counted from them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from leaderboard.ranking import order
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.errors import BadRow

OUTCOMES: Final = ("a", "b", "tie", "both_bad")
A, B, TIE, BOTH_BAD = range(4)
# The winner changes its letter when the two sides change places; ties and both-bad do not.
MIRRORED: Final = np.array([B, A, TIE, BOTH_BAD])
UNKNOWN: Final = -1


class Counted(Protocol):
    """What a fit and its closed-form variance need: sums over votes, kept or made anew."""

    @property
    def weighted(self) -> Floats:
        """Sums of weights by pair and outcome: shape (systems, systems, 4)."""

    @property
    def weighted_squares(self) -> Floats:
        """Sums of squared weights by pair and outcome: shape (systems, systems, 4)."""


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Votes in canonical order: the same votes give the same arrays, in whatever order they came.

    Attributes:
        systems: names in sorted order; system ids index them. So do annotators and prompts.
        a, b: system ids, shape (n,), a < b.
        outcome: shape (n,), index into OUTCOMES, with respect to a and b.
        annotator, prompt: ids, shape (n,).
        weight: shape (n,), float64, positive.
        time: shape (n,), float64; only its order counts.
        mirrored: shape (n,), bool; True where b stood on the first side.
        heard: shape (n,); which was played first: A, B, or UNKNOWN.
    """

    systems: tuple[str, ...]
    annotators: tuple[str, ...]
    prompts: tuple[str, ...]
    a: Ids
    b: Ids
    outcome: Ids
    annotator: Ids
    prompt: Ids
    weight: Floats
    time: Floats
    mirrored: Mask
    heard: Ids

    def __len__(self) -> int:
        return len(self.a)

    @property
    def people_known(self) -> bool:
        """Say whether votes name who cast them; where none does, all bear the one empty name."""
        return self.annotators != ("",)

    @cached_property
    def cell(self) -> Ids:
        """Number each vote's (pair, outcome): shape (n,), (a * systems + b) * 4 + outcome."""
        return (self.a * len(self.systems) + self.b) * len(OUTCOMES) + self.outcome

    @cached_property
    def counts(self) -> Ids:
        """Count votes by pair and outcome: shape (systems, systems, 4), entries (a, b) with a < b."""
        size = len(self.systems)
        return np.bincount(self.cell, minlength=size * size * 4).reshape(size, size, 4).astype(np.int64)

    @cached_property
    def votes_per_system(self) -> Ids:
        """Count the votes on each system: shape (systems,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)) + self.counts.sum(axis=(0, 2)))

    @cached_property
    def alike(self) -> bool:
        """Say whether every vote has weight 1: sums of weights are counts then."""
        return bool((self.weight == 1).all())

    @cached_property
    def weighted(self) -> Floats:
        """Sum weights by pair and outcome: shape (systems, systems, 4)."""
        return self.counts.astype(np.float64) if self.alike else self._summed(self.weight)

    @cached_property
    def weighted_squares(self) -> Floats:
        """Sum squared weights by pair and outcome: shape (systems, systems, 4)."""
        return self.weighted if self.alike else self._summed(self.weight**2)

    def _summed(self, values: Floats) -> Floats:
        size = len(self.systems)
        summed = np.bincount(self.cell, weights=values, minlength=size * size * 4).astype(np.float64)
        return summed.reshape(size, size, 4)

    @cached_property
    def annotators_per_system(self) -> Ids:
        """Count the different people who judged each system: shape (systems,)."""
        met = np.zeros((len(self.systems), len(self.annotators)), dtype=np.bool_)
        met[self.a, self.annotator] = met[self.b, self.annotator] = True
        return np.asarray(met.sum(axis=1))

    def where(self, mask: Mask) -> "Comparisons":
        """Keep the votes that the mask (shape (n,)) marks; systems stay, also those without a vote left."""
        return self if mask.all() else self._kept(mask, self.systems, self.a[mask], self.b[mask])

    def among(self, systems: Mask) -> "Comparisons":
        """Keep the marked systems (shape (systems,)) and the votes between two of them."""
        if systems.all():
            return self
        mask = systems[self.a] & systems[self.b]
        number = np.cumsum(systems) - 1
        names = tuple(name for name, kept in zip(self.systems, systems, strict=True) if kept)
        return self._kept(mask, names, number[self.a[mask]], number[self.b[mask]])

    def _kept(self, mask: Mask, systems: tuple[str, ...], a: Ids, b: Ids) -> "Comparisons":
        annotators, annotator = used(self.annotators, self.annotator[mask])
        prompts, prompt = used(self.prompts, self.prompt[mask])
        return Comparisons(
            systems=systems,
            annotators=annotators,
            prompts=prompts,
            a=a,
            b=b,
            outcome=self.outcome[mask],
            annotator=annotator,
            prompt=prompt,
            weight=self.weight[mask],
            time=self.time[mask],
            mirrored=self.mirrored[mask],
            heard=self.heard[mask],
        )

    def sha256(self) -> str:
        """Hash names and votes: equal for equal votes in any order, if they carry their time."""
        digest = hashlib.sha256()
        for names in (self.systems, self.annotators, self.prompts):
            digest.update("\x1f".join(names).encode() + b"\x1e")
        for ids in (self.cell, self.annotator, self.prompt, self.mirrored.astype(np.int64)):
            digest.update(ids.astype("<i8").tobytes())
        for numbers in (self.weight, self.time):
            digest.update(numbers.astype("<f8").tobytes())
        if (self.heard != UNKNOWN).any():
            digest.update(self.heard.astype("<i8").tobytes())
        return digest.hexdigest()


def from_ids(
    ids: Mapping[str, npt.NDArray[Any]],
    *,
    systems: Sequence[str],
    annotators: Sequence[str],
    prompts: Sequence[str],
) -> Comparisons:
    """Build from arrays of shape (n,): a, b, outcome, annotator, prompt, weight, time, and heard if known.

    Args:
        ids: a is the system on the first side; heard is A where it was played first, or B, or UNKNOWN; ids
            index the names.
        systems: names in sorted order, held also when they have no vote.
        annotators: names in sorted order; those without a vote are dropped.
        prompts: the same.

    Raises:
        BadRow: a system compared with itself, or a weight that is not positive and finite.
    """
    first, second = ids["a"].astype(np.int64), ids["b"].astype(np.int64)
    weight, time = ids["weight"].astype(np.float64), ids["time"].astype(np.float64)
    refuse(first == second, "compares a system with itself")
    refuse(~(np.isfinite(weight) & (weight > 0)), "weight {} is not positive and finite", weight)
    mirrored = first > second
    a, b = np.minimum(first, second), np.maximum(first, second)
    outcome = np.where(mirrored, MIRRORED[ids["outcome"]], ids["outcome"])
    heard = ids.get("heard", np.full(len(a), UNKNOWN))
    heard = np.where(mirrored & (heard != UNKNOWN), B - heard, heard)
    people, person = used(annotators, ids["annotator"])
    questions, question = used(prompts, ids["prompt"])
    keys = (
        ((a * len(systems) + b) * len(OUTCOMES) + outcome, len(systems) ** 2 * len(OUTCOMES)),
        (person, len(people)),
        (question, len(questions)),
        (mirrored.astype(np.int64), 2),
        (heard - UNKNOWN, 3),
    )
    canonical = order.by_keys_and_numbers(keys, (weight, time))
    columns = (a, b, outcome, person, question, weight, time, mirrored, heard)
    return Comparisons(tuple(systems), people, questions, *(_frozen(one[canonical]) for one in columns))


def refuse(bad: Mask, reason: str, *columns: Sequence[Any] | npt.NDArray[Any]) -> None:
    """Raise BadRow for the first row that the mask (shape (n,)) marks; the columns fill the reason."""
    if bad.any():
        row = int(np.argmax(bad))
        raise BadRow(row + 1, reason.format(*(column[row] for column in columns)))


def used(names: Sequence[str], ids: Ids) -> tuple[tuple[str, ...], Ids]:
    """Drop the names that no id points to, and renumber the ids."""
    present = np.bincount(ids, minlength=len(names)) > 0
    number = np.cumsum(present) - 1
    return tuple(name for name, kept in zip(names, present, strict=True) if kept), number[ids]


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.flags.writeable = False
    return array
