"""Which prompt two systems meet on: a cell, then a prompt in it; or what others have judged (J107, J108)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from judging.sampling.chances import floored

# Task, level and language of a prompt, by key; None where it has none.
Cell = tuple[int, int | None, int | None]
ENOUGH: Final = 3


class OnPrompts(NamedTuple):
    """What is known of two systems' meetings.

    Attributes:
        cells: the prompts that this person may hear both on, each with its cell.
        targets: how much of the votes each cell shall have, in any unit; a missing one is 1.
        met: ballots of these two by cell, cast or open.
        shown: the same by prompt.
    """

    cells: Mapping[int, Cell]
    targets: Mapping[Cell, float]
    met: Mapping[Cell, int]
    shown: Mapping[int, int]


def chances(known: OnPrompts) -> dict[int, float]:
    """Give every prompt its probability: that of its cell, times that within it.

    Source: J107, weights t / (1 + n) for the cell and 1 / (1 + n)² for the prompt.
    """
    inside: dict[Cell, dict[int, float]] = {}
    for prompt, cell in known.cells.items():
        inside.setdefault(cell, {})[prompt] = (1 + known.shown.get(prompt, 0)) ** -2.0
    if not inside:
        return {}
    cells = floored({cell: known.targets.get(cell, 1.0) / (1 + known.met.get(cell, 0)) for cell in inside}, 0)
    return {
        prompt: cells[cell] * chance
        for cell, weights in inside.items()
        for prompt, chance in floored(weights, 0).items()
    }


def wanted(people: Mapping[int, int], *, allowed: Mapping[int, Cell]) -> list[int]:
    """List the allowed prompts whose pair two people have judged, or else one (J108).

    Args:
        people: how many judged the two answers, by prompt.
        allowed: what this person may hear.
    """
    for number in range(ENOUGH - 1, 0, -1):
        if found := [prompt for prompt in sorted(allowed) if people.get(prompt, 0) == number]:
            return found
    return []
