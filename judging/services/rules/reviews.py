"""What the review of a held response ends: exclusions by `identity_spoken` (J129, M20)."""

from django.contrib.auth import get_user_model
from django.db import transaction

from inference.models import AuditEntry, Response
from inference.services import identity
from judging.models import VoteExclusion
from judging.services import exclusions

RULE = "identity_spoken"
REASON = "A moderator reviewed the answer: it does not tell the system."


@transaction.atomic
def lift_reviewed() -> int:
    """Lift what stands on responses that a moderator let through since, in that moderator's name."""
    held = {"state": Response.State.QUARANTINED, "state_code": identity.IDENTITY}
    standing = VoteExclusion.objects.filter(rule__slug=RULE, lift=None, evidence__has_key="response")
    responses = set(standing.values_list("evidence__response", flat=True))
    ok = Response.objects.filter(pk__in=responses, state=Response.State.OK)
    lifted = 0
    for response in ok.exclude(**held):
        accepted = AuditEntry.objects.filter(
            action="response.accept", target_type="inference.response", target_id=str(response.pk)
        ).exclude(actor=None)
        if entry := accepted.first():
            by = get_user_model()._default_manager.get(pk=int(entry.actor_id or 0))  # noqa: SLF001 -- Django's public name
            rows = standing.filter(evidence__response=response.pk)
            lifted += exclusions.lift_all(rows, reason=REASON, by=by)
    return lifted
