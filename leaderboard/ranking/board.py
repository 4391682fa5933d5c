"""Rate every system of a board: one signature for every method."""

from typing import Final

import numpy as np

from leaderboard.ranking import bradley_terry, graph, meetings, standings
from leaderboard.ranking.bradley_terry import Ties
from leaderboard.ranking.comparisons import TIE, Comparisons
from leaderboard.ranking.errors import NoVotes, RankingError
from leaderboard.ranking.intervals import LEVEL, Chosen, Uncertainty
from leaderboard.ranking.methods import METHODS, Estimate, Method, Task
from leaderboard.ranking.result import Result
from leaderboard.ranking.standings import ESTABLISHED_ANNOTATORS, ESTABLISHED_HALF_WIDTH, ESTABLISHED_VOTES

__all__ = [
    "ESTABLISHED_ANNOTATORS",
    "ESTABLISHED_HALF_WIDTH",
    "ESTABLISHED_VOTES",
    "METHOD_VERSION",
    "rate",
]

# Raised with every change that can move a published number.
METHOD_VERSION: Final = 6
# One resample has no spread.
_FEWEST_RESAMPLES: Final = 2


def rate(  # noqa: PLR0913 -- one signature for every method
    comparisons: Comparisons,
    *,
    method: str = "bradley-terry",
    seed: int = 0,
    resamples: int | None = None,
    alpha: float = 1.0,
    ties: Ties | None = None,
    clusters: Chosen = "auto",
) -> Result:
    """Rate the systems that votes connect, with 95 % intervals and rank ranges; list the others.

    Args:
        comparisons: every vote of the board, and every system that it should list.
        method: one of methods.METHODS.
        seed: of all that is random; the same seed and votes give the same canonical bytes.
        resamples: at least 2; refits for Bradley–Terry (None: 1000; 0: none), orders for online Elo (None:
            100); Davidson's model has none.
        alpha: pseudo-votes of each system against the average; online Elo has none.
        ties: "half" counts a tie or both-bad as half a point each, "drop" leaves them out, "model" is
            Davidson's. None: half for Bradley–Terry, drop for online Elo, the papers' forced choice.
        clusters: what the intervals take to hang together; "auto": people and prompts, where there are at
            least ten of each.

    Raises:
        NoVotes: nothing is left to rate.
        NotConverged: alpha is 0 and the votes, or a resample of them, have no maximum.
        NotFinite: alpha is negative or not finite.
        RankingError: no such method, a seed below 0, one resample, ties that the method cannot treat so, or
            clusters of which there is only one.
    """
    if method not in METHODS:
        raise RankingError(f"no method {method!r}; there are {', '.join(METHODS)}")
    if seed < 0:
        raise RankingError("a seed is not below 0")
    chosen = METHODS[method]
    ties = ties or chosen.ties
    if (ties == "model") != (chosen.ties == "model"):
        raise RankingError("ties are modelled by Davidson's model, and only there")
    resamples = chosen.resamples if resamples is None or not chosen.resamples else resamples
    if resamples < _FEWEST_RESAMPLES and (resamples or method == "online-elo"):
        raise RankingError(f"at least {_FEWEST_RESAMPLES} resamples are needed")
    used = comparisons.where(comparisons.outcome < TIE) if ties == "drop" else comparisons
    if not len(used):
        raise NoVotes("no vote that the method can use")
    met = used.counts.sum(axis=2) > 0
    component = graph.components(met, votes=used.votes_per_system)
    task = Task(
        used=used, component=component, seed=seed, resamples=resamples, alpha=alpha, clusters=clusters
    )
    return _result(
        comparisons, task, chosen.estimate(task), method=method, parameters=_parameters(chosen, task, ties)
    )


def _parameters(method: Method, task: Task, ties: Ties) -> dict[str, float | str]:
    usual: dict[str, float | str] = dict(method.constants)
    if "alpha" in usual:
        usual["alpha"] = float(task.alpha)
        usual["clusters"] = task.clusters
    return {"ties": ties, "resamples": task.resamples, "level": LEVEL, **usual}


def _result(
    comparisons: Comparisons,
    task: Task,
    estimate: Estimate,
    *,
    method: str,
    parameters: dict[str, float | str],
) -> Result:
    largest = task.component == 0
    beats = bradley_terry.scores(task.used.among(largest)) > 0
    counted = task.used.votes_per_system
    found = estimate.uncertainty
    return Result(
        method=method,
        method_version=METHOD_VERSION,
        seed=task.seed,
        parameters=parameters,
        interval_unit=estimate.unit,
        degrees_of_freedom=found.degrees_of_freedom if found else None,
        standings=standings.lines(comparisons, task, estimate),
        head_to_head=meetings.pairs(comparisons, task, estimate),
        votes=len(comparisons),
        left_out=len(comparisons) - len(task.used),
        annotators=len(comparisons.annotators),
        prompts=len(comparisons.prompts),
        largest_share=float(np.bincount(comparisons.annotator).max() / len(comparisons)),
        connected=bool((task.component[counted > 0] == 0).all()),
        converged=True,
        maximum_exists=not graph.strong_components(beats, votes=counted[largest]).any(),
        iterations=estimate.iterations,
        design_effect=found.design_effect if found else None,
        bootstrap_unit=found.resampled_unit if found else None,
        bootstrap_ratio=_bootstrap_ratio(found),
    )


def _bootstrap_ratio(found: Uncertainty | None) -> float | None:
    if found is None or found.resampled is None:
        return None
    return float(np.median(found.resampled / found.half_width))
