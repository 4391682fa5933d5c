"""Make clustered.json: votes, and what statsmodels' logit says about them. Needs NumPy and statsmodels 0.15.

python tests/leaderboard/ranking/golden/clustered.py > tests/leaderboard/ranking/golden/clustered.json
"""

import json
import sys

import numpy as np
import statsmodels
import statsmodels.api as sm

SYSTEMS, VOTES, PEOPLE, PROMPTS = 5, 1200, 205, 210


def drawn():
    """Draw votes by people and on prompts that each favour some systems."""
    rng = np.random.default_rng(11)
    theta = np.linspace(0.8, -0.8, SYSTEMS)
    tastes = rng.normal(size=(PEOPLE, SYSTEMS)) * 1.2
    favours = rng.normal(size=(PROMPTS, SYSTEMS)) * 1.2
    person = np.r_[np.arange(PEOPLE), rng.integers(0, PEOPLE, VOTES - PEOPLE)]
    prompt = np.r_[np.arange(PROMPTS), rng.integers(0, PROMPTS, VOTES - PROMPTS)]
    a = rng.integers(0, SYSTEMS, VOTES)
    b = (a + rng.integers(1, SYSTEMS, VOTES)) % SYSTEMS
    merit = theta + tastes[person] + favours[prompt]
    votes = np.arange(VOTES)
    won = rng.random(VOTES) < 1 / (1 + np.exp(merit[votes, b] - merit[votes, a]))
    points = np.where(rng.random(VOTES) < 0.2, 0.5, np.where(won, 1.0, 0.0))
    return a, b, points, person, prompt


def centred(covariance):
    """Put back the system that was left out, and take out the mean: standard errors, shape (systems,)."""
    whole = np.zeros((SYSTEMS, SYSTEMS))
    whole[1:, 1:] = covariance
    middle = np.eye(SYSTEMS) - 1 / SYSTEMS
    return np.sqrt(np.diag(middle @ whole @ middle))


def main():
    """Print votes, strengths and standard errors."""
    a, b, points, person, prompt = drawn()
    design = np.zeros((VOTES, SYSTEMS))
    design[np.arange(VOTES), a], design[np.arange(VOTES), b] = 1, -1
    model = sm.GLM(points, design[:, 1:], family=sm.families.Binomial())

    def covariance(groups):
        kind = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
        return model.fit(tol=1e-13, maxiter=100, **kind).cov_params() * few(groups)

    def few(groups):
        number = len(np.unique(groups))
        return number / (number - 1)

    fitted = model.fit(tol=1e-13, maxiter=100)
    strengths = np.r_[0, fitted.params]
    cells = person * PROMPTS + prompt
    by_person, by_prompt = covariance(person), covariance(prompt)
    both = by_person + by_prompt - covariance(cells) / few(cells)
    by_vote = model.fit(tol=1e-13, maxiter=100, cov_type="HC0").cov_params()
    json.dump(
        {
            "made_by": f"statsmodels {statsmodels.__version__}",
            "votes": [
                list(row)
                for row in zip(*(one.tolist() for one in (a, b, points, person, prompt)), strict=True)
            ],
            "strengths": (strengths - strengths.mean()).tolist(),
            "errors": {
                "vote": centred(by_vote).tolist(),
                "annotator": centred(by_person).tolist(),
                "prompt": centred(by_prompt).tolist(),
                "both": centred(both).tolist(),
            },
        },
        sys.stdout,
        separators=(",", ":"),
    )
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
