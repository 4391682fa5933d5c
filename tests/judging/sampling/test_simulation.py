"""Twelve systems of known strength (J116): what `coverage` needs for the widths that `uniform` gets."""

from itertools import combinations
from random import Random

import numpy as np

from judging.sampling import pairs
from judging.sampling.chances import draw
from judging.sampling.pairs import Candidate, Counts, Strength
from judging.sampling.placing import Settled, placing

VOTES, EVERY = 5000, 250
LOGIT = 400 / np.log(10)
TRUE = dict(enumerate(1000 + 60 * (np.arange(12) - 5.5)))
CANDIDATES = [Candidate(system, system, 1) for system in TRUE]


def fit(wins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bradley–Terry by Newton's method, with a weak pull to the middle; ratings and half-widths in Elo."""
    n, size = wins + wins.T, len(wins)
    theta = np.zeros(size)
    for _ in range(30):
        chance = 1 / (1 + np.exp(theta[None, :] - theta[:, None]))
        gradient = (wins - n * chance).sum(axis=1) - 0.01 * theta
        spread = n * chance * (1 - chance)
        information = np.diag(spread.sum(axis=1) + 0.01) - spread
        theta = theta + np.linalg.solve(information, gradient)
    centred = np.eye(size) - 1 / size
    covariance = centred @ np.linalg.inv(information) @ centred
    return 1000 + LOGIT * theta, 1.96 * LOGIT * np.sqrt(np.diag(covariance))


def simulate(rule: str, seed: int) -> tuple[list[float], dict[int, int]]:
    """Mean half-width after every 250 votes, and the votes of each system."""
    rng = Random(seed)
    wins = np.zeros((len(TRUE), len(TRUE)))
    met = dict.fromkeys(combinations(sorted(TRUE), 2), 0)
    strengths: dict[int, Strength] = {}
    widths = []
    for number in range(1, VOTES + 1):
        new = placing(
            sorted(TRUE),
            counted=met,
            met=met,
            ratings={s: x.rating for s, x in strengths.items()},
            settled=Settled(),
        )
        counts = Counts(met=met, strengths=strengths, placing=new)
        eligible = pairs.eligible(CANDIDATES, counts=counts)
        one, other = draw(pairs.chances(eligible, counts, rule=rule, floor=0.1), rng)
        won = rng.random() < 1 / (1 + 10 ** ((TRUE[other] - TRUE[one]) / 400))
        wins[(one, other) if won else (other, one)] += 1
        met[one, other] += 1
        if number % EVERY == 0:
            ratings, halves = fit(wins)
            strengths = {system: Strength(ratings[system], halves[system]) for system in TRUE}
            widths.append(float(halves.mean()))
    votes = {system: sum(times for pair, times in met.items() if system in pair) for system in TRUE}
    return widths, votes


def test_coverage_needs_no_more_votes_than_uniform_and_starves_nobody():
    even, _ = simulate("uniform", seed=1)
    careful, votes = simulate("coverage", seed=1)

    needed = EVERY * next(place for place, width in enumerate(careful, start=1) if width <= even[-1])
    fair = 2 * VOTES / len(TRUE)
    assert needed <= VOTES
    assert min(votes.values()) >= fair / 2
