"""What may be judged, whoever judges: read once a minute in each process, and kept (judging J99).

Reading all responses takes as long as ten draws. What comes in is added by its key. What goes out is
noticed by `judging.services.draws`, which looks at the answers it drew and may ask for a fresh reading.
"""

import math
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, QuerySet
from django.db.models.functions import Now

from inference.audio.normalise import NORMALISER_VERSION
from inference.models import Prompt, Response, System
from judging.models import Audience, Ballot, PairTally, Purpose
from judging.sampling import graphs
from judging.sampling.limits import Competitor, Languages, Pool
from judging.sampling.pairs import Strength, Systems
from judging.sampling.prompts import ENOUGH, Cell
from judging.services import strengths

JUDGED: Final = (System.State.LIVE, System.State.CODENAMED)
"""States of systems whose responses are paired."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)
# Pairs that two people have judged are few: the next of them is always drawn first.
MOST_WANTED: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The pool as it was read.

    Attributes:
        pool: see there.
        competitors: the systems that are judged.
        strengths: what the boards say of them.
        wanted: two systems and a prompt, of pairs that one more person shall judge (J108).
        targets: how much of the votes each cell shall have.
        week, day: normal ballots of the last seven days and of the last one, by their two systems.
        judges: the people who cast a normal ballot in the last seven days.
        components: of the comparison graph of the whole, and of each level and language.
        newest: key of the last response that was looked at.
        database: of which it was read.
        read_at: by the monotonic clock, seconds.
    """

    pool: Pool
    competitors: Sequence[Competitor]
    strengths: Mapping[int, Strength]
    wanted: Sequence[tuple[Systems, int]]
    targets: Mapping[Cell, float]
    week: Mapping[Systems, int]
    day: Mapping[Systems, int]
    judges: frozenset[int]
    components: tuple[Mapping[int, int], ...]
    newest: int
    database: str
    read_at: float


