"""Snapshots: a board computed as of a seal, published once, and computed again by whoever doubts it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inference.models import System
from judging import selectors as judged
from judging.models import Seal
from judging.services import seals
from leaderboard import selectors
from leaderboard.models import Board, HeadToHead, Snapshot, Standing
from leaderboard.ranking import reading
from leaderboard.ranking.board import METHOD_VERSION, rate
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.result import DECIMALS, Result, canonical_bytes
from leaderboard.ranking.result import HeadToHead as Meeting
from leaderboard.services import code, strengths

# What a board without a usable vote comes to.
_NOTHING: Final = b"null"
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


@dataclass(frozen=True, kw_only=True)
class _Computed:
    comparisons: Comparisons
    result: Result | None
    canonical: bytes


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


def build_all(boards: QuerySet[Board] | None = None) -> list[Snapshot]:
    """Seal what waits, and publish those of the boards (None: the active ones) that lack the newest seal.

    All are computed first and then published in one transaction: where one fails, its error is raised and no
    board moves (judging J96).
    """
    seals.seal()
    seal = Seal.objects.order_by("-number").first()
    if seal is None:
        return []
    chosen = selectors.boards() if boards is None else boards.select_related("criterion")
    seed = seed_of(seal)
    waiting = [
        (board, _figures(board, seal=seal, seed=seed)) for board in chosen.exclude(snapshots__seal=seal)
    ]
    with transaction.atomic():
        # By key, whatever their order on the page, so that two builders never wait for each other.
        keys = [board.pk for board, _ in waiting]
        list(Board.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
        return [_publish(board, computed, seal=seal, seed=seed) for board, computed in waiting]


def seed_of(seal: Seal) -> int:
    """Give the seed that goes with a seal: the head of its digest, so that nobody picks one that pleases."""
    return int(seal.digest[:8], 16)


def build(board: Board, *, seal: Seal, seed: int) -> Snapshot:
    """Compute a board as of a seal and publish it under its next number.

    A board for which no vote counts (any more) is published empty.
    Where there is a snapshot of this seal or of a later one by then, that one is returned
    and nothing is published.
    """
    return _publish(board, _figures(board, seal=seal, seed=seed), seal=seal, seed=seed)


def _figures(board: Board, *, seal: Seal, seed: int) -> _Computed:
    options = (
        {"resamples": settings.BOOTSTRAP_RESAMPLES} if board.method == Board.Method.BRADLEY_TERRY else {}
    )
    return _compute(seal, criterion=board.criterion.slug, method=board.method, seed=seed, options=options)


def rebuild(snapshot: Snapshot) -> Rebuilt:
    """Compute a snapshot again from its seal, method, parameters and seed, and compare the digests."""
    options = {name: snapshot.parameters[name] for name in _OPTIONS if name in snapshot.parameters}
    computed = _compute(
        snapshot.seal,
        criterion=snapshot.board.criterion.slug,
        method=snapshot.method,
        seed=snapshot.seed,
        options=options,
    )
    votes, result = computed.comparisons.sha256(), hashlib.sha256(computed.canonical).hexdigest()
    return Rebuilt(
        result=computed.canonical,
        votes_sha256=votes,
        result_sha256=result,
        equal=(votes, result) == (snapshot.votes_sha256, snapshot.result_sha256),
    )


def _compute(seal: Seal, *, criterion: str, method: str, seed: int, options: Mapping[str, Any]) -> _Computed:
    comparisons = reading.from_rows(selectors.rows(seal, criterion=criterion))
    try:
        result = rate(comparisons, method=method, seed=seed, **options)
    except NoVotes:
        return _Computed(comparisons=comparisons, result=None, canonical=_NOTHING)
    return _Computed(comparisons=comparisons, result=result, canonical=canonical_bytes(result))


@transaction.atomic
def _publish(board: Board, computed: _Computed, *, seal: Seal, seed: int) -> Snapshot:
    # Two builders of one board take turns here, so that each finds the number after the other's.
    Board.objects.select_for_update(no_key=True).get(pk=board.pk)
    # A slow builder neither doubles a snapshot nor sets the board back to an older seal.
    there = Snapshot.objects.filter(board=board, seal__number__gte=seal.number).order_by("seal__number")
    if found := there.first():
        return found
    last = Snapshot.objects.filter(board=board).order_by("-number").first()
    comparisons, result = computed.comparisons, computed.result
    snapshot = Snapshot.objects.create(
        board=board,
        number=last.number + 1 if last else 1,
        seal=seal,
        method=board.method,
        method_version=METHOD_VERSION,
        parameters=dict(result.parameters) if result else {},
        seed=seed,
        code_version=code.version(),
        votes_sha256=comparisons.sha256(),
        result_sha256=hashlib.sha256(computed.canonical).hexdigest(),
        votes=len(comparisons),
        annotators=len(comparisons.annotators),
        prompts=len(comparisons.prompts),
        excluded=judged.excluded_count(seal, criterion=board.criterion.slug),
        interval_unit=result.interval_unit if result else "",
        design_effect=_rounded(result.design_effect) if result else None,
        largest_share=_rounded(result.largest_share) if result else None,
        connected=result.connected if result else True,
        converged=result.converged if result else True,
    )
    if result:
        _publish_lines(snapshot, result)
    strengths.hand_down(snapshot)
    return snapshot


def _publish_lines(snapshot: Snapshot, result: Result) -> None:
    systems = System.objects.in_bulk([line.system for line in result.standings], field_name="slug")
    Standing.objects.bulk_create(
        Standing(
            snapshot=snapshot,
            system=systems[line.system],
            rating=_rounded(line.rating),
            low=_rounded(line.low),
            high=_rounded(line.high),
            rank_low=line.rank_low,
            rank_high=line.rank_high,
            votes=line.votes,
            wins=line.wins,
            losses=line.losses,
            ties=line.ties,
            both_bad=line.both_bad,
            status=line.status,
            component=line.component,
            prior_driven=line.prior_driven,
        )
        for line in result.standings
    )
    HeadToHead.objects.bulk_create(_head_to_head(snapshot, met, systems) for met in result.head_to_head)


def _head_to_head(snapshot: Snapshot, met: Meeting, systems: Mapping[str, System]) -> HeadToHead:
    sides = [(systems[met.system_a], met.a_wins), (systems[met.system_b], met.b_wins)]
    # The ranking orders systems by name, the table by key.
    (one, won), (other, lost) = sorted(sides, key=lambda side: side[0].pk)
    return HeadToHead(
        snapshot=snapshot,
        system_a=one,
        system_b=other,
        a_wins=won,
        b_wins=lost,
        ties=met.ties,
        both_bad=met.both_bad,
    )


def _rounded(number: float | None) -> float | None:
    """Publish the digits that the digest covers, and no others."""
    return None if number is None else round(number, DECIMALS)
