"""What a rating run comes to: one frozen result, and the bytes that stand for it."""

import json
import operator
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

# Differences between machines and thread counts are near 1e-12 Elo; a millionth hides them and nothing else.
DECIMALS: Final = 6

IntervalUnit = Literal["annotators", "votes", "orders"]
Status = Literal["provisional", "established"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One system's line.

    Attributes:
        rating: on the Elo scale; None: votes do not connect it with the systems that are rated.
        low, high: the 95 % interval; None: fewer than 30 counted votes.
        rank_low, rank_high: best and worst rank that the votes leave open; None: not rated, or by a method
            that does not rank.
        votes: all votes on it, also those that the method leaves out.
        annotators: different people among them.
        component: group of systems that votes connect; 0 is the one that is rated.
        prior_driven: no finite maximum-likelihood rating exists (undefeated, say): pseudo-votes made it so.
    """

    system: str
    rating: float | None
    low: float | None
    high: float | None
    rank_low: int | None
    rank_high: int | None
    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    annotators: int
    status: Status
    component: int
    prior_driven: bool


@dataclass(frozen=True, kw_only=True)
class HeadToHead:
    """How two systems that met fared against each other; system_a comes first by name."""

    system_a: str
    system_b: str
    a_wins: int
    b_wins: int
    ties: int
    both_bad: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """One computation of a board: what came out, from what, and how.

    Attributes:
        parameters: everything but the seed that the numbers depend on.
        interval_unit: what was resampled or reshuffled: annotators, votes (too few annotators; the intervals
            take votes as independent and are too narrow) or orders.
        degrees_of_freedom: of Student's distribution behind the intervals; None: the normal one.
        standings: the best first, those without a rating last.
        head_to_head: the pairs that met, by name.
        votes: all votes given; left_out of them are ties and both-bad that the method does not use.
        largest_share: the share of votes by the busiest person, between 0 and 1.
        connected: every system with a counted vote is in one group.
        maximum_exists: plain maximum-likelihood ratings exist for the rated systems.
        iterations: Newton steps; 0 where the method has none.
        design_effect: median over systems of the variance by annotators over that if votes were independent;
            None where votes were resampled.
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


def canonical_bytes(result: Result) -> bytes:
    """Write a result as JSON, equal byte by byte wherever the same votes are rated with the same seed.

    Numbers are rounded to a millionth, keys sorted, standings in order of name. Newton steps are left out.
    """
    fields = asdict(result)
    del fields["iterations"]
    fields["standings"] = sorted(fields["standings"], key=operator.itemgetter("system"))
    return json.dumps(_rounded(fields), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        # Adding zero turns -0.0 into 0.0.
        return round(value, DECIMALS) + 0.0
    if isinstance(value, Mapping):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    return value
