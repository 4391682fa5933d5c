"""How a batch goes on: what was cast before, and how long the rest will take (J27, J62)."""

import math
from statistics import median
from uuid import UUID

from django.db.models import Min

from judging.models import Ballot, Batch, Vote

# Of one pair, until the person's own pace is known, after KNOWN_AFTER pairs. Source: J27.
USUAL_SECONDS = 40.0
KNOWN_AFTER = 3


def minutes_left(batch: Batch, *, done: int) -> int:
    """Estimate the minutes that the rest of a batch takes, by the person's own median pace."""
    took = Vote.objects.filter(ballot__batch=batch, supersedes=None).values_list("elapsed_ms", flat=True)
    paces = [ms / 1000 for ms in took]
    each = median(paces) if len(paces) >= KNOWN_AFTER else USUAL_SECONDS
    return max(1, math.ceil((batch.size - done) * each / 60))


def cast_before(ballot: Ballot) -> UUID | None:
    """Find the ballot of the same batch that was cast last; of a voted one: the one cast before it."""
    cast = Ballot.objects.filter(batch=ballot.batch_id, state=Ballot.State.VOTED)
    cast = cast.annotate(first_cast_at=Min("votes__cast_at")).order_by("-first_cast_at")
    if ballot.state == Ballot.State.VOTED:
        own = cast.filter(pk=ballot.pk).values("first_cast_at")
        cast = cast.exclude(pk=ballot.pk).filter(first_cast_at__lte=own)
    return cast.values_list("public_id", flat=True).first()
