"""The audit trail: who changed what, and why, written with the change or not at all (moderation M50)."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.translation import gettext

from inference import context
from inference.errors import Refused
from inference.models import AuditEntry

THE_SITE = "the site"
# The widths of the columns.
LONGEST_LABEL = 120
LONGEST_REASON = 400

# The names of actions are few, their entries are many: one look into the index for each name.
ACTIONS = """
    WITH RECURSIVE named AS (
        (SELECT action FROM inference_auditentry ORDER BY action LIMIT 1)
        UNION ALL
        SELECT (SELECT action FROM inference_auditentry WHERE action > named.action ORDER BY action LIMIT 1)
        FROM named WHERE named.action IS NOT NULL
    )
    SELECT action FROM named WHERE action IS NOT NULL
"""


def record(
    *,
    action: str,
    target: models.Model | type[models.Model],
    actor: AbstractBaseUser | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry, in the transaction of the change that it tells of.

    Args:
        action: noun and verb, such as `job.retry`.
        target: the row that changed; a whole table where the act was about many, such as an export.
        actor: who did it; None where the site acted by itself.
        reason: why. A person has to say.
        before: what was, of the columns that changed.
        after: what is now.

    Raises:
        Refused: `reason_needed`.
        TransactionManagementError: there is no transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit entry is written with its change.")
    reason = reason.strip()
    if actor is not None and not reason:
        raise Refused(gettext("Please say why, in a sentence."), "reason_needed")
    return AuditEntry.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        actor_label=str(actor)[:LONGEST_LABEL] if actor else THE_SITE,
        target_type=target._meta.label_lower,  # noqa: SLF001 -- Django's public name
        target_id=str(target.pk) if isinstance(target, models.Model) else "",
        reason=reason[:LONGEST_REASON],
        before=_plain(before),
        after=_plain(after),
        request_id=context.request_id(),
    )


def actions() -> list[str]:
    """All actions of which there are entries, by name."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIONS)
        return [action for (action,) in cursor.fetchall()]


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Make moments and numbers of any kind what JSON can hold."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(values or {}), cls=DjangoJSONEncoder))
    return plain
