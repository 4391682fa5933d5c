"""System checks of our own: `manage.py check` says what is wrong before anything runs."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError
from django.utils.module_loading import import_string

from arena_site import roles

# Each limit has to be larger than the one before it: what is inside must end before what is around it.
CHAINS = (
    ("HEARTBEAT_SECONDS", "LEASE_SECONDS", "DEADLINE_SECONDS"),
    ("CALL_SECONDS", "ANSWER_SECONDS", "DEADLINE_SECONDS"),
    ("SWEEP_SECONDS", "LEASE_SECONDS"),
    ("WATCHDOG_PATIENCE_SECONDS", "WATCHDOG_SECONDS"),
)
BEATS_IN_A_LEASE = 3
# An adapter's process has about this much before it does anything.
LEAST_ADAPTER_BYTES = 500_000_000


@register
def limits_are_in_order(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Compare the limits of jobs, which all derive from CALL_SECONDS and LEASE_SECONDS."""
    return list(_disorders())


@register
def chores_exist(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Look up every chore of the sweeper."""
    found: list[CheckMessage] = []
    for name in settings.SWEEPER_CHORES:
        try:
            import_string(name)
        except ImportError as error:
            found.append(Error(f"SWEEPER_CHORES names {name}, which is not there: {error}", id="arena.E003"))
    return found


@register
def adapters_have_room(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Look at the memory that adapters may use."""
    if settings.ADAPTER_MEMORY_BYTES >= LEAST_ADAPTER_BYTES:
        return []
    message = f"With ADAPTER_MEMORY_BYTES={settings.ADAPTER_MEMORY_BYTES} no adapter can start."
    return [Error(message, hint=f"Give at least {LEAST_ADAPTER_BYTES} bytes.", id="arena.E005")]


@register
def workers_look_often_enough(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Compare how often a slot looks for work with how soon it is taken for stuck."""
    if settings.POLL_SECONDS <= settings.WATCHDOG_PATIENCE_SECONDS:
        return []
    message = (
        f"A slot that waits POLL_SECONDS ({settings.POLL_SECONDS:g}) between two looks for work may be taken "
        f"for stuck after WATCHDOG_SECONDS ({settings.WATCHDOG_SECONDS:g})."
    )
    hint = f"Keep POLL_SECONDS at {settings.WATCHDOG_PATIENCE_SECONDS:g} or less."
    return [checks.Warning(message, hint=hint, id="arena.W001")]


@register(checks.Tags.security, deploy=True)
def what_is_kept_is_kept_from_us(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Ask the database what our role may do; nothing where it cannot be asked."""
    try:
        names = roles.changeable()
    except DatabaseError:
        return []
    if not names:
        return []
    message = f"The database role of this process may change rows of {len(names)} tables that only grow."
    hint = "Give the site a role of its own and run `manage.py grant_roles` (docs/operations.md)."
    return [checks.Warning(message, hint=hint, id="arena.W002")]


def _disorders() -> Iterator[CheckMessage]:
    for chain in CHAINS:
        for inner, outer in pairwise(chain):
            if not 0 < getattr(settings, inner) < getattr(settings, outer):
                yield Error(
                    f"{inner} ({getattr(settings, inner):g}) must be above 0 and below "
                    f"{outer} ({getattr(settings, outer):g}).",
                    hint="Set CALL_SECONDS and LEASE_SECONDS; the other limits of jobs follow from them.",
                    id="arena.E001",
                )
    if settings.HEARTBEAT_SECONDS * BEATS_IN_A_LEASE > settings.LEASE_SECONDS:
        yield Error(
            f"A lease of {settings.LEASE_SECONDS:g} s must outlast {BEATS_IN_A_LEASE} heartbeats of "
            f"{settings.HEARTBEAT_SECONDS:g} s, so that one that is missed loses no work.",
            id="arena.E002",
        )
