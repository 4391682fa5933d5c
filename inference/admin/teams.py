"""Teams and who is in them."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline
from inference.admin.decisions import Decision, Said
from inference.models import Bucket, Membership, Model, Team
from inference.services import quotas

GRANTED_DAYS = 30
OFFERED = ((Bucket.ACCEPTED, 3), (Bucket.RUNNING, 2), (Bucket.LIVE, 2), (Bucket.INVALID, 20))


def _kinds(rows: Any) -> list[tuple[str, str]]:
    """What may be granted."""
    text = gettext("%(extra)d more of %(bucket)s")
    return [
        (f"{bucket}:{extra}", text % {"extra": extra, "bucket": bucket.label}) for bucket, extra in OFFERED
    ]


def _grant(team: Team, said: Said) -> None:
    bucket, _colon, extra = said.kind.partition(":")
    until = timezone.now() + timedelta(days=GRANTED_DAYS)
    quotas.grant(team, bucket=Bucket(bucket), extra=int(extra), until=until, by=said.by, reason=said.reason)


GRANT = Decision(
    name="grant",
    label=_("Grant more of a quota"),
    effect=_("These teams may take more for 30 days. They read the reason."),
    way_back=_("none; it ends by itself."),
    apply=_grant,
    kinds=_kinds,
)


class MembershipInline(ReadOnlyInline):
    """A team's people, those who left too."""

    model = Membership
    fields = ("person", "role", "joined_at", "left_at")


class ModelInline(ReadOnlyInline):
    """A team's models."""

    model = Model
    fields = ("slug", "name", "provider", "licence")


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    """Researchers who bring systems together."""

    list_display = ("slug", "name", "provider", "state", "created_at")
    list_filter = ("state", "created_at")
    search_fields = ("slug", "name", "provider", "contact_email", "memberships__person__email")
    search_help_text = "Slug, name, provider, or a mail address"
    ordering = ("slug",)
    inlines = (MembershipInline, ModelInline)
    actions: Any = (GRANT.action(),)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who is, or was, in which team."""

    list_display = ("team", "person", "role", "joined_at", "left_at")
    list_filter = ("role", ("left_at", admin.EmptyFieldListFilter))
    list_select_related = ("team", "person")
    search_fields = ("team__slug", "team__name", "person__email")
    search_help_text = "Team, or a mail address"
    ordering = ("team", "joined_at")
