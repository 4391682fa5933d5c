"""Votes as integer arrays in one canonical order, and what is counted from them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from leaderboard.ranking.errors import BadRow

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

OUTCOMES: Final = ("a", "b", "tie", "both_bad")
A, B, TIE, BOTH_BAD = range(4)
# The winner changes its letter when the two sides change places; ties and both-bad do not.
_MIRRORED: Final = np.array([B, A, TIE, BOTH_BAD])


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

    def __len__(self) -> int:
        return len(self.a)

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
    def weighted(self) -> Floats:
        """Sum weights by pair and outcome: shape (systems, systems, 4)."""
        return self._summed(self.weight)

    @cached_property
    def weighted_squares(self) -> Floats:
        """Sum squared weights by pair and outcome: shape (systems, systems, 4)."""
        return self._summed(self.weight**2)

    def _summed(self, values: Floats) -> Floats:
        size = len(self.systems)
        summed = np.bincount(self.cell, weights=values, minlength=size * size * 4).astype(np.float64)
        return summed.reshape(size, size, 4)

    @cached_property
    def annotators_per_system(self) -> Ids:
        """Count the different people who judged each system: shape (systems,)."""
        people = max(len(self.annotators), 1)
        met = np.unique(np.concatenate([self.a, self.b]) * people + np.tile(self.annotator, 2))
        return np.bincount(met // people, minlength=len(self.systems)).astype(np.int64)

    def where(self, mask: Mask) -> "Comparisons":
        """Keep the votes that the mask (shape (n,)) marks; systems stay, also those without a vote left."""
        return self._kept(mask, self.systems, self.a[mask], self.b[mask])

    def among(self, systems: Mask) -> "Comparisons":
        """Keep the marked systems (shape (systems,)) and the votes between two of them."""
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
        return digest.hexdigest()


def from_ids(
    ids: Mapping[str, npt.NDArray[Any]],
    *,
    systems: Sequence[str],
    annotators: Sequence[str],
    prompts: Sequence[str],
) -> Comparisons:
    """Build from arrays of shape (n,): a, b, outcome, annotator, prompt, weight, time.

    Args:
        ids: a is the system on the first side; ids index the names.
        systems: names in sorted order, held also when they have no vote.
        annotators: names in sorted order; those without a vote are dropped.
        prompts: the same.

    Raises:
        BadRow: a system compared with itself, or a weight that is not positive and finite.
    """
    first, second = ids["a"].astype(np.int64), ids["b"].astype(np.int64)
    weight = ids["weight"].astype(np.float64)
    refuse(first == second, "compares a system with itself")
    refuse(~(np.isfinite(weight) & (weight > 0)), "weight {} is not positive and finite", weight)
    mirrored = first > second
    a, b = np.minimum(first, second), np.maximum(first, second)
    outcome = np.where(mirrored, _MIRRORED[ids["outcome"]], ids["outcome"])
    people, person = used(annotators, ids["annotator"])
    questions, question = used(prompts, ids["prompt"])
    # Keys are packed in two, because each key of a sort costs a tenth of a second at a million votes.
    pair = (a * len(systems) + b) * len(OUTCOMES) + outcome
    who = (person * max(len(questions), 1) + question) * 2 + mirrored
    time = ids["time"].astype(np.float64)
    order = np.lexsort((time, weight, who, pair))
    columns = (a, b, outcome, person, question, weight, time, mirrored)
    arrays = [_frozen(column[order]) for column in columns]
    return Comparisons(tuple(systems), people, questions, *arrays)


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
