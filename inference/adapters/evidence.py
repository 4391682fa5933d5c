"""What is stored beside an answer, so that one can say later how it came about (requirements S9, S10)."""

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version


def parameters(
    *,
    seed: int,
    libraries: Iterable[str],
    device: str = "",
    revision: str = "",
    instructions: str = "",
    **generation: object,
) -> dict[str, object]:
    """Describe how an answer was made; JSON values.

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
    return {name: value for name, value in found.items() if value is not None and value != {}}


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
