"""Attack simulated boards over the real rating code: what attackers gain, who is caught (X6 to X9)."""

import os

# Before NumPy: one thread is faster here, and the same for everybody.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import expit

from leaderboard.ranking import earned, fragility, influence, reference, rings
from leaderboard.ranking.bradley_terry import fit, ratings, scores
from leaderboard.ranking.comparisons import Comparisons, from_ids

SYSTEMS = 12
# 300 Elo from the best to the worst, and honest people who stray by 0.5: as in the project's prototype.
SPREAD = 300 / 400 * np.log(10)
TASTE = 0.5
HONEST, EACH, PANEL = 40, 100, 20
# Attackers recognise a system by its voice so often.
RECOGNISED = 0.95
LEVEL = 0.05
PROBATION = 50
TARGET = SYSTEMS // 2


@dataclass(frozen=True)
class Attack:
    """So many accounts with so many votes each, who raise one system in every vote or only in its own."""

    name: str
    accounts: int
    votes: int
    everywhere: bool
    # Largest gain in Elo that X6 allows.
    allowed: float


ATTACKS = (
    Attack("10 × 100, omnipresent", 10, 100, everywhere=True, allowed=5),
    Attack("10 × 100, target only", 10, 100, everywhere=False, allowed=25),
    Attack("3 × 100, omnipresent", 3, 100, everywhere=True, allowed=2),
    Attack("3 × 100, target only", 3, 100, everywhere=False, allowed=12),
    Attack("20 × 20", 20, 20, everywhere=True, allowed=0),
    Attack("50 × 20", 50, 20, everywhere=True, allowed=0),
)


def board(attack: Attack, rng: np.random.Generator) -> tuple[Comparisons, np.ndarray, np.ndarray]:
    """Votes of honest people and attackers; who is on the panel, and who attacks: (annotators,)."""
    strength = np.linspace(SPREAD / 2, -SPREAD / 2, SYSTEMS)
    people = HONEST + attack.accounts
    taste = rng.normal(0, TASTE, (people, SYSTEMS))
    who = np.concatenate(
        [np.repeat(np.arange(HONEST), EACH), np.repeat(np.arange(HONEST, people), attack.votes)]
    )
    a, b = _pairs(len(who), rng)
    liking = strength + taste[who]
    rows = np.arange(len(who))
    chance = expit(liking[rows, a] - liking[rows, b])
    won = rng.random(len(who)) < chance
    tie = rng.random(len(who)) < 0.2
    outcome = np.where(tie, 2, np.where(won, 0, 1))
    attacks = who >= HONEST
    known = attacks & (rng.random(len(who)) < RECOGNISED)
    outcome = np.where(known & (a == TARGET), 0, np.where(known & (b == TARGET), 1, outcome))
    if attack.everywhere:
        # In other pairs the one that stands higher than the target is voted down.
        other = known & (a != TARGET) & (b != TARGET)
        outcome = np.where(other, np.where(strength[a] > strength[b], 1, 0), outcome)
    span = rng.random(len(who)) * 86_400 * np.where(attacks, 3, 60)
    comparisons = _comparisons(a, b, outcome, who, span, people)
    return comparisons, np.arange(people) < PANEL, np.arange(people) >= HONEST


