"""Shares with their number of cases and their intervals; too few cases show nothing (J118, J119)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

# Source: J119.
FEWEST_CASES = 10
# Two-sided 95 % of the normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """So many of so many, with a 95 % interval.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """

    hits: int
    cases: int

    @property
    def value(self) -> float:
        """The share itself; 0 where there are no cases."""
        return self.hits / self.cases if self.cases else 0.0

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self._centre() - self._half_width()

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self._centre() + self._half_width()

    @property
    def is_shown(self) -> bool:
        """Whether there are enough cases to show it, or to use it for anything."""
        return self.cases >= FEWEST_CASES

    def _centre(self) -> float:
        if not self.cases:
            return 0.5
        return (self.hits + Z**2 / 2) / (self.cases + Z**2)

    def _half_width(self) -> float:
        if not self.cases:
            return 0.5
        inside = self.hits * (self.cases - self.hits) / self.cases + Z**2 / 4
        return Z * math.sqrt(inside) / (self.cases + Z**2)


def share(outcomes: Iterable[bool]) -> Share:
    """Count what is true among all."""
    seen = list(outcomes)
    return Share(sum(seen), len(seen))
