"""Rate every system of a board: one signature for every method."""

from typing import Final

import numpy as np

from leaderboard.ranking import bradley_terry, graph
from leaderboard.ranking.arrays import Ids
from leaderboard.ranking.bradley_terry import Ties
from leaderboard.ranking.comparisons import BOTH_BAD, TIE, A, B, Comparisons
from leaderboard.ranking.errors import NoVotes, RankingError
from leaderboard.ranking.methods import INTERVAL_VOTES, LEVEL, METHODS, Estimate, Method, Task
from leaderboard.ranking.result import DECIMALS, HeadToHead, Result, Standing, Status

# Raised with every change that can move a published number.
METHOD_VERSION: Final = 2
# A standing is established from here on (K16).
ESTABLISHED_VOTES: Final = 100
ESTABLISHED_ANNOTATORS: Final = 10
ESTABLISHED_HALF_WIDTH: Final = 30.0
# One resample has no spread.
_FEWEST_RESAMPLES: Final = 2


def rate(
    comparisons: Comparisons,
    *,
    method: str = "bradley-terry",
    seed: int = 0,
    resamples: int | None = None,
    alpha: float = 1.0,
    ties: Ties | None = None,
) -> Result:
    """Rate the systems that votes connect, with 95 % intervals and rank ranges; list the others.

    Args:
        comparisons: every vote of the board, and every system that it should list.
        method: one of methods.METHODS.
        seed: of all that is random; the same seed and votes give the same canonical bytes.
        resamples: at least 2; refits for Bradley–Terry (None: 1000), orders for online Elo (None: 100).
        alpha: pseudo-votes of each system against the average; online Elo has none.
        ties: "half" counts a tie or both-bad as half a point each, "drop" leaves them out. None: half for
            Bradley–Terry, drop for online Elo, which is the papers' forced choice.

    Raises:
        NoVotes: nothing is left to rate.
        NotConverged: alpha is 0 and the votes, or a resample of them, have no maximum.
        NotFinite: alpha is negative or not finite.
        RankingError: no such method, or fewer than 2 resamples.
    """
    if method not in METHODS:
        raise RankingError(f"no method {method!r}; there are {', '.join(METHODS)}")
    chosen = METHODS[method]
    resamples = chosen.resamples if resamples is None else resamples
    if resamples < _FEWEST_RESAMPLES:
        raise RankingError(f"at least {_FEWEST_RESAMPLES} resamples are needed")
    ties = ties or chosen.ties
    used = comparisons if ties == "half" else comparisons.where(comparisons.outcome < TIE)
    if not len(used):
        raise NoVotes("no vote that the method can use")
    met = used.counts.sum(axis=2) > 0
    component = graph.components(met, votes=used.votes_per_system)
    task = Task(used=used, component=component, seed=seed, resamples=resamples, alpha=alpha)
    return _result(
        comparisons, task, chosen.estimate(task), method=method, parameters=_parameters(chosen, task, ties)
    )


def _parameters(method: Method, task: Task, ties: Ties) -> dict[str, float | str]:
    usual = dict(method.constants)
    if "alpha" in usual:
        usual["alpha"] = float(task.alpha)
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
    return Result(
        method=method,
        method_version=METHOD_VERSION,
        seed=task.seed,
        parameters=parameters,
        interval_unit=estimate.unit,
        degrees_of_freedom=estimate.degrees_of_freedom,
        standings=_standings(comparisons, task, estimate),
        head_to_head=_head_to_head(comparisons),
        votes=len(comparisons),
        left_out=len(comparisons) - len(task.used),
        annotators=len(comparisons.annotators),
        prompts=len(comparisons.prompts),
        largest_share=float(np.bincount(comparisons.annotator).max() / len(comparisons)),
        connected=bool((task.component[counted > 0] == 0).all()),
        converged=True,
        maximum_exists=not graph.strong_components(beats, votes=counted[largest]).any(),
        iterations=estimate.iterations,
        design_effect=estimate.design_effect,
    )


def _standings(comparisons: Comparisons, task: Task, estimate: Estimate) -> tuple[Standing, ...]:
    tally = _tally(comparisons)
    people, judged_by = comparisons.annotators_per_system, task.used.annotators_per_system
    counted = task.used.votes_per_system
    place = np.cumsum(estimate.rated) - 1
    best, worst = estimate.ranges or (None, None)
    standings = []
    for index, system in enumerate(comparisons.systems):
        at = int(place[index]) if estimate.rated[index] else None
        half_width = None if at is None or counted[index] < INTERVAL_VOTES else float(estimate.half_width[at])
        rating = None if at is None else float(estimate.rating[at])
        standings.append(
            Standing(
                system=system,
                rating=rating,
                low=None if rating is None or half_width is None else rating - half_width,
                high=None if rating is None or half_width is None else rating + half_width,
                rank_low=None if at is None or best is None else int(best[at]),
                rank_high=None if at is None or worst is None else int(worst[at]),
                votes=int(tally[index].sum()),
                wins=int(tally[index, 0]),
                losses=int(tally[index, 1]),
                ties=int(tally[index, 2]),
                both_bad=int(tally[index, 3]),
                annotators=int(people[index]),
                status=_status(int(counted[index]), int(judged_by[index]), half_width),
                component=int(task.component[index]),
                prior_driven=at is not None and bool(estimate.prior_driven[at]),
            )
        )
    return tuple(sorted(standings, key=_best_first))


def _tally(comparisons: Comparisons) -> Ids:
    """Count wins, losses, ties and both-bad of each system: shape (systems, 4)."""
    as_first, as_second = comparisons.counts.sum(axis=1), comparisons.counts.sum(axis=0)
    return np.asarray(as_first + as_second[:, [B, A, TIE, BOTH_BAD]])


def _status(votes: int, annotators: int, half_width: float | None) -> Status:
    enough = votes >= ESTABLISHED_VOTES and annotators >= ESTABLISHED_ANNOTATORS
    narrow = half_width is not None and half_width <= ESTABLISHED_HALF_WIDTH
    return "established" if enough and narrow else "provisional"


def _best_first(standing: Standing) -> tuple[bool, float, str]:
    rating = standing.rating
    return rating is None, 0.0 if rating is None else -round(rating, DECIMALS), standing.system


def _head_to_head(comparisons: Comparisons) -> tuple[HeadToHead, ...]:
    counts = comparisons.counts
    return tuple(
        HeadToHead(
            system_a=comparisons.systems[i],
            system_b=comparisons.systems[j],
            a_wins=int(counts[i, j, A]),
            b_wins=int(counts[i, j, B]),
            ties=int(counts[i, j, TIE]),
            both_bad=int(counts[i, j, BOTH_BAD]),
        )
        for i, j in np.argwhere(counts.sum(axis=2) > 0).tolist()
    )