class _Kept:
    """The process's last reading. Threads read one after another, so that one reads for all."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reading: Reading | None = None


_kept = _Kept()


def current(*, fresh: bool = False) -> Reading:
    """Give the last reading with what came since; a new one where it is old, or where `fresh` asks for it."""
    newest = Response.objects.aggregate(newest=Max("pk"))["newest"] or 0
    with _kept.lock:
        reading = _kept.reading
        if fresh or reading is None or _is_old(reading, newest):
            reading = _kept.reading = _read(newest)
        elif newest > reading.newest:
            reading = _kept.reading = _with_newer(reading, newest)
        return reading


def _is_old(reading: Reading, newest: int) -> bool:
    age = time.monotonic() - reading.read_at
    same = reading.database == connection.settings_dict["NAME"]
    # In a new arena the first answers become playable while somebody waits for them.
    empty = not reading.pool.answered
    return empty or not same or age >= settings.POOL_SECONDS or newest < reading.newest


def playable() -> QuerySet[Response]:
    """Responses that may be paired, on prompts that may be judged (J101)."""
    return Response.objects.filter(
        state=Response.State.OK,
        replicate=1,
        playback__normaliser_version=NORMALISER_VERSION,
        system__state__in=JUDGED,
        prompt__state=Prompt.State.OK,
        prompt__split__in=[Prompt.Split.PUBLIC, Prompt.Split.HIDDEN],
        prompt__playback__normaliser_version=NORMALISER_VERSION,
    )


def competitors() -> list[Competitor]:
    """List the systems that are judged."""
    rows = System.objects.filter(state__in=JUDGED).values_list(
        "pk", "model_id", "model__team_id", "label", "state"
    )
    return [
        Competitor(
            system,
            family,
            owner,
            demonstration=label == System.Label.DEMONSTRATION,
            codenamed=state == System.State.CODENAMED,
        )
        for system, family, owner, label, state in rows
    ]


def _wanted() -> list[tuple[Systems, int]]:
    rows = Audience.objects.filter(people=ENOUGH - 1).values_list(
        "pair__system_a_id", "pair__system_b_id", "pair__prompt_id"
    )
    return [((one, other), prompt) for one, other, prompt in rows.order_by("pair")[:MOST_WANTED]]


def _read(newest: int) -> Reading:
    answered = _answered(playable())
    week, day = _recent()
    pool = _pool(answered)
    return Reading(
        pool=pool,
        competitors=competitors(),
        strengths=strengths.by_system(),
        wanted=_wanted(),
        targets=_targets(pool),
        week=week,
        day=day,
        judges=_judges(),
        components=_components(),
        newest=newest,
        database=str(connection.settings_dict["NAME"]),
        read_at=time.monotonic(),
    )


def _with_newer(reading: Reading, newest: int) -> Reading:
    """Add the responses that came since."""
    known = {system: reading.pool.keys(bits) for system, bits in reading.pool.answered.items()}
    came = _answered(playable().filter(pk__gt=reading.newest))
    if not came:
        return replace(reading, newest=newest)
    pool = _pool({system: [*known.get(system, ()), *came.get(system, ())] for system in {*known, *came}})
    # Whose first answers they are may be new as well.
    return replace(reading, pool=pool, competitors=competitors(), targets=_targets(pool), newest=newest)


def _answered(responses: QuerySet[Response]) -> dict[int, list[int]]:
    rows = responses.order_by().values_list("system_id").annotate(prompts=ArrayAgg("prompt_id"))
    return dict(rows)


def _pool(answered: Mapping[int, Iterable[int]]) -> Pool:
    wanted = sorted({prompt for prompts in answered.values() for prompt in prompts})
    rows = Prompt.objects.filter(pk__in=wanted).values_list(
        "pk", "task_id", "level_id", "language_id", "answer_language_id"
    )
    cells: dict[int, Cell] = {}
    spoken: dict[Languages, int] = {}
    places = {prompt: 1 << place for place, prompt in enumerate(wanted)}
    for prompt, task, level, language, answer_language in rows:
        cells[prompt] = (task, level, language)
        both = (language, answer_language)
        spoken[both] = spoken.get(both, 0) | places[prompt]
    return Pool(
        prompts=tuple(wanted),
        cells=cells,
        languages=spoken,
        answered={
            system: sum(places[prompt] for prompt in set(prompts)) for system, prompts in answered.items()
        },
    )


def _targets(pool: Pool) -> dict[Cell, float]:
    """A cell's share goes with the square root of its prompts (J107)."""
    return {cell: math.sqrt(number) for cell, number in Counter(pool.cells.values()).items()}


def _recent() -> tuple[dict[Systems, int], dict[Systems, int]]:
    spent = (Ballot.State.SKIPPED, Ballot.State.EXPIRED, Ballot.State.VOID)
    rows = (
        Ballot.objects.filter(issued_at__gt=Now() - WEEK, purpose=Purpose.NORMAL)
        .exclude(state__in=spent)
        .values_list(
            "pair__system_a_id",
            "pair__system_b_id",
            ExpressionWrapper(Q(issued_at__gt=Now() - DAY), output_field=BooleanField()),
        )
        .annotate(times=Count("pk"))
    )
    week: Counter[Systems] = Counter()
    day: Counter[Systems] = Counter()
    for one, other, today, times in rows:
        week[one, other] += times
        if today:
            day[one, other] += times
    return dict(week), dict(day)


def _judges() -> frozenset[int]:
    cast = Ballot.objects.filter(issued_at__gt=Now() - WEEK, purpose=Purpose.NORMAL, state=Ballot.State.VOTED)
    return frozenset(cast.order_by().values_list("annotator", flat=True).distinct())


def _components() -> tuple[Mapping[int, int], ...]:
    rows = PairTally.objects.filter(counted__gt=0).values_list(
        "systems__system_a_id", "systems__system_b_id", "level_id", "language_id"
    )
    slices: dict[tuple[str, int | None], list[Systems]] = {("all", None): []}
    for one, other, level, language in rows.distinct():
        for name in (("all", None), ("level", level), ("language", language)):
            slices.setdefault(name, []).append((one, other))
    return tuple(graphs.components(pairs) for pairs in slices.values())
