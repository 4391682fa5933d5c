"""The rules in force (judging J5)."""

from judging.models import Criterion, Policy


def current() -> Policy:
    """Find the policy under which new batches start."""
    return Policy.objects.get(current=True)


def asked(policy: Policy) -> list[Criterion]:
    """List the criteria that a policy asks, in its order."""
    return [each.criterion for each in policy.asked.select_related("criterion")]
