"""What a rating run comes to: one frozen result, and the bytes that stand for it."""

import json
import operator
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

# Differences between machines and thread counts are near 1e-12 Elo; a millionth hides them and nothing else.
DECIMALS: Final = 6

IntervalUnit = Literal["both", "annotators", "prompts", "votes", "orders", "none"]
Status = Literal["provisional", "established"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One system's line.

    Attributes:
        rating: on the Elo scale; None: votes do not connect it with the systems that are rated.
        low, high: the 95 % interval; None: fewer than 30 counted votes, or 10 people who cast them.
        bootstrap_low, bootstrap_high: the same by resampling; None: no interval, or nothing was resampled.
        rank_low, rank_high: best and worst rank that the votes leave open among the systems that have an
            interval; None: without one, or by a method that does not rank.
        expected_score: points that it can expect from a vote against an average other one, 0 to 1.
        acceptable, acceptable_low, acceptable_high: the share of its answers that are acceptable at all, with
            its 95 % interval over annotators; None: no vote, or one person.
        effective_votes: how many votes of equal weight would be worth as much.
        votes: all votes on it, also those that the method leaves out.
        annotators: different people among them.
        settled: the interval stays narrow enough for "established" however often one looks.
        component: group of systems that votes connect; 0 is the one that is rated.
        prior_driven: no finite maximum-likelihood rating exists (undefeated, say): pseudo-votes made it so.
    """

    system: str
    rating: float | None
    low: float | None
    high: float | None
    bootstrap_low: float | None
    bootstrap_high: float | None
    rank_low: int | None
    rank_high: int | None
    expected_score: float | None
    acceptable: float | None
    acceptable_low: float | None
    acceptable_high: float | None
    votes: int
    effective_votes: float
    wins: int
    losses: int
    ties: int
    both_bad: int
    annotators: int
    status: Status
    settled: bool
    component: int
    prior_driven: bool


@dataclass(frozen=True, kw_only=True)
class HeadToHead:
    """Two systems that met or can be told apart, system_a first by name.

    Attributes:
        a_expected: the share of points that a can expect by the ratings; None: not both are rated.
        difference: a's rating less b's; None: not both have an interval, or the method does not rank.
        difference_low, difference_high: its own 95 % interval; those of the two systems do not give it (K13).
        different: told apart with all other pairs in view, which is what rank ranges count (K14).
        settled: told apart however often one looks (K15).
    """

    system_a: str
    system_b: str
    a_wins: int
    b_wins: int
    ties: int
    both_bad: int
    a_expected: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    different: bool
    settled: bool


@dataclass(frozen=True, kw_only=True)
class Result:
    """One computation of a board: what came out, from what, and how.

    Attributes:
        parameters: everything but the seed that the numbers depend on.
        interval_unit: what hangs together within the votes: both annotators and prompts; annotators alone
            (too few prompts: the intervals hold for these prompts); prompts alone (nobody said who judged);
            votes (nothing: taken as independent, the intervals are too narrow). Or orders: what was
            reshuffled; none: fewer than ten people judged, and no system has an interval.
        degrees_of_freedom: of Student's distribution behind the intervals; None: the normal one.
        standings: the best first, those without a rating last.
        head_to_head: the pairs that met or both have an interval, by name.
        votes: all votes given; left_out of them are ties and both-bad that the method does not use.
        largest_share: the share of votes by the busiest person, between 0 and 1.
        connected: every system with a counted vote is in one group.
        maximum_exists: plain maximum-likelihood ratings exist for the rated systems.
        iterations: Newton steps; 0 where the method has none.
        design_effect: median over systems of the variance over that if votes were independent; None where
            they are taken so.
        bootstrap_unit: what was resampled beside; None: nothing.
        bootstrap_ratio: median over systems of the bootstrap's half-width over the published one.
    """

    method: str
    method_version: int
    seed: int
    parameters: Mapping[str, float | str]
    interval_unit: IntervalUnit
    degrees_of_freedom: int | None
    standings: tuple[Standing, ...]
    head_to_head: tuple[HeadToHead, ...]
    votes: int
    left_out: int
    annotators: int
    prompts: int
    largest_share: float
    connected: bool
    converged: bool
    maximum_exists: bool
    iterations: int
    design_effect: float | None
    bootstrap_unit: Literal["annotators", "votes"] | None
    bootstrap_ratio: float | None


def canonical_bytes(result: Result) -> bytes:
    """Write a result as JSON, equal byte by byte wherever the same votes are rated with the same seed.

    Numbers are rounded to a millionth, keys sorted, standings in order of name. Newton steps are left out.
    """
    fields = asdict(result)
    del fields["iterations"]
    fields["standings"] = sorted(fields["standings"], key=operator.itemgetter("system"))
    return json.dumps(rounded(fields), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def rounded(value: Any) -> Any:
    """Round every number in a structure to a millionth."""
    if isinstance(value, float):
        # Adding zero turns -0.0 into 0.0.
        return round(value, DECIMALS) + 0.0
    if isinstance(value, Mapping):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value
