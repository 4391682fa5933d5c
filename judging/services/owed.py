"""Systems that a person was given and did not judge: they come again before others do (J67, X5).

A pair can be left until it is too old, and a batch be finished after its first pair. If that brought other
systems, a person could go on until a chosen one came.
"""

from datetime import timedelta
from typing import Final

from django.db.models.functions import Now

from judging.models import Annotator, Ballot, Batch, Purpose
from judging.sampling.pairs import Systems

REMEMBERED: Final = timedelta(days=7)
# A clip that only its listener found faulty: else a word would be enough to be rid of a pair.
UNCONFIRMED: Final = "faulty_unconfirmed"
SPENT: Final = (Ballot.State.SKIPPED, Ballot.State.EXPIRED, Ballot.State.VOID)
# So many own empty ballots leave a position empty, and nothing is owed for it any more.
OWN_TO_EMPTY: Final = 2


def systems(annotator: Annotator) -> list[Systems]:
    """List each two systems whose last ballot was left or turned down, the oldest first.

    What was turned down in the open batch is left to its position, which has the same two again.
    """
    normal = Ballot.objects.filter(
        annotator=annotator, purpose=Purpose.NORMAL, issued_at__gt=Now() - REMEMBERED
    )
    spent = normal.filter(state__in=SPENT).select_related("pair", "batch").order_by("pk")
    last = {(each.pair.system_a_id, each.pair.system_b_id): each for each in spent}
    left = {two: ballot for two, ballot in last.items() if _is_left(ballot)}
    if not left:
        return []
    kept = normal.filter(pk__gt=min(ballot.pk for ballot in left.values())).exclude(state__in=SPENT)
    for ballot, one, other in kept.values_list("pk", "pair__system_a_id", "pair__system_b_id"):
        if (one, other) in left and ballot > left[one, other].pk:
            del left[one, other]
    return sorted(left, key=lambda two: left[two].pk)


def is_turned_down(ballot: Ballot) -> bool:
    """Whether its annotator did not want to judge it."""
    return ballot.state == Ballot.State.SKIPPED or ballot.closing_code == UNCONFIRMED


def _is_left(ballot: Ballot) -> bool:
    if ballot.state == Ballot.State.EXPIRED:
        return True
    if not is_turned_down(ballot) or ballot.batch is None or ballot.batch.state == Batch.State.OPEN:
        return False
    there = ballot.batch.ballots.filter(position=ballot.position)
    return sum(map(is_turned_down, there)) < OWN_TO_EMPTY
