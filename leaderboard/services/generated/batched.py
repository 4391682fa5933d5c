"""Votes put into batches, with a gold pair and a repeat at the end of each: pure numbers from a seed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import A, B
from leaderboard.services.generated.tastes import CRITERIA, Heard, Size, Tastes

# Of a batch of twelve; the others are its gold pair and its repeat.
NORMAL_PER_BATCH: Final = 10
PURPOSES: Final = ("normal", "gold", "repeat")
NORMAL, GOLD, REPEAT = range(3)
# So often the gold pair is answered right, and a repeat like the first time.
_RIGHT: Final = 0.96
_ALIKE: Final = 0.8
# The best and the worst so many systems are gold against each other.
_FAR_APART: Final = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Batched:
    """Every ballot as indices from 0, batch by batch in the order of their beginning: shape (ballots,).

    Attributes:
        heard: what is compared, by whom.
        answers: shape (ballots, criteria), index into OUTCOMES.
        purpose: index into PURPOSES.
        batch: ascending.
        position: within the batch, from 1.
        repeat_of: the earlier ballot; the ballot itself where it is no repeat.
        left: 0 where a stood left.
        begins: by batch, 0 to 1 of the whole time: shape (batches,).
        starts: by batch, its first ballot, and the number of ballots: shape (batches + 1,).
        gold: the gold pairs' prompt, a and b; a is the better one: shape (3, gold).
    """

    heard: Heard
    answers: Ids
    purpose: Ids
    batch: Ids
    position: Ids
    repeat_of: Ids
    left: Ids
    begins: Floats
    starts: Ids
    gold: Ids


def batched(size: Size, votes: Heard, tastes: Tastes, rng: np.random.Generator) -> Batched:
    """Put each person's votes into batches, and these into an order of time.

    Raises:
        ValueError: somebody would hear a gold pair twice.
    """
    place = _places(votes.annotator)
    codes, batch = np.unique(votes.annotator * size.votes + place // NORMAL_PER_BATCH, return_inverse=True)
    owner, number = np.divmod(codes, size.votes)
    whose = np.bincount(owner, minlength=size.annotators)[owner]
    when = (number + rng.random(len(codes))) / whose
    order = np.argsort(when, kind="stable")
    batch = np.argsort(order, kind="stable")[batch]
    normal = np.bincount(batch, minlength=len(codes))
    starts = np.concatenate([[0], np.cumsum(normal + 2)])
    gold = _gold(size, tastes.best_first())
    if whose.max() > gold.shape[1]:
        raise ValueError("too few systems and prompts for so many batches a person")
    rows = _Rows(votes, batch, place % NORMAL_PER_BATCH, starts)
    return rows.filled(tastes, gold, number[order], rng, begins=when[order])


class _Rows:
    """Places normal votes at their batches' beginnings, and gold and repeat behind them."""

    def __init__(self, votes: Heard, batch: Ids, place: Ids, starts: Ids) -> None:
        self._votes, self._starts = votes, starts
        self._at = starts[:-1][batch] + place
        self._gold, self._repeat = starts[1:] - 2, starts[1:] - 1

    def filled(
        self, tastes: Tastes, gold: Ids, number: Ids, rng: np.random.Generator, *, begins: Floats
    ) -> Batched:
        total, first = int(self._starts[-1]), self._starts[:-1]
        a, b, prompt, annotator, purpose = (np.zeros(total, dtype=np.int64) for _ in range(5))
        answers = np.empty((total, len(CRITERIA)), dtype=np.int64)
        for column, values in zip((a, b, prompt, annotator), self._columns(), strict=True):
            column[self._at] = values
            column[self._repeat] = column[first]
        annotator[self._gold] = annotator[first]
        better, worse = gold[1][number], gold[2][number]
        prompt[self._gold] = gold[0][number]
        a[self._gold], b[self._gold] = np.minimum(better, worse), np.maximum(better, worse)
        purpose[self._gold], purpose[self._repeat] = GOLD, REPEAT
        answers[self._at] = tastes.answers(self._votes)
        answers[self._gold] = self._said_of_gold(better < worse, rng)
        again = rng.random(len(first)) < _ALIKE
        other = rng.integers(0, 4, (len(first), len(CRITERIA)))
        answers[self._repeat] = np.where(again[:, None], answers[first], other)
        left = rng.integers(0, 2, total)
        left[self._repeat] = 1 - left[first]
        repeat_of = np.arange(total)
        repeat_of[self._repeat] = first
        batch = np.repeat(np.arange(len(first)), np.diff(self._starts))
        return Batched(
            heard=Heard(a=a, b=b, prompt=prompt, annotator=annotator),
            answers=answers,
            purpose=purpose,
            batch=batch,
            position=np.arange(total) - first[batch] + 1,
            repeat_of=repeat_of,
            left=left,
            begins=begins,
            starts=self._starts,
            gold=gold,
        )

    def _columns(self) -> tuple[Ids, ...]:
        return self._votes.a, self._votes.b, self._votes.prompt, self._votes.annotator

    @staticmethod
    def _said_of_gold(a_is_better: Ids, rng: np.random.Generator) -> Ids:
        right = np.where(a_is_better, A, B)
        said = np.where(rng.random(len(right)) < _RIGHT, right, A + B - right)
        return np.repeat(said[:, None], len(CRITERIA), axis=1)


def _gold(size: Size, best_first: Ids) -> Ids:
    """Pair the best with the worst on every prompt: prompt, better, worse, shape (3, pairs × prompts)."""
    many = max(1, min(_FAR_APART, size.systems // 2))
    pairs = [(one, other) for one in best_first[:many] for other in best_first[::-1][:many]]
    return np.array(
        [(prompt, one, other) for one, other in pairs for prompt in range(size.prompts)], dtype=np.int64
    ).T


def _places(annotator: Ids) -> Ids:
    """Number each vote among its person's, from 0: shape (votes,)."""
    order = np.argsort(annotator, kind="stable")
    counts = np.bincount(annotator)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.empty(len(annotator), dtype=np.int64)
    place[order] = np.arange(len(annotator)) - starts
    return place
