"""Where things stand in a picture: pure functions from numbers to per cents of its width."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# Room at both ends, so that a dot or a label at the very end is whole.
MARGIN: Final = 4.0
# An axis shows at least this much, so that a thousandth of an Elo does not look like a gulf.
_NARROWEST: Final = 40.0
_MOST_TICKS: Final = 5
_STEPS: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """A straight axis from `low` to `high` over the width between the margins."""

    low: float
    high: float

    def at(self, value: float) -> str:
        """Give the place of a value as an SVG length, such as `31.25%`."""
        return per_cent(MARGIN + (100 - 2 * MARGIN) * (value - self.low) / (self.high - self.low))

    def share(self, value: float) -> float:
        """Give the place of a value as a share of the width, margins included: 0 to 1."""
        return (MARGIN + (100 - 2 * MARGIN) * (value - self.low) / (self.high - self.low)) / 100

    def ticks(self) -> list[float]:
        """List at most five round values on the axis, evenly spaced."""
        step = _round_up((self.high - self.low) / _MOST_TICKS)
        first = math.ceil(self.low / step)
        last = math.floor(self.high / step)
        return [number * step for number in range(first, last + 1)]


def scale_over(values: Iterable[float]) -> Scale:
    """Fit a scale around values; a narrow set of them is widened about its middle.

    Raises:
        ValueError: there is no value.
    """
    known = list(values)
    low, high = min(known), max(known)
    lacking = max(0.0, _NARROWEST - (high - low)) / 2
    return Scale(low - lacking, high + lacking)


def per_cent(value: float) -> str:
    """Write an SVG length that no language's decimal comma can break."""
    return f"{value:.2f}%"


def em(value: float) -> str:
    """Write an SVG length in the height of the letters around it."""
    return f"{value:g}em"


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * (1 - 1e-9))
