"""An arena for a load: systems, prompts with the shortest clips, people with sessions, a published board."""

import os
from datetime import timedelta
from typing import Any

SYSTEMS, PROMPTS, VOTES = 8, 120, 300
# So short that three clips are heard within the gate's tolerance: a load does not listen.
CLIP_MS = 80
LARGE_CLIP_BYTES = 480_000


def people(count: int) -> list[str]:
    """Make so many annotators who may judge without end; a session of each."""
    from django.conf import settings  # noqa: PLC0415 -- once Django is set up
    from django.test import Client  # noqa: PLC0415 -- as above
    from django.utils import timezone  # noqa: PLC0415 -- as above

    from judging.models import Annotator  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    found = []
    for number in range(count):
        made = factories.annotator(f"load{number}@example.org")
        client = Client()
        client.force_login(made.user)  # type: ignore[arg-type]  # it was just made
        found.append(str(client.cookies[settings.SESSION_COOKIE_NAME].value))
    Annotator.objects.update(created_at=timezone.now() - timedelta(days=90))
    return found


def arena(*, jobs: int = 3000) -> None:
    """Fill the database: a board with votes, pairs to judge, and jobs that keep two slots busy."""
    from inference.services import jobs as services  # noqa: PLC0415 -- once Django is set up
    from judging.services import seals  # noqa: PLC0415 -- as above
    from leaderboard.models import Board  # noqa: PLC0415 -- as above
    from leaderboard.services import snapshots  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    _policy()
    systems = [factories.system(f"load-{number}") for number in range(SYSTEMS)]
    within = factories.prompt_set("load")
    prompts = []
    for _ in range(PROMPTS):
        prompts.append(factories.prompt(within, playback=_clip()))
        for system in systems:
            factories.response(system, prompts[-1], playback=_clip())
    judges = [factories.annotator() for _ in range(20)]
    for number in range(VOTES):
        one, other = sorted((number % SYSTEMS, (number * 3 + 1) % SYSTEMS))
        if one != other:
            pair = factories.pair(prompts[number % PROMPTS], systems[one], systems[other])
            factories.vote(pair, judges[(number + number // PROMPTS) % 20], "ab"[number % 2])
    seal = seals.seal()
    if seal is not None:
        board = Board.objects.select_related("criterion").get(slug="overall")
        snapshots.build(board, seal=seal, seed=1)
    busy = factories.system("load-busy", state="private")
    for replicate in range(1, jobs // PROMPTS + 1):
        services.request(systems=[busy], prompts=prompts, replicate=replicate)
    _count()


def large_clips(count: int) -> list[tuple[str, str, bytes]]:
    """Open a ballot with a large clip for each of so many people: session, address, the bytes that it has."""
    from django.conf import settings  # noqa: PLC0415 -- once Django is set up
    from django.test import Client  # noqa: PLC0415 -- as above

    from tests import factories  # noqa: PLC0415 -- as above

    sound = os.urandom(LARGE_CLIP_BYTES)
    prompt = factories.prompt(playback=factories.playback_audio(factories.raw_audio(), data=sound))
    pair = factories.pair(prompt, factories.system(), factories.system())
    found = []
    for number in range(count):
        person = factories.annotator(f"listener{number}@example.org")
        ballot = factories.ballot(pair, person, target_lufs=prompt.playback.target_lufs)
        client = Client()
        client.force_login(person.user)  # type: ignore[arg-type]  # as above
        found.append(
            (
                str(client.cookies[settings.SESSION_COOKIE_NAME].value),
                f"/ballots/{ballot.public_id}/prompt",
                sound,
            )
        )
    return found


def _policy() -> None:
    """Put the limits of one person out of reach."""
    from judging.models import Policy  # noqa: PLC0415 -- once Django is set up

    old = Policy.objects.get(current=True)
    Policy.objects.filter(pk=old.pk).update(current=False)
    new: dict[str, Any] = {
        "daily_cap": 32_000,
        "daily_hint": 32_000,
        "break_after": timedelta(days=30),
        "break_after_pairs": 32_000,
    }
    made = Policy.objects.create(version=old.version + 1, reason="a load", current=True, **new)
    for asked in old.asked.all():
        made.asked.create(criterion=asked.criterion, position=asked.position, required=asked.required)


def _clip() -> Any:
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    return factories.playback_audio(factories.raw_audio(), duration_ms=CLIP_MS)


def _count() -> None:
    from django.db import connection  # noqa: PLC0415 -- once Django is set up

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
