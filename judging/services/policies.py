"""The rules in force (judging J5)."""

from django.db.models import Prefetch, prefetch_related_objects

from judging.models import Criterion, Policy, PolicyCriterion


def current() -> Policy:
    """Find the policy under which new batches start."""
    return Policy.objects.get(current=True)


def asked(policy: Policy) -> list[Criterion]:
    """List the criteria that a policy asks, in its order."""
    rows = PolicyCriterion.objects.select_related("criterion")
    # Kept with the row: its criteria never change.
    prefetch_related_objects([policy], Prefetch("asked", rows))
    return [each.criterion for each in policy.asked.all()]
