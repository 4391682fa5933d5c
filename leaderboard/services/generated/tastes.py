"""Who hears what, and what they say: pure numbers from a seed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import BOTH_BAD, TIE, A, B

CRITERIA: Final = ("semantic", "paralinguistic", "overall")
# How much of an answer is what is said, and how much the way it is said.
_SHARES: Final = np.array([[1, 0], [0, 1], [0.55, 0.45]])
# Log-odds: how far systems differ, how far a person's taste strays for each system, and a prompt's fit.
_SPREAD: Final = 0.7
_TASTE: Final = 0.35
_FIT: Final = 0.5
# Of one hearing of one answer.
_NOISE: Final = 0.45
# Below this an answer is not acceptable; two that are nearer than the other are a tie.
_ACCEPTABLE: Final = -0.9
_NEAR: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is made; votes are those that count, without gold and repeats."""

    systems: int
    prompts: int
    annotators: int
    votes: int

    @property
    def pairs(self) -> int:
        """How many pairs of systems there are."""
        return self.systems * (self.systems - 1) // 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Heard:
    """Who hears which pair, as indices from 0, in no order: shape (votes,); a < b."""

    a: Ids
    b: Ids
    prompt: Ids
    annotator: Ids


def heard(size: Size, rng: np.random.Generator) -> Heard:
    """Let people judge pairs; nobody hears two answers to one prompt together twice; some judge far more.

    Raises:
        ValueError: there are not so many different pairs to be heard.
    """
    if size.votes > size.pairs * size.prompts * size.annotators // 2:
        raise ValueError("more votes than half of all that could be heard")
    busy = rng.gamma(2.0, size=size.annotators)
    found = np.zeros(0, dtype=np.int64)
    while len(found) < size.votes:
        more = 2 * (size.votes - len(found)) + 100
        who = rng.choice(size.annotators, size=more, p=busy / busy.sum())
        what = rng.integers(0, size.pairs * size.prompts, more)
        found = np.unique(np.concatenate([found, who * (size.pairs * size.prompts) + what]))
    codes = np.asarray(rng.permutation(found)[: size.votes], dtype=np.int64)
    annotator, rest = np.divmod(codes, size.pairs * size.prompts)
    prompt, pair = np.divmod(rest, size.pairs)
    one, other = np.triu_indices(size.systems, 1)
    return Heard(a=one[pair], b=other[pair], prompt=prompt, annotator=annotator)


class Tastes:
    """What everybody would say to everything."""

    def __init__(self, size: Size, rng: np.random.Generator) -> None:
        """Draw strengths, each person's taste, and each answer's fit to its prompt, by what and how."""
        self._rng = rng
        self._strength = rng.normal(0, _SPREAD, (2, size.systems))
        # What is said and how it is said go together only in part.
        self._strength[1] = 0.4 * self._strength[0] + 0.9 * self._strength[1]
        self._taste = rng.normal(0, _TASTE, (2, size.annotators, size.systems))
        self._fit = rng.normal(0, _FIT, (2, size.prompts, size.systems))

    def best_first(self) -> Ids:
        """Order the systems by what they are worth overall."""
        return np.argsort(-(_SHARES[-1] @ self._strength), kind="stable")

    def answers(self, votes: Heard) -> Ids:
        """Give each vote's answers by criterion, as indices into OUTCOMES: shape (votes, criteria)."""
        liking = [self._liking(votes, system) for system in (votes.a, votes.b)]
        said = np.empty((len(votes.a), len(CRITERIA)), dtype=np.int64)
        for place, shares in enumerate(_SHARES):
            one, other = (shares @ side + self._rng.logistic(0, _NOISE, len(votes.a)) for side in liking)
            said[:, place] = _said(one, other)
        return said

    def _liking(self, votes: Heard, system: Ids) -> Floats:
        return np.asarray(
            self._strength[:, system]
            + self._taste[:, votes.annotator, system]
            + self._fit[:, votes.prompt, system]
        )


def _said(one: Floats, other: Floats) -> Ids:
    bad = (one < _ACCEPTABLE) & (other < _ACCEPTABLE)
    near = np.abs(one - other) < _NEAR
    return np.select([bad, near, one > other], [BOTH_BAD, TIE, A], default=B)
