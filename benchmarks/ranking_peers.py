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
    """Bradley–Terry by FastChat's logistic regression, from a data frame; no interval."""
    package = _imported("fastchat.serve.monitor.elo_analysis", "fschat scikit-learn plotly")
    frame = _frame(votes, systems)
    return lambda: np.asarray(package.compute_elo_mle_with_tie(frame).reindex(names("s", systems)))


def fastchat_elo(votes: int, systems: int) -> Callable[[], object]:
    """Online Elo by FastChat, once."""
    package = _imported("fastchat.serve.monitor.elo_analysis", "fschat scikit-learn plotly")
    frame = _frame(votes, systems)

    def work() -> None:
        package.compute_elo(frame, K=32)

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
    "FastChat: from a data frame, no interval": fastchat,
    "FastChat: online Elo once": fastchat_elo,
}
