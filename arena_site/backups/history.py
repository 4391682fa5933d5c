"""When a backup was last made, and when one was last brought back as a trial: entries of the audit trail."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from inference.services import audit
from judging.models import Seal

MADE: Final = "backup.make"
TRIED: Final = "backup.drill"
# One look into the index of actions for each.
_LAST = """
    SELECT name, (
        SELECT at FROM inference_auditentry
        WHERE action = name AND after->>'well' = 'true' ORDER BY id DESC LIMIT 1
    ) FROM unnest(%s::text[]) AS name
"""


class Ages(NamedTuple):
    """The last good ones; None: there was none yet."""

    made: datetime | None
    tried: datetime | None


def last() -> Ages:
    """Read both in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [[MADE, TRIED]])
        found = dict(cursor.fetchall())
    return Ages(found[MADE], found[TRIED])


@transaction.atomic
def note(action: str, *, well: bool, **figures: Any) -> None:
    """Write down what was made or tried, and whether it went well."""
    audit.record(action=action, target=Seal, after={"well": well, **figures})
