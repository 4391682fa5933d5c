"""Snapshots: boards computed as of a seal, published once, and computed again by whoever doubts it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inference.models import System
from judging.models import Seal
from judging.services import seals
from leaderboard.models import Board, Snapshot
from leaderboard.selectors import votes
from leaderboard.services import boards, cards, computing, kept, paper_tables, publishing, sensitivity
from leaderboard.services.publishing import Build, Correction

_READ: Final = ("criterion", "domain", "task", "level", "language")
# What a snapshot's parameters give back to the method; the others are constants of the code.
_OPTIONS: Final = ("resamples", "alpha", "ties", "clusters")


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """A snapshot computed a second time.

    Attributes:
        result: the canonical bytes that came out now.
        votes_sha256, result_sha256: digests of what went in and came out now.
        equal: both digests are the published ones.
    """

    result: bytes
    votes_sha256: str
    result_sha256: str
    equal: bool


def build_due(now: datetime | None = None) -> list[Snapshot]:
    """Publish all boards anew where it is time; the sweeper's chore.

    It is time when `SNAPSHOT_SECONDS` have passed since the last snapshot of any board (or there is none yet)
    and votes, exclusions or lifts wait. All boards move at one moment, so that no number about votes changes
    between (judging J96).

    Args:
        now: None: the present moment.

    Returns:
        The new snapshots; empty where it is not time or nothing is new.
    """
    newest = Snapshot.objects.order_by("-created_at").first()
    if newest and (now or timezone.now()) - newest.created_at < timedelta(seconds=settings.SNAPSHOT_SECONDS):
        return []
    return build_all()


def build_all(chosen: QuerySet[Board] | None = None) -> list[Snapshot]:
    """Seal what waits, and publish those of the boards (None: the active ones) that lack the newest seal.

    Votes are read once for all boards. All are computed first and then published in one transaction: where
    one fails, its error is raised and no board moves (judging J96). With None, slices that somebody has
    judged by now get boards of their own.
    """
    seals.seal()
    seal = Seal.objects.order_by("-number").first()
    wanted = Board.objects.filter(active=True) if chosen is None else chosen
    if seal is None or not wanted.exclude(snapshots__seal=seal).exists():
        return []
    counted = kept.read(seal)
    if chosen is None:
        boards.provide(counted)
    lacking = wanted.exclude(snapshots__seal=seal).select_related(*_READ).order_by("position", "slug")
    begun = set(Snapshot.objects.values_list("board", flat=True).distinct())
    # A criterion that nobody has judged yet has no board to show.
    waiting = [board for board in lacking if board.pk in begun or counted.holds(board.criterion)]
    return _build(waiting, counted, seal=seal, seed=seed_of(seal))


def seed_of(seal: Seal) -> int:
    """Give the seed that goes with a seal: the head of its digest, so that nobody picks one that pleases."""
    return int(seal.digest[:8], 16)


def build(board: Board, *, seal: Seal, seed: int, correction: Correction | None = None) -> Snapshot:
    """Compute a board as of a seal and publish it under its next number.

    A board for which no vote counts (any more) is published empty.
    Where there is a snapshot of this seal or of a later one by then, that one is returned
    and nothing is published.
    """
    counted = kept.read(seal)
    return _build([board], counted, seal=seal, seed=seed, correction=correction)[0]


def rebuild(snapshot: Snapshot) -> Rebuilt:
    """Compute a snapshot again from its seal, method, parameters and seed, and compare the digests.

    Every vote is read from the database, whatever a build keeps in a file.
    """
    board = snapshot.board
    computed = computing.compute(
        votes.read(snapshot.seal, criteria=[board.criterion]),
        board,
        method=snapshot.method,
        seed=snapshot.seed,
        given={name: snapshot.parameters[name] for name in _OPTIONS if name in snapshot.parameters},
    )
    now = (computed.votes_sha256, computed.result_sha256)
    return Rebuilt(
        result=computed.canonical,
        votes_sha256=now[0],
        result_sha256=now[1],
        equal=now == (snapshot.votes_sha256, snapshot.result_sha256),
    )


def _build(
    waiting: Iterable[Board],
    counted: votes.Counted,
    *,
    seal: Seal,
    seed: int,
    correction: Correction | None = None,
) -> list[Snapshot]:
    computed = []
    for board in waiting:
        given = computing.options(board)
        found = computing.compute(counted, board, method=board.method, seed=seed, given=given)
        computed.append((board, found, _doubts(board, found)))
    shared = Build(
        key=uuid.uuid4(),
        seal=seal,
        seed=seed,
        facts=cards.facts(seal, counted),
        about=paper_tables.parts(),
        systems=System.objects.in_bulk(field_name="slug"),
    )
    with transaction.atomic():
        # By key, whatever their order on the page, so that two builders never wait for each other.
        keys = [board.pk for board, _, _ in computed]
        list(Board.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
        return [_published(*one, build=shared, correction=correction) for one in computed]


def _doubts(board: Board, computed: computing.Computed) -> dict[str, Any]:
    whole = board.method == Board.Method.BRADLEY_TERRY and not board.sliced
    return sensitivity.of(computed) if whole else {}


def _published(
    board: Board,
    computed: computing.Computed,
    doubts: dict[str, Any],
    *,
    build: Build,
    correction: Correction | None,
) -> Snapshot:
    # A slow builder neither doubles a snapshot nor sets the board back to an older seal.
    newer = Snapshot.objects.filter(board=board, seal__number__gte=build.seal.number)
    if found := newer.order_by("seal__number").first():
        return found
    return publishing.publish(board, computed, build=build, sensitivity=doubts, correction=correction)
