"""Weights, probabilities, and a draw by them: pure, and the same for the same generator."""

import math
from collections.abc import Hashable, Mapping
from random import Random
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Ordered = TypeVar("Ordered", int, tuple[int, int])


def draw(chances: Mapping[Ordered, float], rng: Random) -> Ordered:
    """Draw one in proportion; the same chances and the same generator give the same one."""
    ordered = sorted(chances)
    return rng.choices(ordered, weights=[chances[key] for key in ordered])[0]


def floored(weights: Mapping[Key, float], floor: float) -> dict[Key, float]:
    """Turn weights into probabilities, of which a share is spread evenly (J105); all zero is even."""
    total = math.fsum(weights.values())
    even = 1 / len(weights)
    if total <= 0:
        return dict.fromkeys(weights, even)
    # Rounding may lift a sum of shares above one by a bit, and more than one is no probability.
    return {key: min(1.0, (1 - floor) * weight / total + floor * even) for key, weight in weights.items()}
