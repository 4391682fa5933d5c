"""A look at random matches of a rule, without names, before it may do more (M35, M36)."""

import random
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from inference.models import AuditEntry
from inference.services import audit
from judging.models import ExclusionProposal, ExclusionRule

AT_ONCE: Final = 10
# Source: M36.
NEEDED: Final = 20
ACTION: Final = "exclusionrule.look"
REASON: Final = "Random matches were looked at."
# Among so many newest matches it is drawn.
_REACH: Final = 10_000


@transaction.atomic
def draw(
    rule: ExclusionRule, *, by: AbstractBaseUser, rng: random.Random | None = None
) -> list[ExclusionProposal]:
    """Draw ten of a rule's matches at random, those first that nobody looked at, and note who looks."""
    rng = rng or random.Random()  # noqa: S311 -- keeps no secret
    newest = ExclusionProposal.objects.filter(rule=rule).order_by("-pk").values_list("pk", flat=True)[:_REACH]
    keys = list(newest)
    seen = _seen(rule)
    rng.shuffle(keys)
    keys.sort(key=lambda key: key in seen)
    drawn = keys[:AT_ONCE]
    if drawn:
        audit.record(action=ACTION, target=rule, actor=by, reason=REASON, after={"proposals": sorted(drawn)})
    rows = ExclusionProposal.objects.filter(pk__in=drawn).select_related(
        "vote__ballot__pair__prompt__playback",
        "vote__ballot__pair__response_a__playback",
        "vote__ballot__pair__response_b__playback",
    )
    return list(rows.prefetch_related("vote__verdicts__criterion"))


def left(rule: ExclusionRule) -> int:
    """Count the random matches that have still to be looked at in the rule's present mode; 0: enough were."""
    matches = ExclusionProposal.objects.filter(rule=rule).values("pk")[:NEEDED].count()
    return max(0, min(NEEDED, matches) - len(_seen(rule)))


def _seen(rule: ExclusionRule) -> set[int]:
    looked = AuditEntry.objects.filter(
        action=ACTION,
        target_type=rule._meta.label_lower,  # noqa: SLF001 -- Django's public name
        target_id=str(rule.pk),
        at__gte=rule.mode_since,
    )
    return {key for after in looked.values_list("after", flat=True) for key in after.get("proposals", [])}
