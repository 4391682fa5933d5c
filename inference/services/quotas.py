"""Quotas: what a team may take, taken under a lock: the figure shown is enforced (api A36)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Bucket, QuotaAccount, QuotaGrant, QuotaUse, Submission, Team, Upload
from inference.services import audit, webhooks


@dataclass(frozen=True)
class Rule:
    """So many at once, or within a window that rolls; no window: until it is given back."""

    limit: int
    window: timedelta | None = None


RULES = {
    Bucket.ACCEPTED: Rule(3, timedelta(days=7)),
    Bucket.RUNNING: Rule(1),
    Bucket.INVALID: Rule(10, timedelta(days=1)),
    Bucket.LIVE: Rule(2),
    Bucket.STORAGE: Rule(20_000_000_000),
}
KEPT_UPLOADS = (Upload.State.OPEN, Upload.State.COMPLETE)


@dataclass(frozen=True)
class Standing:
    """Where a team stands with a bucket.

    Attributes:
        bucket: which.
        limit: with what was granted.
        used: what counts now.
        next_slot: when one more will fit; None where one fits now, or nobody can know.
        uses: what counts, or was given back, within the window, newest first.
    """

    bucket: Bucket
    limit: int
    used: int
    next_slot: datetime | None
    uses: list[QuotaUse]


def hold(team: Team) -> None:
    """Lock the team's account until the transaction ends: whoever else takes something waits."""
    QuotaAccount.objects.get_or_create(team=team)
    QuotaAccount.objects.select_for_update().get(team=team)


def take(bucket: Bucket, submission: Submission, *, now: datetime) -> None:
    """Take a slot for a submission's round, once; the account is held.

    Raises:
        Refused: `already_running` or `quota_exceeded`, with what is needed to know when to come back.
    """
    if QuotaUse.objects.filter(submission=submission, bucket=bucket, round=submission.round).exists():
        return
    standing = of(submission.team, bucket, now=now)
    if standing.used >= standing.limit:
        _refuse(standing, now=now)
    QuotaUse.objects.create(
        team=submission.team, bucket=bucket, submission=submission, round=submission.round, taken_at=now
    )


def give_back(submission: Submission, buckets: Iterable[Bucket], *, code: str) -> None:
    """Give back what a submission holds of these buckets."""
    held = QuotaUse.objects.filter(submission=submission, bucket__in=list(buckets), refunded_at=None)
    held.update(refunded_at=timezone.now(), refund_code=code)


def of(team: Team, bucket: Bucket, *, now: datetime) -> Standing:
    """Say where a team stands."""
    rule = RULES[bucket]
    limit = rule.limit + (_grants(team, bucket, now=now).aggregate(Sum("extra"))["extra__sum"] or 0)
    if bucket is Bucket.STORAGE:
        return Standing(bucket, limit, storage(team), None, [])
    uses = team.quota_uses.filter(bucket=bucket).select_related("submission")
    counted = Q(taken_at__gt=now - rule.window) if rule.window else Q(refunded_at=None)
    uses = uses.filter(counted)
    found = list(uses.order_by("-taken_at"))
    taken = sorted(use.taken_at for use in found if use.refunded_at is None)
    full = len(taken) >= limit
    next_slot = taken[len(taken) - limit] + rule.window if full and rule.window and limit else None
    return Standing(bucket, limit, len(taken), next_slot, found)


def grants(team: Team, *, now: datetime) -> QuerySet[QuotaGrant]:
    """What the team was given beyond the rule, and why."""
    return QuotaGrant.objects.filter(team=team, until__gt=now)


def storage(team: Team) -> int:
    """Bytes that the team's uploads take."""
    kept = Upload.objects.filter(team=team, state__in=KEPT_UPLOADS)
    return int(kept.values("sha256", "bytes").distinct().aggregate(total=Sum("bytes"))["total"] or 0)


@transaction.atomic
def grant(
    team: Team, *, bucket: Bucket, extra: int, until: datetime, by: AbstractBaseUser, reason: str
) -> QuotaGrant:
    """Let a team take more for a while.

    Raises:
        Refused: `reason_needed`.
    """
    row = QuotaGrant(
        team=team, bucket=bucket, extra=extra, until=until, reason=reason.strip(), granted_by_id=by.pk
    )
    audit.record(
        action="quota.grant",
        target=team,
        actor=by,
        reason=reason,
        before={"bucket": bucket, "extra": 0},
        after={"bucket": bucket, "extra": extra, "until": until},
    )
    row.save()
    webhooks.tell(
        team,
        "quota.granted",
        key=f"grant:{row.pk}",
        body={"quota": {"bucket": bucket, "extra": extra, "until": until.isoformat(), "reason": row.reason}},
    )
    return row


def _grants(team: Team, bucket: Bucket, *, now: datetime) -> QuerySet[QuotaGrant]:
    return QuotaGrant.objects.filter(team=team, bucket=bucket, until__gt=now)


def _refuse(standing: Standing, *, now: datetime) -> None:
    more: dict[str, Any] = {"bucket": standing.bucket, "limit": standing.limit, "used": standing.used}
    if standing.bucket is Bucket.RUNNING:
        running = str(standing.uses[0].submission.public_id)
        message = gettext("Submission %(running)s is running; at most %(limit)s at once.")
        raise Refused(
            message % {"running": running, "limit": standing.limit},
            "already_running",
            status=409,
            more={**more, "submission": running},
        )
    next_slot = standing.next_slot
    seconds = max(1, int((next_slot - now).total_seconds()) + 1) if next_slot else None
    said = gettext("%(used)s of %(limit)s are used.") % {"used": standing.used, "limit": standing.limit}
    if next_slot:
        said += " " + gettext("The next is free at %s UTC.") % date_format(next_slot, "Y-m-d H:i")
    raise Refused(
        said,
        "quota_exceeded",
        status=429,
        more={**more, "next_slot": next_slot.isoformat() if next_slot else None},
        retry_after_seconds=seconds,
    )
