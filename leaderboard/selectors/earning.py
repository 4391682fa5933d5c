"""Whose votes count as of a seal, and for how much: the same rules for everybody (judging J120, J133).

Until a trusted panel of fifteen stands, an arena is a lab among itself: everybody's votes weigh alike. From
then on votes are earned: those of the panel count from the start; anybody else's, the earlier ones too, once
there are enough of them in closed batches with gold among them and no limit is reached; and all of these
together weigh at most `unvetted_cap` of what is said of each system.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db.models import Count, Q

from judging import selectors as judged
from judging.models import Criterion, Seal
from judging.reliability import rules
from leaderboard.ranking import earned
from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import A, B

# Source: J125, fifteen to twenty before the site opens to all.
FEWEST_ON_PANEL: Final = 15
# Source: J133.
FEWEST_GOLD: Final = 4
# What repeats and sides are looked at.
_BY: Final = "overall"


@dataclass(frozen=True, kw_only=True)
class Earning:
    """The outcome of the rules.

    Attributes:
        panel: annotators (keys) of the trusted panel.
        proven: annotators (keys) whose votes count, the panel among them; None: everybody's do.
        cap: what those outside the panel may weigh together, of each system's weight.
        probation: how many votes somebody needs.
    """

    panel: frozenset[int] = frozenset()
    proven: frozenset[int] | None = None
    cap: float = earned.NONE
    probation: int = 0

    @property
    def parameters(self) -> dict[str, Any]:
        """What a snapshot says of them."""
        if self.proven is None:
            return {"weights": "equal"}
        return {
            "weights": "earned",
            "panel": len(self.panel),
            "proven": len(self.proven),
            "probation_votes": self.probation,
            "unvetted_cap": self.cap,
        }

    def weights(self, system_a: Ids, system_b: Ids, annotator: Ids) -> Floats:
        """Weigh votes, given as keys, of one criterion: shape (n,), 0 for those that do not count."""
        if self.proven is None:
            return np.ones(len(annotator))
        proven = np.isin(annotator, np.array(sorted(self.proven), dtype=np.int64))
        trusted = np.isin(annotator, np.array(sorted(self.panel), dtype=np.int64))
        systems, ids = np.unique(np.concatenate([system_a, system_b]), return_inverse=True)
        a, b = ids[: len(annotator)], ids[len(annotator) :]
        weight = np.zeros(len(annotator))
        weight[proven] = earned.capped(
            a[proven], b[proven], trusted[proven], systems=len(systems), cap=self.cap
        )
        return weight


EQUAL: Final = Earning()


def of(seal: Seal, *, counted: Mapping[str, Ids] | None = None) -> Earning:
    """Decide by the policy and the panel of a seal's moment, and by what it holds.

    Args:
        seal: the cut-off.
        counted: columns of every verdict that counts then, where they are at hand: vote, annotator,
            criterion, answer, left, as `votes.columns` gives them. None: the database counts.
    """
    panel = judged.panel(seal)
    if len(panel) < FEWEST_ON_PANEL:
        return EQUAL
    policy = judged.policy(seal)
    votes = _votes(seal) if counted is None else _votes_in(counted)
    gold, repeats = _by_person(judged.gold_met(seal)), _by_person(judged.repeats_alike(seal, criterion=_BY))
    left = _left(seal) if counted is None else _left_in(counted)
    proven = {
        person
        for person, number in votes.items()
        if number >= policy.probation_votes
        and len(gold.get(person, ())) >= FEWEST_GOLD
        and not rules.limit_reached(
            gold=gold.get(person, ()), repeats=repeats.get(person, ()), left=left.get(person, ())
        )
    }
    return Earning(
        panel=panel,
        proven=frozenset(proven) | panel,
        cap=policy.unvetted_cap,
        probation=policy.probation_votes,
    )


def _votes(seal: Seal) -> Mapping[int, int]:
    rows = judged.counted(seal).values_list("vote__ballot__annotator_id")
    return dict(rows.annotate(votes=Count("vote", distinct=True)))


def _left(seal: Seal) -> dict[int, list[bool]]:
    """Give each person's decisive answers by side: only how many there are of each matters."""
    decisive = judged.counted(seal).filter(criterion__slug=_BY, answer__in=["a", "b"])
    rows = decisive.values_list("vote__ballot__annotator_id").annotate(
        a_left=Count(
            "pk", filter=Q(answer="a", vote__ballot__left="a") | Q(answer="b", vote__ballot__left="b")
        ),
        every=Count("pk"),
    )
    return {person: [True] * left + [False] * (every - left) for person, left, every in rows}


def _votes_in(counted: Mapping[str, Ids]) -> Mapping[int, int]:
    _, first = np.unique(counted["vote"], return_index=True)
    people, votes = np.unique(counted["annotator"][first], return_counts=True)
    return dict(zip(people.tolist(), votes.tolist(), strict=True))


def _left_in(counted: Mapping[str, Ids]) -> dict[int, list[bool]]:
    asked = Criterion.objects.get(slug=_BY).pk
    decisive = (counted["criterion"] == asked) & np.isin(counted["answer"], (A, B))
    people, person = np.unique(counted["annotator"][decisive], return_inverse=True)
    # Answers and sides are numbered alike: 0 is a, 1 is b.
    on_left = counted["answer"][decisive] == counted["left"][decisive]
    left = np.bincount(person, weights=on_left, minlength=len(people)).astype(int).tolist()
    every = np.bincount(person, minlength=len(people)).tolist()
    rows = zip(people.tolist(), left, every, strict=True)
    return {one: [True] * many + [False] * (number - many) for one, many, number in rows}


def _by_person(rows: Iterable[tuple[int, bool]]) -> dict[int, list[bool]]:
    found: dict[int, list[bool]] = {}
    for person, value in rows:
        found.setdefault(person, []).append(value)
    return found
