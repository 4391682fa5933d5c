"""Who was heard how much, against a fair share (J110).

What everybody may see is counted from sealed votes, so that no number moves between two snapshots (J96).
Moderators see the ballots of this moment.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.models import Language, Level, System, Task
from inference.models.wording import in_language
from judging.models import Ballot, Purpose, Seal, SealedItem
from judging.sampling.prompts import Cell
from judging.sampling.shares import share
from judging.services import pools

Key = TypeVar("Key", bound=Hashable)
DAYS: Final = (7, 28)
_SPENT = (Ballot.State.SKIPPED, Ballot.State.EXPIRED, Ballot.State.VOID)


class Line(NamedTuple):
    """One that is heard, and its shares: of each period in DAYS (None where nothing was), and the target."""

    name: str
    actual: tuple[float | None, ...]
    target: float


class Part(NamedTuple):
    """What the whole is shared among."""

    slug: str
    title: str
    lines: list[Line]


class Sealed(NamedTuple):
    """The public parts, and the moment that they are of; None before the first snapshot."""

    at: datetime | None
    parts: list[Part]


def public() -> Sealed:
    """Give the shares of systems and owners among the votes up to the last seal."""
    seal = Seal.objects.order_by("number").last()
    judged = list(
        System.objects.filter(state__in=pools.JUDGED)
        .exclude(label=System.Label.DEMONSTRATION)
        .select_related("model__team")
        .order_by("slug")
    )
    heard = [_heard(_sealed(seal, days)) if seal else {} for days in DAYS]
    names = {system.pk: _named(system) for system in judged}
    owners = {system.pk: _owner(system) for system in judged}
    even = dict.fromkeys(names, 1.0)
    parts = [
        _part("system", gettext("System"), names, heard, even),
        _part("owner", gettext("Owner"), owners, heard, even),
    ]
    return Sealed(seal.at if seal else None, parts)


def inner() -> list[Part]:
    """Give the shares of tasks, levels, languages and sides among the ballots of this moment."""
    counted = [_cells(days) for days in DAYS]
    tasks = {each.pk: in_language(each, "name") for each in Task.objects.all()}
    levels = {each.pk: in_language(each, "name") for each in Level.objects.all()}
    languages = {each.pk: in_language(each, "name") for each in Language.objects.all()}
    parts = [
        _cells_by(0, "task", gettext("Task"), tasks, counted),
        _cells_by(1, "level", gettext("Level"), levels, counted),
        _cells_by(2, "language", gettext("Language"), languages, counted),
    ]
    return [*parts, *_sides()]


def _cells_by(
    place: int, slug: str, title: str, names: Mapping[int, str], counted: Sequence[Mapping[Cell, int]]
) -> Part:
    """Add cells up by what stands at one place of their keys; their targets are the sampling's (J107)."""
    targets = pools.current().targets
    cells = set(targets).union(*counted)
    named = {cell: names.get(cell[place] or 0, gettext("none")) for cell in cells}
    return _part(slug, title, named, counted, targets)


def _part(
    slug: str,
    title: str,
    names: Mapping[Key, str],
    heard: Sequence[Mapping[Key, int]],
    targets: Mapping[Key, float],
) -> Part:
    """Add up what has one name, and compare it with the sum of the targets under that name."""
    periods: list[Counter[str]] = [Counter() for _ in heard]
    wanted: dict[str, float] = {}
    for key, name in names.items():
        wanted[name] = wanted.get(name, 0.0) + targets.get(key, 0.0)
        for period, times in zip(periods, heard, strict=True):
            period[name] += times.get(key, 0)
    whole = sum(wanted.values())
    lines = [
        Line(
            name,
            tuple(share(period[name], sum(period.values())) for period in periods),
            share(target, whole) or 0.0,
        )
        for name, target in sorted(wanted.items())
    ]
    return Part(slug, title, lines)


def _sealed(seal: Seal, days: int) -> QuerySet[Ballot]:
    """Select the normal ballots whose vote this seal or an earlier one holds."""
    sealed = SealedItem.objects.filter(kind=SealedItem.Kind.VOTE, key=OuterRef("votes__pk"))
    since = seal.at - timedelta(days=days)
    rows = Ballot.objects.filter(purpose=Purpose.NORMAL, issued_at__gt=since, votes__supersedes=None)
    return rows.filter(Exists(sealed.filter(seal__number__lte=seal.number)))


def _now(days: int) -> QuerySet[Ballot]:
    rows = Ballot.objects.filter(purpose=Purpose.NORMAL, issued_at__gt=Now() - timedelta(days=days))
    return rows.exclude(state__in=_SPENT)


def _heard(ballots: QuerySet[Ballot]) -> dict[int, int]:
    """Count the times that each system was heard."""
    heard: Counter[int] = Counter()
    rows = (
        ballots.order_by().values_list("pair__system_a_id", "pair__system_b_id").annotate(times=Count("pk"))
    )
    for one, other, times in rows:
        heard[one] += times
        heard[other] += times
    return dict(heard)


def _cells(days: int) -> dict[Cell, int]:
    names = ("pair__prompt__task_id", "pair__prompt__level_id", "pair__prompt__language_id")
    rows = _now(days).order_by().values_list(*names).annotate(times=Count("pk"))
    return {(task, level, language): times for task, level, language, times in rows}


def _sides() -> list[Part]:
    """Compare how often the two of a pair, in the order of their keys, were left, and first."""
    words = {"a": gettext("the earlier system of a pair"), "b": gettext("the later one")}
    lefts, firsts = [], []
    for days in DAYS:
        left: Counter[str] = Counter()
        first: Counter[str] = Counter()
        sides = _now(days).order_by().values_list("left", "first")
        for side, started, times in sides.annotate(times=Count("pk")):
            left[side] += times
            first[side if started == "left" else "ab"[side == "a"]] += times
        lefts.append(left)
        firsts.append(first)
    even = dict.fromkeys(words, 1.0)
    return [
        _part("left", gettext("On the left"), words, lefts, even),
        _part("first", gettext("Played first"), words, firsts, even),
    ]


def _named(system: System) -> str:
    return f"{system.display_name} · {system.shown_voice}" if system.shown_voice else system.display_name


def _owner(system: System) -> str:
    if system.state == System.State.CODENAMED:
        return gettext("Codenamed systems")
    return system.model.team.name if system.model.team else gettext("This site")
