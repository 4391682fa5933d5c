"""What is stored beside an answer, so that one can say later how it came about (requirements S9, S10)."""

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from inference.adapters import texts

# What is left out is seen: this stands in its place.
LEFT_OUT = "…"
LONGEST_TEXT = 1_000
MOST_LETTERS = 50_000
DEEPEST = 10
LARGEST_NUMBER = 2**63


def parameters(
    *,
    seed: int,
    libraries: Iterable[str],
    device: str = "",
    revision: str = "",
    instructions: str = "",
    **generation: object,
) -> dict[str, object]:
    """Describe how an answer was made; JSON values, made fit to be stored.

    Args:
        seed: what the system was given.
        libraries: distributions whose versions matter.
        device: such as `cpu` or a card's name; empty for a hosted system.
        revision: what the system said which version of it answered; empty where it did not.
        instructions: the text given to the model, which is hashed and not repeated.
        generation: every parameter of generation.
    """
    found: dict[str, object] = {
        "seed": seed,
        "libraries": {"python": platform.python_version(), **versions(libraries)},
        "device": device or None,
        "revision": revision or None,
        "instructions_sha256": hashlib.sha256(instructions.encode()).hexdigest() if instructions else None,
        "generation": {name: value for name, value in sorted(generation.items()) if value is not None},
    }
    known = {name: value for name, value in found.items() if value is not None and value != {}}
    fit: dict[str, object] = _Room().fit(known, depth=0)
    return fit


def storable(value: object) -> object:
    """Make a value that a server sent fit to be stored; `LEFT_OUT` stands for what is not."""
    return _Room().fit(value, depth=0)


class _Room:
    """How much may be stored yet: a server's account of itself may be of any size, depth and kind."""

    def __init__(self) -> None:
        self.letters = MOST_LETTERS

    def fit(self, value: Any, *, depth: int) -> Any:
        """Return the value, or what of it there is room for; what is no JSON value stays as it is."""
        self.letters -= 1
        if isinstance(value, Mapping | list | tuple):
            return self._inside(value, depth) if depth < DEEPEST else LEFT_OUT
        if isinstance(value, str):
            room = max(0, min(LONGEST_TEXT, self.letters))
            self.letters -= len(value[:room])
            return texts.words(value[:room]) + LEFT_OUT * (len(value) > room)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and not -LARGEST_NUMBER < value < LARGEST_NUMBER:  # nor is what is no number
            return LEFT_OUT
        return value

    def _inside(self, value: Mapping[Any, Any] | list[Any] | tuple[Any, ...], depth: int) -> Any:
        if isinstance(value, Mapping):
            named = list(value.items())[: max(0, self.letters)]
            return {self.fit(str(name), depth=depth): self.fit(one, depth=depth + 1) for name, one in named}
        return [self.fit(one, depth=depth + 1) for one in value[: max(0, self.letters)]]


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return the versions of what is installed of these distributions."""
    return {name: found for name in distributions if (found := _version(name))}


@cache
def _version(distribution: str) -> str:
    """Look a version up once: that reads files, and an answer names several."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
