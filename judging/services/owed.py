"""Systems that a person was given and did not judge: they come again before others do (J67, X5).

A pair can be left until it is too old, and a batch be finished after its first pair. If that brought other
systems, a person could go on until a chosen one came.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from django.db.models import Q
from django.db.models.functions import Now

from judging.models import Annotator, Ballot, Batch, Purpose
from judging.sampling.pairs import Systems

REMEMBERED: Final = timedelta(days=7)
# A clip that only its listener found faulty: else a word would be enough to be rid of a pair.
UNCONFIRMED: Final = "faulty_unconfirmed"
SPENT: Final = (Ballot.State.SKIPPED, Ballot.State.EXPIRED, Ballot.State.VOID)
# So many own empty ballots leave a position empty, and nothing is owed for it any more.
OWN_TO_EMPTY: Final = 2


class Late(NamedTuple):
    """One of a person's late ballots, in plain values: its key, its pair, and what became of it."""

    ballot: int
    batch: int | None
    position: int | None
    purpose: str
    state: str
    code: str
    opened: bool
    prompt: int
    systems: Systems

    @property
    def was_turned_down(self) -> bool:
        """Whether its annotator did not want to judge it."""
        return self.state == Ballot.State.SKIPPED or self.code == UNCONFIRMED


def late(annotator: Annotator, *, after: int) -> list[Late]:
    """List the person's ballots with keys `after` one, and those of the last days that came to nothing."""
    nothing = Q(state__in=SPENT, issued_at__gt=Now() - REMEMBERED)
    rows = Ballot.objects.filter(Q(pk__gt=after) | nothing, annotator=annotator).order_by("pk")
    return [
        Late(key, batch, position, purpose, state, code, opened is not None, prompt, (one, other))
        for key, batch, position, purpose, state, code, opened, prompt, one, other in rows.values_list(
            "pk",
            "batch_id",
            "position",
            "purpose",
            "state",
            "closing_code",
            "opened_at",
            "pair__prompt_id",
            "pair__system_a_id",
            "pair__system_b_id",
        )
    ]


def systems(annotator: Annotator, rows: Sequence[Late], *, batch: Batch | None) -> list[Systems]:
    """List each two systems whose last ballot was left or turned down, the oldest first.

    Args:
        annotator: whose.
        rows: what `late` lists of them.
        batch: their open one; what was turned down in it is left to its position, which has the same two.
    """
    # Repeats and gold too, or what comes after them would tell what they were (J122).
    last = {each.systems: each for each in rows if each.purpose != Purpose.TRAINING}
    left = {two: each for two, each in last.items() if _is_left(each, rows, batch)}
    if not left:
        return []
    # Those of closed batches that were judged are not among the late ones.
    since = Ballot.objects.filter(annotator=annotator).exclude(purpose=Purpose.TRAINING)
    since = since.exclude(state__in=SPENT).filter(pk__gt=min(each.ballot for each in left.values()))
    for ballot, *two in since.values_list("pk", "pair__system_a_id", "pair__system_b_id"):
        one, other = two
        if (one, other) in left and ballot > left[one, other].ballot:
            del left[one, other]
    return sorted(left, key=lambda two: left[two].ballot)


def is_turned_down(ballot: Ballot) -> bool:
    """Whether its annotator did not want to judge it."""
    return ballot.state == Ballot.State.SKIPPED or ballot.closing_code == UNCONFIRMED


def _is_left(one: Late, rows: Sequence[Late], batch: Batch | None) -> bool:
    if one.state == Ballot.State.EXPIRED:
        return True
    if not one.was_turned_down or (batch is not None and one.batch == batch.pk):
        return False
    there = [each for each in rows if (each.batch, each.position) == (one.batch, one.position)]
    return sum(each.was_turned_down for each in there) < OWN_TO_EMPTY
