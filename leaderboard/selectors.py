"""Reads: what a board is computed from, and what its pages and the API show."""

import hashlib
import hmac
from collections import Counter

from django.conf import settings
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from inference.models import Response, System
from judging import selectors as judged
from judging.models import Seal
from leaderboard.models import Board, HeadToHead, Snapshot, Standing
from leaderboard.ranking.reading import Row

_MIRRORED = {"a": "b", "b": "a"}


def rows(seal: Seal, *, criterion: str) -> list[Row]:
    """List the votes that count as of a seal in the ranking library's words: what stood left comes first.

    Systems go by slug (fixed once they are frozen), people and prompts by key: a name that changes would
    change the digests of old snapshots.
    """
    slugs = dict(System.objects.values_list("pk", "slug"))
    made = []
    for vote in judged.comparisons(seal, criterion=criterion):
        first, second, outcome = slugs[vote.system_a], slugs[vote.system_b], vote.answer
        if vote.left == "b":
            first, second, outcome = second, first, _MIRRORED.get(outcome, outcome)
        made.append(
            Row(
                first,
                second,
                outcome,
                annotator=str(vote.annotator),
                prompt=str(vote.prompt),
                time=vote.cast_at.timestamp(),
            )
        )
    return made


def boards() -> QuerySet[Board]:
    """List the boards that are shown, in their order, with the criterion."""
    return Board.objects.filter(active=True).select_related("criterion")


def current(board: Board) -> Snapshot | None:
    """Find the snapshot that everybody sees now, with its lines; None: the board has none yet."""
    return published().filter(board=board).order_by("-number").first()


def published() -> QuerySet[Snapshot]:
    """Select snapshots with seal, standings (best first, unrated last) and head-to-heads, systems included.

    Three queries, however many systems there are.
    """
    best_first = (F("rating").desc(nulls_last=True), "system__slug")
    standings = Standing.objects.select_related("system__model").order_by(*best_first)
    meetings = HeadToHead.objects.select_related("system_a", "system_b").order_by("system_a", "system_b")
    return Snapshot.objects.select_related("seal", "board__criterion").prefetch_related(
        Prefetch("standings", queryset=standings),
        Prefetch("head_to_heads", queryset=meetings),
    )


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
    lines = system.standings.filter(snapshot=Subquery(newest), snapshot__board__active=True)
    return list(lines.select_related("snapshot__board").order_by("snapshot__board__position"))


def matrices(snapshot: Snapshot) -> list[dict[str, str | int]]:
    """Count a snapshot's votes by pseudonymous annotator, pair and answer: what ranking needs, and no clip.

    The pseudonyms are this snapshot's alone: nobody can be followed from one to the next.
    """
    slugs = dict(System.objects.values_list("pk", "slug"))
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for vote in judged.comparisons(snapshot.seal, criterion=snapshot.board.criterion.slug):
        mark = f"snapshot {snapshot.pk} annotator {vote.annotator}"
        person = hmac.new(settings.SECRET_KEY.encode(), mark.encode(), hashlib.sha256).hexdigest()[:12]
        counted[person, slugs[vote.system_a], slugs[vote.system_b], vote.answer] += 1
    keys = sorted({key[:3] for key in counted})
    return [
        {"annotator": person, "system_a": a, "system_b": b}
        | {answer: counted[person, a, b, answer] for answer in ("a", "b", "tie", "both_bad")}
        for person, a, b in keys
    ]
