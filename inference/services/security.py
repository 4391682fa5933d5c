"""Notes for a person to look at, where somebody may be trying something (D20)."""

from inference.models import SecurityEvent


def note(kind: str, *, user: int | None = None, **detail: str) -> None:
    """Write a security event, once for the same kind, person and detail until somebody handled it.

    Call it outside of a transaction that may be given up: the note would go with it.
    """
    same = SecurityEvent.objects.filter(kind=kind, user=user, detail=detail, handled_at=None)
    if not same.exists():
        SecurityEvent.objects.create(kind=kind, user_id=user, detail=detail)
