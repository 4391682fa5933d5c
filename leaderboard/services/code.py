"""Which code computed a snapshot."""

import hashlib
from functools import cache
from pathlib import Path

from leaderboard import ranking


@cache
def version() -> str:
    """Name the ranking code by its own bytes: equal wherever the same files lie, with or without git.

    Returns:
        `ranking-` and the first 16 hex digits of a SHA-256 over the names and bytes of its modules.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(ranking.__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"ranking-{digest.hexdigest()[:16]}"
