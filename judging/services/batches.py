"""A batch's life: path two around the ballots.

    open ──▶ closed     by its annotator, or by the timer (J32)

Only closed batches count, and nothing in them changes any more. The order of locks is that of `ballots`.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from inference.errors import Refused
from judging.models import Annotator, Ballot, Batch, BatchClosing, DeviceCheck
from judging.services import (
    annotators,
    ballots,
    languages,
    limits,
    pasts,
    pauses,
    planned,
    policies,
    positions,
    scoring,
)

logger = logging.getLogger(__name__)

# After the last of its pairs was cast, a batch that nobody finishes waits so long. Source: J32.
REVIEW_TIME = timedelta(hours=24)


def current(annotator: Annotator) -> Batch | None:
    """Find the person's open batch."""
    own = Batch.objects.filter(annotator=annotator, state=Batch.State.OPEN)
    return own.select_related("policy", "annotator").first()


@transaction.atomic
def start(
    annotator: Annotator, *, rng: Random, check: DeviceCheck | None = None, narrowed: Sequence[str] = ()
) -> Batch:
    """Open a batch under the current policy, or return the one that is open.

    `check` is the device check in force, of which the batch keeps what analysis needs (J18); `narrowed` are
    the codes to which the person narrows it, out of those that they judge in (J12).

    Raises:
        Refused: the person may start none now (see `annotators`, `pauses` and `limits`).
    """
    Annotator.objects.select_for_update(no_key=True).get(pk=annotator.pk)
    if batch := current(annotator):
        return batch
    annotators.require_may_start(annotator)
    pauses.require_none(annotator)
    policy = policies.current()
    limits.require_may_start(annotator, policy)
    rows = [criterion.slug for criterion in policies.asked(policy)]
    if policy.rotate_rows and annotator.batches.count() % 2:
        rows[:2] = reversed(rows[:2])
    batch = Batch(
        annotator=annotator,
        policy=policy,
        languages=_narrowed(annotator, narrowed),
        device_check=check,
        output=check.output if check else "",
        surroundings=check.surroundings if check else "",
        headphones=check.result if check else "",
        size=policy.batch_size,
        plan=planned.plan(annotator, policy, rng=rng),
        criterion_order=rows,
    )
    batch.known = planned.known(batch, rng=rng)
    batch.save()
    return batch


def _narrowed(annotator: Annotator, wanted: Sequence[str]) -> list[str]:
    """Keep those of the codes that the person judges in; empty, all of them, where that leaves none out."""
    own = [language.code for language in languages.judged_by(annotator)]
    kept = [code for code in own if code in set(wanted)]
    return kept if len(kept) < len(own) else []


def waiting(annotator: Annotator) -> Ballot | None:
    """Find the ballot that the person can cast now; those that cannot be cast any more are closed."""
    for look in ballots.look_at(ballots.in_turn(annotator)):
        if look.usable and not look.due:
            return look.ballot
        ballots.expire(annotator=annotator)
        ballots.void_unusable(annotator=annotator)
    return None


def issue(
    annotator: Annotator, *, rng: Random, check: DeviceCheck | None = None, narrowed: Sequence[str] = ()
) -> Ballot | None:
    """Give the person the pair that they have, or the next one of their batch; None where nothing is left.

    A batch is started where none is open (see `start`).

    Raises:
        Refused: `paused`, `stopped`, as `start`, or `clip_unavailable` (503) where a clip's file is lost.
    """
    annotators.require_active(annotator)
    if ballot := waiting(annotator):
        return ballot
    with transaction.atomic():
        # Two requests of one person take turns: the second finds the first one's ballot.
        Annotator.objects.select_for_update(no_key=True).get(pk=annotator.pk)
        if ballot := ballots.in_turn(annotator).first():
            return ballot
        batch = current(annotator)
        if batch is not None:
            _hold(batch)
            return positions.fill(batch, rng=rng)
        batch = start(annotator, rng=rng, check=check, narrowed=narrowed)
        first = positions.fill(batch, rng=rng)
        # A batch that would have no pair is not begun.
        transaction.set_rollback(first is None)
        return first


def draw_ahead(opened: Ballot, *, rng: Random) -> Ballot | None:
    """Issue the ballot after the opened one, so that its clips can be fetched meanwhile; None where none is.

    What goes wrong here goes wrong again, and is told, when that ballot's turn comes.
    """
    try:
        with transaction.atomic():
            Annotator.objects.select_for_update(no_key=True).get(pk=opened.annotator_id)
            if there := Ballot.objects.filter(
                annotator=opened.annotator_id, state=Ballot.State.ISSUED
            ).first():
                return there
            batch = current(opened.annotator)
            if batch is None or batch.pk != opened.batch_id:
                return None
            _hold(batch)
            return positions.fill(batch, rng=rng)
    except Refused:
        logger.warning("no_ballot_ahead batch=%s", opened.batch_id)
        return None


@transaction.atomic
def finish(batch: Batch, *, by: str) -> bool:
    """Close a batch with its closing row; False where it was closed before. Open ballots expire (J63, J121).

    `by` is one of BatchClosing.By.
    """
    _hold(batch)
    if not Batch.objects.filter(pk=batch.pk, state=Batch.State.OPEN).update(state=Batch.State.CLOSED):
        return False
    BatchClosing.objects.create(batch=batch, by=by)
    ballots.expire(batch=batch)
    pasts.fold(batch.annotator)
    if batch.kind == Batch.Kind.JUDGING:
        scoring.review(batch.annotator)
    return True


def close_due() -> int:
    """Close the batches whose time is over, and return how many those were (J32)."""
    still = Batch.objects.filter(state=Batch.State.OPEN).select_related("policy")
    over = list(still.filter(started_at__lte=Now() - F("policy__batch_lifetime")))
    judged = still.filter(last_cast_at__lte=Now() - REVIEW_TIME).exclude(pk__in=[batch.pk for batch in over])
    over += [batch for batch in judged if len(positions.overview(batch).voted) >= batch.size]
    return sum(finish(batch, by=BatchClosing.By.TIMER) for batch in over)


def _hold(batch: Batch) -> None:
    Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
