"""Packages that are installed only with one of the project's extras."""

import importlib.util
from pathlib import Path

from inference.adapters.base import PermanentError


def package_folder(package: str, *, extra: str, stage: str) -> Path:
    """Find an installed package without importing it.

    Raises:
        PermanentError: `extra_missing`: the package is not installed here.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        message = f"This worker lacks the package {package}: install the project with the extra `{extra}`."
        raise PermanentError(message, code="extra_missing", stage=stage)
    return Path(spec.origin).parent
