"""How jobs come to be: systems are asked to answer prompts."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet

from inference.errors import Refused
from inference.models import Job, Prompt, PromptSet, System
from inference.services import adapters, bells
from inference.services.jobs.leases import DatabaseClock

RUNNABLE = (System.State.PRIVATE, System.State.CODENAMED, System.State.LIVE)


def request(
    *, systems: Iterable[System], prompts: Iterable[Prompt], replicate: int = 1, priority: int = 0
) -> int:
    """Ask every system to answer every prompt; what was asked before is left as it is.

    The prompts' sets are frozen by this, their first use.

    Args:
        systems: private or live ones.
        prompts: not withdrawn.
        replicate: 1 for a system's one answer to a prompt.
        priority: the smallest first.

    Returns:
        How many jobs are new.

    Raises:
        Refused: `system_not_runnable` or `prompt_withdrawn`.
    """
    systems, prompts = list(systems), list(prompts)
    # Two requests that overlap insert in one order, and so never wait for each other in a circle.
    wanted = [
        Job(
            system=system,
            prompt=prompt,
            replicate=replicate,
            priority=priority,
            seed=seed(system, replicate),
        )
        for system in sorted(systems, key=lambda system: system.pk)
        for prompt in sorted(prompts, key=lambda prompt: prompt.pk)
    ]
    with transaction.atomic():
        _hold(systems, prompts)
        _freeze({prompt.prompt_set_id for prompt in prompts})
        Job.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=500)
        ours = Job.objects.filter(public_id__in=[job.public_id for job in wanted])
        made = list(ours.values_list("system_id", flat=True))
        new = set(made)
        bells.ring_on_commit({adapters.queue_of(one) for one in systems if one.pk in new})
    return len(made)


def under_way(among: QuerySet[Job]) -> QuerySet[Job]:
    """Narrow jobs down to those that will end without anybody's help: a worker has them or may take them."""
    return among.filter(
        state__in=[Job.State.QUEUED, Job.State.RUNNING],
        system__delivery=System.Delivery.CALLED,
        system__state__in=RUNNABLE,
        system__paused_at=None,
        prompt__state=Prompt.State.OK,
    )


STILL_WANTED = """
    SELECT FROM inference_system AS system, inference_prompt AS prompt
    WHERE system.id = %s AND system.state = ANY(%s) AND prompt.id = %s AND prompt.state = %s
    FOR SHARE
"""


def still_wanted(*, system_id: int, prompt_id: int) -> bool:
    """Whether the system still runs and the prompt is still drawn, which stays so until the transaction ends.

    Whoever queues a job asks this afterwards, in the same transaction. A retirement at the same time either
    came before, or waits for the locks taken here and then finds the job among those to cancel.
    """
    runnable = [str(state) for state in RUNNABLE]
    with connection.cursor() as cursor:
        cursor.execute(STILL_WANTED, [system_id, runnable, prompt_id, str(Prompt.State.OK)])
        return cursor.fetchone() is not None


def seed(system: System, replicate: int) -> int:
    """Derive the seed that a system's jobs share, 0 to 2³¹ − 1; it is the same on every site."""
    digest = hashlib.sha256(f"{system.fingerprint} {replicate}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


HOLD_SYSTEMS = "SELECT id, state FROM inference_system WHERE id = ANY(%s) ORDER BY id FOR SHARE"
HOLD_PROMPTS = "SELECT id, state FROM inference_prompt WHERE id = ANY(%s) ORDER BY id FOR SHARE"


def _hold(systems: Sequence[System], prompts: Sequence[Prompt]) -> None:
    """Make sure that all may be asked, and that it stays so until the transaction ends.

    Everybody who locks more than one takes systems before prompts before their sets, each in order of their
    ids, so that nobody waits in a circle. A retirement at the same time came before and is seen here, or it
    waits and then finds the jobs among those to cancel.
    """
    held = _states(HOLD_SYSTEMS, [system.pk for system in systems])
    for system in systems:
        if (state := held.get(system.pk)) not in RUNNABLE:
            message = f"The system {system} is {state}; only private and live ones are asked."
            raise Refused(message, "system_not_runnable", status=409)
    held = _states(HOLD_PROMPTS, [prompt.pk for prompt in prompts])
    for prompt in prompts:
        if held.get(prompt.pk) != Prompt.State.OK:
            raise Refused(f"The prompt {prompt} was withdrawn.", "prompt_withdrawn", status=409)


def _states(statement: str, ids: list[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids])
        return dict(cursor.fetchall())


def _freeze(sets: set[int]) -> None:
    open_ones = PromptSet.objects.filter(pk__in=sets, frozen_at=None).order_by("pk")
    found = list(open_ones.select_for_update(no_key=True).values_list("pk", flat=True))
    PromptSet.objects.filter(pk__in=found).update(frozen_at=DatabaseClock())