def _pairs(rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    one = rng.integers(0, SYSTEMS, rows)
    other = (one + rng.integers(1, SYSTEMS, rows)) % SYSTEMS
    return np.minimum(one, other), np.maximum(one, other)


def _comparisons(
    a: np.ndarray, b: np.ndarray, outcome: np.ndarray, who: np.ndarray, when: np.ndarray, people: int
) -> Comparisons:
    rows = len(who)
    ids = {"a": a, "b": b, "outcome": outcome, "annotator": who, "prompt": np.zeros(rows, dtype=np.int64)}
    ids |= {"weight": np.ones(rows), "time": when, "heard": np.zeros(rows, dtype=np.int64)}
    names = [str(number).zfill(4) for number in range(people)]
    return from_ids(ids, systems=[f"{n:02}" for n in range(SYSTEMS)], annotators=names, prompts=["p"])


def rating(comparisons: Comparisons) -> float:
    """The target's rating."""
    return float(ratings(fit(scores(comparisons)).theta)[TARGET])


def defended(comparisons: Comparisons, panel: np.ndarray, *, cap: float) -> tuple[Comparisons, np.ndarray]:
    """What counts after probation, test, rings and cap; and who was flagged: shape (annotators,)."""
    votes = np.bincount(comparisons.annotator, minlength=len(panel))
    proven = panel | (votes >= PROBATION)
    found = reference.against_panel(comparisons, panel)
    flagged = np.asarray(found.flagged(level=LEVEL).any(axis=1))
    for ring in rings.sweep(comparisons, found):
        flagged[list(ring.people)] = True
    flagged &= ~panel
    kept = comparisons.where((proven & ~flagged)[comparisons.annotator])
    trusted = panel[np.array([int(name) for name in kept.annotators])][kept.annotator]
    weight = earned.capped(kept.a, kept.b, trusted, systems=SYSTEMS, cap=cap)
    return _reweighed(kept, weight), flagged


def _reweighed(comparisons: Comparisons, weight: np.ndarray) -> Comparisons:
    return replace(comparisons, weight=weight).where(weight > 0)


def simulate(attack: Attack, seeds: int, *, cap: float) -> dict[str, object]:
    """Gain of the target with and without the defence, and the shares of flags."""
    raw, left, honest, caught = [], [], [], []
    for seed in range(seeds):
        comparisons, panel, bad = board(attack, np.random.default_rng(seed))
        clean = comparisons.where(~bad[comparisons.annotator])
        base, _ = defended(clean, panel[:HONEST], cap=cap)
        kept, flagged = defended(comparisons, panel, cap=cap)
        raw.append(rating(comparisons) - rating(clean))
        left.append(rating(kept) - rating(base))
        honest.append(flagged[PANEL:HONEST].mean())
        caught.append(flagged[bad].mean())
    gain = float(np.mean(left))
    return {
        "attack": attack.name,
        "gain without": round(float(np.mean(raw)), 1),
        "gain": round(gain, 1),
        "allowed": attack.allowed,
        "met": round(gain, 1) <= attack.allowed,
        "caught": round(float(np.mean(caught)), 2),
        "honest flagged": round(float(np.mean(honest)), 3),
    }


def bounds(seeds: int) -> dict[str, object]:
    """X8 and X9 on honest boards."""
    quiet = Attack("none", 0, 0, everywhere=False, allowed=0)
    points, ranks, shares = [], [], []
    for seed in range(seeds):
        comparisons, _, _ = board(quiet, np.random.default_rng(seed))
        fitted = fit(scores(comparisons))
        alone = influence.leave_out_each(comparisons, fitted, alpha=1.0)
        points.append(alone.points.max())
        ranks.append(alone.ranks.max())
        shares.append(fragility.fewest_votes(comparisons, fitted, alpha=1.0).share or 0.5)
    return {
        "largest influence, mean": round(float(np.mean(points)), 1),
        "largest influence, worst": round(float(np.max(points)), 1),
        "largest rank influence": int(np.max(ranks)),
        "smallest share that changes the first place, median": round(float(np.median(shares)), 4),
        "boards that show a tie": float(np.mean(np.array(shares) < fragility.TIE_BELOW)),
    }


def main() -> None:
    """Simulate and print; keep the figures with --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    began = time.perf_counter()
    found = {
        f"cap {cap}": [simulate(attack, given.seeds, cap=cap) for attack in ATTACKS] for cap in (1.0, 0.1)
    }
    longer = [
        simulate(Attack(f"10 × {votes}, {name}", 10, votes, everywhere, 0), given.seeds, cap=1.0)
        for votes, everywhere, name in ((200, False, "target only"), (400, False, "target only"))
    ]
    result: dict[str, object] = {"X6": found, "X7": longer, "X8, X9": bounds(min(given.seeds, 20))}
    result["seconds"] = round(time.perf_counter() - began, 1)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
