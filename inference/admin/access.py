"""How teams' programs come in: tokens, keys, quotas, webhooks, and who was invited."""

from typing import ClassVar

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin
from inference.models import (
    ApiToken,
    IdempotencyKey,
    Invitation,
    QuotaAccount,
    QuotaGrant,
    QuotaUse,
    Secret,
    Webhook,
    WebhookDelivery,
)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens by their first characters; none can be read anywhere."""

    hidden: ClassVar[tuple[str, ...]] = ("digest",)
    list_display = ("name", "prefix", "team", "created_by", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "expires_at")
    list_select_related = ("team", "created_by")
    search_fields = ("name", "prefix", "team__slug", "created_by__email")
    search_help_text = "Name, first characters, team, or a mail address"
    ordering = ("-id",)


@admin.register(Secret)
class SecretAdmin(ReadOnlyAdmin):
    """Names of the keys that systems need; no page shows a key, sealed or not (D28)."""

    hidden: ClassVar[tuple[str, ...]] = ("ciphertext", "wrapped_key")
    list_display = ("name", "team", "key_id", "set_by", "set_at", "used_at")
    list_filter = ("set_at",)
    list_select_related = ("team", "set_by")
    search_fields = ("name", "team__slug", "set_by__email")
    search_help_text = "Name, team, or a mail address"
    ordering = ("-id",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Writes that were asked for under a key, for seven days."""

    hidden: ClassVar[tuple[str, ...]] = ("body",)
    list_display = ("key", "team", "method", "path", "status", "created_at")
    list_filter = ("method", "is_secret")
    list_select_related = ("team",)
    search_fields = ("key", "path", "team__slug")
    ordering = ("-id",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was asked into which team."""

    list_display = ("email", "team", "role", "invited_by", "created_at", "expires_at", "accepted")
    list_filter = ("role", "accepted")
    list_select_related = ("team", "invited_by")
    search_fields = ("email", "team__slug", "invited_by__email")
    ordering = ("-id",)


@admin.register(QuotaAccount)
class QuotaAccountAdmin(ReadOnlyAdmin):
    """One row a team, to be locked."""

    list_display = ("team",)
    list_select_related = ("team",)
    search_fields = ("team__slug", "team__name")
    ordering = ("team",)


@admin.register(QuotaUse)
class QuotaUseAdmin(ReadOnlyAdmin):
    """Slots that submissions took."""

    list_display = ("team", "bucket", "submission", "round", "taken_at", "refunded_at", "refund_code")
    list_filter = ("bucket", ("refunded_at", admin.EmptyFieldListFilter))
    list_select_related = ("team", "submission__system", "submission__prompt_set")
    search_fields = ("team__slug", "submission__system__slug", "refund_code")
    ordering = ("-id",)


@admin.register(QuotaGrant)
class QuotaGrantAdmin(ReadOnlyAdmin):
    """What teams were given beyond the rule."""

    list_display = ("team", "bucket", "extra", "until", "reason", "granted_by")
    list_filter = ("bucket", "until")
    list_select_related = ("team", "granted_by")
    search_fields = ("team__slug", "reason")
    ordering = ("-id",)


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Where teams want to be told."""

    hidden: ClassVar[tuple[str, ...]] = ("salt",)
    list_display = ("url", "team", "state", "failing_since", "created_at")
    list_filter = ("state",)
    list_select_related = ("team",)
    search_fields = ("url", "team__slug", "public_id")
    ordering = ("-id",)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Events on their way."""

    list_display = ("event", "webhook", "attempt", "status_code", "error", "next_at", "delivered_at")
    list_filter = ("event", ("delivered_at", admin.EmptyFieldListFilter))
    list_select_related = ("webhook",)
    search_fields = ("event_key", "webhook__url", "public_id")
    ordering = ("-id",)
