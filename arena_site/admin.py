"""The admin's pages about people and their addresses, and the history of what staff did."""

from typing import Any

# Registers its pages, so that ours can take their place.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from arena_site.models import User
from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline
from inference.admin.decisions import Decision
from inference.errors import Refused
from inference.services import audit

# Roles come later; until then staff are moderators and superusers administrators.
# What codes are made from is nobody's to see.
admin.site.unregister([Group, EmailAddress, Authenticator])


@transaction.atomic
def confirm(address: EmailAddress, *, by: AbstractBaseUser, reason: str) -> None:
    """Take an address as its owner's, where the mail does not reach them.

    Raises:
        Refused: `reason_needed`, `already_confirmed`, or `address_taken`.
    """
    if address.verified:
        raise Refused("The address is confirmed already.", "already_confirmed", status=409)
    if not address.set_verified():
        raise Refused("Somebody else confirmed this address.", "address_taken", status=409)
    audit.record(
        action="emailaddress.confirm",
        target=address,
        actor=by,
        reason=reason,
        before={"verified": False},
        after={"verified": True},
    )


CONFIRM = Decision(
    name="confirm",
    label=_("Confirm"),
    effect=_("These addresses count as their owners'. Do this only where you know that they are."),
    way_back=_("none."),
    apply=lambda address, said: confirm(address, by=said.by, reason=said.reason),
)


class AddressInline(ReadOnlyInline):
    """A person's addresses."""

    model = EmailAddress
    fields = ("email", "primary", "verified")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts. Administrators suspend them and make people moderators, but never decide about themselves."""

    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    search_fields = ("email", "name")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined",)
    is_about_a_person = True
    hidden = ("password", "groups", "user_permissions")
    texts = ("name", "is_active", "is_staff")
    inlines = (AddressInline,)

    def texts_of(self, request: HttpRequest, row: Any) -> tuple[str, ...]:
        """An administrator's to change; of the own account, the name alone."""
        if not request.user.is_superuser:
            return ()
        return ("name",) if row == request.user else self.texts

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the person is an administrator: the list names people (M55)."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person is an administrator."""
        return bool(request.user.is_superuser) and super().has_change_permission(request, obj)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Who confirmed which address."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("verified", "primary")
    list_select_related = ("user",)
    search_fields = ("email", "user__name")
    ordering = ("email",)
    actions = (CONFIRM.action(),)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the person is an administrator: the list names people (M55)."""
        return bool(request.user.is_superuser)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the person is an administrator."""
        return bool(request.user.is_superuser)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What staff did before there was the audit trail, which has it since."""

    list_display = ("action_time", "user", "content_type", "object_repr", "what")
    list_filter = ("action_time", ("content_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "user__email")
    search_help_text = "What it was done to, why, or by whom"
    date_hierarchy = "action_time"
    ordering = ("-action_time",)
    shown = ("what",)
    hidden = ("change_message",)

    @admin.display(description="what and why", ordering="change_message")
    def what(self, entry: LogEntry) -> str:
        """In words, which Django keeps as JSON where a text was changed."""
        return str(entry.get_change_message())
