"""What the pages and the API show of boards, snapshots and systems."""

from django.db.models import Aggregate, Count, F, FloatField, OuterRef, Prefetch, Q, QuerySet, Subquery

from inference.models import Response, System
from leaderboard.models import Board, HeadToHead, Snapshot, Standing
from leaderboard.selectors.pairs import turned


class Median(Aggregate):
    """The middle of a column, as PostgreSQL interpolates it."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def shown() -> QuerySet[Board]:
    """Select the public boards, slices included, in their order, with what defines them."""
    public = Board.objects.filter(active=True, visibility=Board.Visibility.PUBLIC)
    return public.select_related("criterion", "domain", "task", "level", "language")


def whole() -> QuerySet[Board]:
    """Select the public boards that read all votes on a criterion."""
    return shown().filter(domain=None, task=None, level=None, language=None, listeners=Board.Listeners.ALL)


def current(board: Board) -> Snapshot | None:
    """Find the snapshot that everybody sees now, with its lines; None: the board has none yet."""
    return published().filter(board=board).order_by("-number").first()


def published() -> QuerySet[Snapshot]:
    """Select snapshots with seal and standings (best first, unrated last), systems included.

    Two queries, however many systems there are.
    """
    best_first = (F("rating").desc(nulls_last=True), "system__slug")
    standings = Standing.objects.select_related("system__model").order_by(*best_first)
    return Snapshot.objects.select_related(
        "seal",
        "corrects",
        "board__criterion",
        "board__domain",
        "board__task",
        "board__level",
        "board__language",
    ).prefetch_related(Prefetch("standings", queryset=standings))


def past(board: Board, *, most: int = 60) -> list[Snapshot]:
    """List a board's last snapshots with their lines, the oldest first."""
    return list(published().filter(board=board).order_by("-number")[:most])[::-1]


def public_systems() -> QuerySet[System]:
    """Select the systems that have a page: the live and the retired ones, with model and languages."""
    shown = [System.State.LIVE, System.State.RETIRED]
    return System.objects.filter(state__in=shown).select_related("model").prefetch_related("languages")


def listed_systems() -> QuerySet[System]:
    """Select the public systems by name, each with `answered`: to how many prompts it has an answer."""
    answers = Count("responses__prompt", filter=Q(responses__state=Response.State.OK), distinct=True)
    return public_systems().annotate(answered=answers).order_by("model__name", "version", "voice", "slug")


def standings_of(system: System) -> list[Standing]:
    """List a system's lines in the current snapshots, by board."""
    newest = Snapshot.objects.filter(board=OuterRef("snapshot__board")).order_by("-number").values("pk")[:1]
    lines = system.standings.filter(snapshot=Subquery(newest), snapshot__board__in=shown())
    boards = [f"snapshot__board__{name}" for name in ("criterion", "domain", "task", "level", "language")]
    return list(lines.select_related("system__model", *boards).order_by("snapshot__board__position", "pk"))


def first_sounds() -> dict[int, float]:
    """Give each system's median time until the first sound, in milliseconds, by key; those measured only."""
    heard = Response.objects.filter(first_audio_ms__isnull=False, state=Response.State.OK)
    rows = heard.values_list("system").annotate(median=Median("first_audio_ms"))
    return dict(rows)


def pairs_elsewhere(one: System, other: System) -> list[HeadToHead]:
    """List how two systems stand to each other on all current public boards, the whole ones first."""
    newest = Snapshot.objects.filter(board=OuterRef("snapshot__board")).order_by("-number").values("pk")[:1]
    found = HeadToHead.objects.filter(
        snapshot=Subquery(newest),
        snapshot__board__in=shown(),
        system_a=min(one, other, key=lambda system: system.pk),
        system_b=max(one, other, key=lambda system: system.pk),
    ).select_related("snapshot__board", "system_a__model", "system_b__model")
    return [
        turned(pair, one.pk) for pair in found.order_by("snapshot__board__position", "snapshot__board__slug")
    ]
