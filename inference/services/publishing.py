"""A team's systems become public, under a codename or their name, and never vanish again (D73, api 10)."""

import contextlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from inference.errors import Refused
from inference.models import Bucket, Job, Model, Submission, System
from inference.services import audit, quotas, webhooks
from inference.services.moderation import held as rules

LONGEST_CODENAMED = timedelta(days=60)
MOST_CODENAMED = 2
OWN = "Their own team's system."


@transaction.atomic
def publish(system: System, *, is_partial: bool) -> None:
    """Let a private system be judged, under its codename where it has one; a public one stays as it is.

    Raises:
        Refused: `live_limit`.
    """
    model = Model.objects.select_for_update(no_key=True).get(pk=system.model_id)
    held = System.objects.select_for_update(no_key=True).get(pk=system.pk)
    if held.state != System.State.PRIVATE:
        return
    _require_room(held, model)
    now = timezone.now()
    fields: dict[str, Any] = {"state": System.State.LIVE}
    if held.codename and held.reveal_at and held.reveal_at > now:
        fields["state"] = System.State.CODENAMED
    System.objects.filter(pk=system.pk).update(**fields, is_partial=is_partial, first_public_at=now)
    _tell(system)


def _require_room(system: System, model: Model) -> None:
    if model.team is None:
        return
    most = quotas.of(model.team, Bucket.LIVE, now=timezone.now()).limit
    shown = [System.State.LIVE, System.State.CODENAMED]
    if System.objects.filter(model=model, state__in=shown).count() >= most:
        raise Refused(f"{most} systems of {model.name} are live; retire one first.", "live_limit", status=409)
    if system.codename:
        hidden = System.objects.filter(model__provider=model.provider, state=System.State.CODENAMED)
        if hidden.count() >= MOST_CODENAMED:
            message = f"{model.provider} has {MOST_CODENAMED} codenamed systems."
            raise Refused(message, "live_limit", status=409)


@transaction.atomic
def ask_for_codename(system: System, *, codename: str, reveal_at: datetime, by: AbstractBaseUser) -> None:
    """Let a system be judged under another name until a date at most 60 days ahead; asked for once.

    Raises:
        Refused: `wrong_state`, `reveal_date_needed`, or `codename_taken`.
    """
    now = timezone.now()
    if not now < reveal_at <= now + LONGEST_CODENAMED:
        raise Refused("Name a reveal date within 60 days.", "reveal_date_needed")
    rows = System.objects.filter(
        pk=system.pk, codename=None, state__in=[System.State.DRAFT, System.State.PRIVATE]
    )
    taken = Refused("Another system has, or had, this codename.", "codename_taken", status=409)
    if System.objects.filter(slug=codename).exists():
        raise taken
    try:
        with transaction.atomic():
            done = rows.update(codename=codename, reveal_at=reveal_at, codenamed_at=now)
    except IntegrityError as error:
        raise taken from error
    if not done:
        raise Refused("It has a codename, or is public already.", "wrong_state", status=409)
    audit.record(
        action="system.codename", target=system, actor=by, reason=OWN, after={"reveal_at": reveal_at}
    )


@transaction.atomic
def reveal(system: System, *, by: AbstractBaseUser | None) -> None:
    """Show a codenamed system's name: on its date, or earlier if its team wants.

    Raises:
        Refused: `wrong_state`.
    """
    rows = System.objects.filter(pk=system.pk, state=System.State.CODENAMED)
    if not rows.update(state=System.State.LIVE):
        raise Refused("Only a codenamed system is revealed.", "wrong_state", status=409)
    audit.record(action="system.reveal", target=system, actor=by, reason=OWN)
    _tell(system)


def reveal_due() -> int:
    """Reveal those whose date has come; return how many there were."""
    due = System.objects.filter(state=System.State.CODENAMED, reveal_at__lte=timezone.now())
    for system in due:
        with contextlib.suppress(Refused):
            reveal(system, by=None)
    return len(due)


@transaction.atomic
def withdraw(system: System, *, by: AbstractBaseUser) -> None:
    """Take a system back that was never public; it stays counted among those its provider tried.

    Raises:
        Refused: `wrong_state`.
    """
    rows = System.objects.filter(
        pk=system.pk, first_public_at=None, state__in=[System.State.DRAFT, System.State.PRIVATE]
    )
    if system.submissions.exclude(state__in=Submission.CLOSED).exists():
        raise Refused("Cancel its open submission first.", "wrong_state", status=409)
    if not rows.update(state=System.State.WITHDRAWN, frozen_at=Coalesce("frozen_at", Now())):
        raise Refused("What was public cannot vanish; retire it.", "wrong_state", status=409)
    audit.record(action="system.withdraw", target=system, actor=by, reason=OWN)
    _tell(system)


@transaction.atomic
def retire(system: System, *, by: AbstractBaseUser, because: str) -> None:
    """End a public system by its team's wish: it keeps its page and its votes, and its waiting jobs end.

    Open ballots with it become void by the sweeper (judging).

    Raises:
        Refused: `reason_needed`, or `wrong_state`.
    """
    because = rules.reason_of(because)
    rows = System.objects.filter(pk=system.pk, state__in=[System.State.LIVE, System.State.CODENAMED])
    if not rows.update(state=System.State.RETIRED, retired_at=Now(), retire_reason=because):
        raise Refused("Only a public system is retired.", "wrong_state", status=409)
    rules.cancel_waiting(Job.objects.filter(system=system))
    audit.record(action="system.retire", target=system, actor=by, reason=because)
    _tell(system)


def _tell(system: System) -> None:
    system.refresh_from_db()
    if system.model.team:
        body = {"system": {"slug": system.slug, "state": str(system.state)}}
        key = f"system:{system.pk}:{system.state}"
        webhooks.tell(system.model.team, "system.state_changed", key=key, body=body)
