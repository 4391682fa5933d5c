"""Tokens: a team's programs are let in by one, shown once, kept as a digest."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import ApiToken, Membership, Scope, Team
from inference.services import audit

START = "s2s_"
PREFIX = 8
DEFAULT_DAYS = 90
MOST_DAYS = 365
LONGEST_AGENT = 120
OWN = "Their own team's token."


@dataclass(frozen=True)
class Shown:
    """A new token, and its text, which nobody can be told again."""

    token: ApiToken
    text: str


@transaction.atomic
def make(
    team: Team, *, by: AbstractBaseUser, name: str, scopes: Collection[str], days: int = DEFAULT_DAYS
) -> Shown:
    """Make a token that lives so many days, a year at most.

    Raises:
        Refused: `field_invalid`, for a scope that there is not, or a life that is too long.
    """
    if unknown := sorted(set(scopes) - set(Scope.values)):
        raise Refused(gettext("There is no scope %s.") % ", ".join(unknown), "field_invalid")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(gettext("A token lives one day to a year."), "field_invalid")
    text = START + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        team=team,
        created_by_id=by.pk,
        name=name,
        digest=digest(text),
        prefix=text[len(START) : len(START) + PREFIX],
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + timedelta(days=days),
    )
    audit.record(
        action="token.make", target=token, actor=by, reason=OWN, after={"name": name, "scopes": token.scopes}
    )
    return Shown(token, text)


@transaction.atomic
def revoke(token: ApiToken, *, by: AbstractBaseUser | None, because: str = OWN) -> None:
    """End a token at once; ending it twice is no error."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(action="token.revoke", target=token, actor=by, reason=because, after={"revoked": True})


def digest(text: str) -> str:
    """Hash a token; its 256 random bits need no salt."""
    return hashlib.sha256(text.encode()).hexdigest()


def let_in(text: str, *, agent: str, now: datetime) -> ApiToken:
    """Find the token of a request and note that it was used, to the hour.

    Args:
        text: what the request bears.
        agent: what the program calls itself.
        now: the moment.

    Raises:
        Refused: `token_invalid` or `token_expired`, 401.
    """
    found = ApiToken.objects.select_related("team", "created_by").filter(digest=digest(text)).first()
    if found is None or found.revoked_at or not _stands(found):
        raise Refused(
            gettext("This token is wrong, was revoked, or its team rests."), "token_invalid", status=401
        )
    if found.expires_at <= now:
        raise Refused(gettext("This token has expired."), "token_expired", status=401)
    hour = now.replace(minute=0, second=0, microsecond=0)
    if found.last_used_at is None or found.last_used_at < hour:
        ApiToken.objects.filter(pk=found.pk).filter(Q(last_used_at=None) | Q(last_used_at__lt=hour)).update(
            last_used_at=hour, last_used_by=agent[:LONGEST_AGENT]
        )
    return found


def _stands(token: ApiToken) -> bool:
    """Whether team and maker still stand: a token falls with either."""
    return bool(
        token.team.state == Team.State.ACTIVE
        and token.created_by.is_active
        and Membership.objects.filter(team=token.team_id, person=token.created_by_id, left_at=None).exists()
    )
