"""Which names of a closed batch are shown, and when (J64)."""

from random import Random

from django.utils import timezone

from judging.models import Ballot, Batch, Policy, Purpose

# Names of so many other pairs are kept back too, so that nothing tells gold.
ALSO_KEPT_BACK = 2


def is_due(batch: Batch) -> bool:
    """Whether the policy shows the names of a batch by now; an open one never does."""
    policy = batch.policy
    if batch.state != Batch.State.CLOSED:
        return False
    if policy.reveal == Policy.Reveal.LATER:
        return policy.reveal_at is not None and policy.reveal_at <= timezone.now()
    return policy.reveal == Policy.Reveal.BATCH


def shown(batch: Batch, ballots: list[Ballot]) -> set[int]:
    """Choose the ballots (by key) whose names are shown: the same ones at every look."""
    if not is_due(batch):
        return set()
    others = [ballot.pk for ballot in ballots if ballot.purpose != Purpose.GOLD]
    kept_back = set(Random(batch.public_id.int).sample(others, min(ALSO_KEPT_BACK, len(others))))  # noqa: S311 -- no secret: it only has to stay the same
    return set(others) - kept_back
