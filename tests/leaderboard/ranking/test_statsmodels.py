"""Standard errors over votes, people and prompts: those of statsmodels' clustered logit, frozen (K26)."""

import json
from pathlib import Path

import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, clusters, variance
from leaderboard.ranking.reading import Row, from_rows

OUTCOMES = {1.0: "a", 0.0: "b", 0.5: "tie"}


@pytest.fixture(scope="module")
def golden():
    return json.loads((Path(__file__).parent / "golden" / "clustered.json").read_text())


@pytest.fixture(scope="module")
def comparisons(golden):
    rows = [
        Row(f"s{a}", f"s{b}", OUTCOMES[points], f"p{person:03}", f"q{prompt:03}")
        for a, b, points, person, prompt in golden["votes"]
    ]
    return from_rows(rows)


@pytest.fixture(scope="module")
def fitted(comparisons):
    return bradley_terry.fit(bradley_terry.scores(comparisons), alpha=0)


def test_strengths_are_those_of_the_plain_logit(golden, fitted):
    assert fitted.theta - fitted.theta.mean() == pytest.approx(golden["strengths"], abs=1e-9)


def test_errors_of_single_votes_are_those_of_the_sandwich(golden, comparisons, fitted):
    covariance = variance.by_vote(comparisons, fitted, alpha=0, least=0)

    assert np.sqrt(np.diag(covariance)) == pytest.approx(golden["errors"]["vote"], abs=1e-6)


@pytest.mark.parametrize("kind", ["annotator", "prompt", "both"])
def test_errors_over_clusters_are_those_of_the_clustered_logit(golden, comparisons, fitted, kind):
    # More than 200 people and prompts: the closed form, and variances well above the floor.
    covariance = clusters.covariance(comparisons, fitted, alpha=0, clusters=kind).covariance

    assert np.sqrt(np.diag(covariance)) == pytest.approx(golden["errors"][kind], abs=1e-6)
