"""Turn what was computed into rows: a snapshot, its lines and its pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from inference.models import System
from judging.models import Seal
from leaderboard.models import Board, HeadToHead, Snapshot, Standing
from leaderboard.ranking.board import METHOD_VERSION
from leaderboard.ranking.paper import Parts
from leaderboard.ranking.result import DECIMALS, Result
from leaderboard.ranking.result import HeadToHead as Meeting
from leaderboard.ranking.result import Standing as Line
from leaderboard.services import cards, changes, code, paper_tables, strengths
from leaderboard.services.computing import Computed

_BATCH: Final = 5000
_SAME: Final = (
    "rating",
    "low",
    "high",
    "bootstrap_low",
    "bootstrap_high",
    "expected_score",
    "acceptable",
    "acceptable_low",
    "acceptable_high",
    "effective_votes",
)
_COUNTS: Final = (
    "votes",
    "annotators",
    "wins",
    "losses",
    "ties",
    "both_bad",
    "component",
    "prior_driven",
)


@dataclass(frozen=True, kw_only=True)
class Build:
    """What the snapshots of one build share; `about`: what prompts are about."""

    key: UUID
    seal: Seal
    seed: int
    facts: cards.Facts
    about: Parts
    systems: Mapping[str, System]


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Why a snapshot replaces an earlier one that was wrong."""

    of: Snapshot
    note_en: str
    note_zh_hans: str


def publish(
    board: Board,
    computed: Computed,
    *,
    build: Build,
    sensitivity: Mapping[str, Any],
    correction: Correction | None = None,
) -> Snapshot:
    """Store a snapshot under the board's next number. The caller holds the board's lock."""
    before = Snapshot.objects.filter(board=board).order_by("-number").first()
    snapshot = _head(board, computed, build)
    snapshot.number = before.number + 1 if before else 1
    snapshot.sensitivity = dict(sensitivity)
    if correction:
        snapshot.corrects = correction.of
        snapshot.note_en, snapshot.note_zh_hans = correction.note_en, correction.note_zh_hans
    snapshot.card = cards.card(snapshot, computed, build.facts)
    lines = _lines(snapshot, computed.result, build.systems) if computed.result else {}
    snapshot.moved = changes.between(before, snapshot, lines)
    snapshot.save(force_insert=True)
    if computed.result:
        Standing.objects.bulk_create(lines.values())
        pairs = (_pair(snapshot, met, build.systems) for met in computed.result.head_to_head)
        HeadToHead.objects.bulk_create(pairs, batch_size=_BATCH)
        strengths.hand_down(snapshot)
    return snapshot


def _head(board: Board, computed: Computed, build: Build) -> Snapshot:
    comparisons, result = computed.comparisons, computed.result
    excluded = sum(times for (of, _), times in build.facts.excluded.items() if of == board.criterion.slug)
    return Snapshot(
        board=board,
        build=build.key,
        seal=build.seal,
        method=board.method,
        method_version=METHOD_VERSION,
        parameters=(dict(result.parameters) if result else {}) | _weights(computed),
        seed=build.seed,
        code_version=code.version(),
        votes_sha256=computed.votes_sha256,
        result_sha256=computed.result_sha256,
        tables=paper_tables.of(board, comparisons, build.about),
        votes=len(comparisons),
        annotators=len(comparisons.annotators),
        prompts=len(comparisons.prompts),
        excluded=excluded,
        interval_unit=result.interval_unit if result else "",
        design_effect=_rounded(result.design_effect) if result else None,
        largest_share=_rounded(result.largest_share) if result else None,
        connected=result.connected if result else True,
        converged=result.converged if result else True,
    )


def _weights(computed: Computed) -> dict[str, Any]:
    """Say by which rules votes weigh; where all weigh alike there is nothing to say."""
    return {} if computed.earning.proven is None else computed.earning.parameters


def _lines(snapshot: Snapshot, result: Result, systems: Mapping[str, System]) -> dict[str, Standing]:
    # A slice that does not hold together ranks nobody (D67); a whole board ranks its largest group (K6).
    ranks = result.converged and (result.connected or not snapshot.board.sliced)
    return {
        line.system: _line(snapshot, line, systems[line.system], ranks=ranks) for line in result.standings
    }


def _line(snapshot: Snapshot, line: Line, system: System, *, ranks: bool) -> Standing:
    sure = line.status == "established" and line.votes >= snapshot.board.minimum_votes
    ranked = ranks and sure and line.rank_low is not None
    return Standing(
        snapshot=snapshot,
        system=system,
        rank_low=line.rank_low if ranked else None,
        rank_high=line.rank_high if ranked else None,
        status=_status(system, sure=sure, settled=line.settled),
        **{name: _rounded(getattr(line, name)) for name in _SAME},
        **{name: getattr(line, name) for name in _COUNTS},
    )


def _status(system: System, *, sure: bool, settled: bool) -> Standing.Status:
    if system.state == System.State.RETIRED:
        return Standing.Status.RETIRED
    if not sure:
        return Standing.Status.PROVISIONAL
    return Standing.Status.SETTLED if settled else Standing.Status.ESTABLISHED


def _pair(snapshot: Snapshot, met: Meeting, systems: Mapping[str, System]) -> HeadToHead:
    one, other = systems[met.system_a], systems[met.system_b]
    values: dict[str, Any] = {"ties": met.ties, "both_bad": met.both_bad}
    values |= {"different": met.different, "settled": met.settled}
    difference, low, high = met.difference, met.difference_low, met.difference_high
    expected, won, lost = met.a_expected, met.a_wins, met.b_wins
    # The ranking orders systems by name, the table by key.
    if one.pk > other.pk:
        one, other, won, lost = other, one, lost, won
        difference, low, high = _negative(difference), _negative(high), _negative(low)
        expected = None if expected is None else 1 - expected
    return HeadToHead(
        snapshot=snapshot,
        system_a=one,
        system_b=other,
        a_wins=won,
        b_wins=lost,
        a_expected=_rounded(expected),
        difference=_rounded(difference),
        difference_low=_rounded(low),
        difference_high=_rounded(high),
        **values,
    )


def _negative(number: float | None) -> float | None:
    return None if number is None else -number


def _rounded(number: float | None) -> float | None:
    """Publish the digits that the digest covers, and no others."""
    return None if number is None else round(number, DECIMALS)
