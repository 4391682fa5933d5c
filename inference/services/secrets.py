"""Stored secrets: written by their team, lent to the process that answers for it, and shown to nobody."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from inference.adapters.secrets import SHORTEST
from inference.errors import Refused
from inference.models import Secret, Team
from inference.services import audit, envelopes
from inference.services.envelopes import Envelope

MOST_OF_A_TEAM = 50
LONGEST = 4000
OWN = "Their own team's secret."


@transaction.atomic
def put(team: Team | None, *, name: str, value: str, by: AbstractBaseUser | None) -> Secret:
    """Store a value under a name; one that is there already gives way to it.

    Args:
        team: whose; None: the site's own systems'.
        name: as configurations say it.
        value: kept sealed.
        by: who gave it; None: the operator.

    Raises:
        Refused: `field_invalid`: too short to be masked in messages, or too long; `secret_limit`.
    """
    if not SHORTEST <= len(value) <= LONGEST:
        raise Refused(f"A secret has {SHORTEST} to {LONGEST} characters.", "field_invalid")
    theirs = Secret.objects.filter(team=team)
    if theirs.exclude(name=name).count() >= MOST_OF_A_TEAM:
        raise Refused(f"A team keeps at most {MOST_OF_A_TEAM} secrets.", "secret_limit", status=409)
    sealed = envelopes.seal(value, about=_about(team.pk if team else None, name), keys=settings.SECRETS_KEYS)
    fields = {**vars(sealed), "set_at": Now(), "set_by_id": by.pk if by else None, "used_at": None}
    row, made = theirs.update_or_create(name=name, defaults=fields, create_defaults={**fields, "team": team})
    action = "secret.set" if made else "secret.replace"
    audit.record(action=action, target=row, actor=by, reason=OWN, after={"name": name})
    row.refresh_from_db()
    return row


@transaction.atomic
def remove(secret: Secret, *, by: AbstractBaseUser | None) -> None:
    """Forget a secret; systems that name it fail with `secret_missing`."""
    audit.record(action="secret.remove", target=secret, actor=by, reason=OWN, after={"name": secret.name})
    secret.delete()


def lent(team_id: int | None, names: Collection[str], *, now: datetime) -> dict[str, str]:
    """Open a team's secrets for the process that answers for it, and note that they were used, to the hour.

    Args:
        team_id: whose; None: the site's own systems'.
        names: of which; those that are not there are left out.
        now: the moment.
    """
    found = list(Secret.objects.filter(team=team_id, name__in=names))
    hour = now.replace(minute=0, second=0, microsecond=0)
    keys = [secret.pk for secret in found if secret.used_at is None or secret.used_at < hour]
    if keys:
        Secret.objects.filter(Q(used_at=None) | Q(used_at__lt=hour), pk__in=keys).update(used_at=hour)
    opened = {}
    for secret in found:
        about = _about(secret.team_id, secret.name)
        opened[secret.name] = envelopes.opened(_envelope(secret), about=about, keys=settings.SECRETS_KEYS)
    return opened


def rotate() -> int:
    """Seal every secret with the key that stands first in SECRETS_KEYS, row by row, while others are read.

    Returns:
        How many were sealed anew.

    Raises:
        NotOpenedError: a row's key is not among them; the rows before it are done.
    """
    current = next(iter(settings.SECRETS_KEYS))
    done = 0
    for key in Secret.objects.exclude(key_id=current).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Secret.objects.select_for_update().filter(pk=key).first()
            if row is None or row.key_id == current:
                continue
            about = _about(row.team_id, row.name)
            sealed = envelopes.sealed_anew(_envelope(row), about=about, keys=settings.SECRETS_KEYS)
            Secret.objects.filter(pk=key).update(wrapped_key=sealed.wrapped_key, key_id=sealed.key_id)
            done += 1
    if done:
        with transaction.atomic():
            audit.record(action="secret.rotate", target=Secret, reason="A new key.", after={"rows": done})
    return done


def require(team: Team | None, name: str) -> None:
    """Refuse a name that the team stored nothing under.

    Raises:
        Refused: `secret_missing`.
    """
    if not Secret.objects.filter(team=team, name=name).exists():
        message = f"Your team has no secret {name}; store it first."
        raise Refused(message, "secret_missing", more={"where": {"field": "secret"}})


def _about(team_id: int | None, name: str) -> str:
    return f"{team_id or 'site'} {name}"


def _envelope(secret: Secret) -> Envelope:
    # PostgreSQL's bytes come as views.
    return Envelope(bytes(secret.ciphertext), bytes(secret.wrapped_key), secret.key_id)
