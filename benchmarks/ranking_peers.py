"""What others do with the same votes; each raises ImportError with the command that installs it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.ranking_votes import arena, named, names


def evalica(votes: int, systems: int) -> Callable[[], np.ndarray]:
    """Bradley–Terry by evalica, from names; no interval."""
    package = _imported("evalica", "evalica")
    kinds = {"a": package.Winner.X, "b": package.Winner.Y}
    first, second, outcomes = named(arena(votes, systems), systems)
    winners = [kinds.get(outcome, package.Winner.Draw) for outcome in outcomes]

    def work() -> np.ndarray:
        found = package.bradley_terry(first, second, winners, tolerance=1e-6, limit=100_000)
        return _elo(np.log(found.scores.reindex(names("s", systems)).to_numpy()))

    return work


def choix(votes: int, systems: int) -> Callable[[], np.ndarray]:
    """Bradley–Terry by choix, from a matrix of wins that it is handed; no interval."""
    package = _imported("choix", "choix")
    ids = arena(votes, systems)
    points = np.array([1.0, 0.0, 0.5, 0.5])[ids["outcome"]]
    wins = np.zeros((systems, systems))
    np.add.at(wins, (ids["a"], ids["b"]), points)
    np.add.at(wins, (ids["b"], ids["a"]), 1 - points)
    return lambda: _elo(package.ilsr_pairwise_dense(wins))


def arena_rank(votes: int, systems: int) -> Callable[[], np.ndarray]:
    """Bradley–Terry with the sandwich interval by arena-rank, from a data frame."""
    models = _imported("arena_rank.models.bradley_terry", "arena-rank")
    data = _imported("arena_rank.utils.data_utils", "arena-rank")
    frame = _frame(votes, systems)

    def work() -> np.ndarray:
        dataset = data.PairDataset.from_pandas(frame)
        found = models.BradleyTerry(n_competitors=len(dataset.competitors)).compute_ratings_and_cis(dataset)
        rating = dict(zip(found["competitors"], np.asarray(found["ratings"]), strict=True))
        return np.array([rating[name] for name in names("s", systems)])

    return work


def fastchat(votes: int, systems: int) -> Callable[[], np.ndarray]:
    """Bradley–Terry as FastChat publishes it, from a data frame; no interval.

    Written anew: the package itself asks for torch. Votes twice, a tie once for either side, scikit-learn's
    logistic regression on a dense matrix.
    """
    linear = _imported("sklearn.linear_model", "scikit-learn")
    frame = _frame(votes, systems)

    def work() -> np.ndarray:
        place = {name: index for index, name in enumerate(names("s", systems))}
        first, second = (frame[side].map(place).to_numpy() for side in ("model_a", "model_b"))
        design = np.zeros((2 * votes, systems))
        rows = np.arange(votes)
        for half in (rows, rows + votes):
            design[half, first], design[half, second] = np.log(10), -np.log(10)
        won = (frame["winner"] == "model_a").to_numpy()
        tied = frame["winner"].str.startswith("tie").to_numpy()
        fitted = linear.LogisticRegression(fit_intercept=False).fit(design, np.r_[won | tied, won])
        return np.asarray(400 * fitted.coef_[0] + 1000)

    return work


def _frame(votes: int, systems: int) -> Any:
    first, second, outcomes = named(arena(votes, systems), systems)
    words = {"a": "model_a", "b": "model_b", "tie": "tie", "both_bad": "tie (bothbad)"}
    pandas = _imported("pandas", "pandas")
    winners = [words[outcome] for outcome in outcomes]
    return pandas.DataFrame({"model_a": first, "model_b": second, "winner": winners})


def _elo(strengths: np.ndarray) -> np.ndarray:
    return 1000 + 400 / np.log(10) * (strengths - strengths.mean())


def _imported(module: str, install: str) -> Any:
    try:
        return __import__(module, fromlist=["_"])
    except ImportError as error:
        raise ImportError(f"not installed; pip install {install}") from error


PEERS: dict[str, Callable[[int, int], Callable[[], object]]] = {
    "evalica: from names, no interval": evalica,
    "choix: from counts, no interval": choix,
    "arena-rank: intervals, from a data frame": arena_rank,
    "FastChat's method, written anew: from a data frame, no interval": fastchat,
}
