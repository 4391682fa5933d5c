"""Writes that happen once, however often a program asks for them (api A5)."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from inference.errors import Refused
from inference.models import IdempotencyKey, Team

KEPT = timedelta(days=7)
LONGEST_KEY = 64
# Any number that no other advisory lock of ours has.
LOCK_SPACE = 7_209_115


@dataclass(frozen=True)
class Asked:
    """What a key was used for."""

    key: str
    method: str
    path: str
    body_sha256: str


def claim(team: Team, asked: Asked) -> IdempotencyKey:
    """Take a key until the transaction ends, or find what was answered under it.

    The write, its answer and the key are one transaction: a process that dies in between leaves none of them.

    Returns:
        A row with a status where it was answered before; else one without, for this transaction to fill.

    Raises:
        Refused: `idempotency_in_progress`, `idempotency_key_reused` or `secret_shown_once`.
        TransactionManagementError: there is no transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A key is claimed with what it stands for.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, f"{team.pk} {asked.key}"]
        )
        if not cursor.fetchone()[0]:
            raise Refused(
                "The first request with this key is still under way.",
                "idempotency_in_progress",
                status=409,
                retry_after_seconds=1,
            )
    known = IdempotencyKey.objects.filter(team=team, key=asked.key).first()
    if known is None:
        return IdempotencyKey.objects.create(
            team=team, key=asked.key, method=asked.method, path=asked.path, body_sha256=asked.body_sha256
        )
    if (known.method, known.path, known.body_sha256) != (asked.method, asked.path, asked.body_sha256):
        raise Refused("This key was used for another request.", "idempotency_key_reused")
    if known.is_secret:
        raise Refused("The answer held a secret and was not kept.", "secret_shown_once", status=409)
    return known


def keep(key: IdempotencyKey, *, status: int, body: str, is_secret: bool) -> None:
    """Keep an answer for whoever asks again; one with a secret only as the fact that there was one."""
    IdempotencyKey.objects.filter(pk=key.pk).update(
        status=status, body="" if is_secret else body, is_secret=is_secret
    )


def forget_old() -> int:
    """Delete keys older than seven days, and return how many there were."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
