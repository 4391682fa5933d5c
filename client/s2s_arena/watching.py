"""Following a submission: asked again with growing pauses, until it waits for nobody but a reviewer."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from s2s_arena.http import Arena

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 30.0, 1.5
GOOD = {"awaiting_review", "approved"}
BAD = {"invalid", "incomplete", "failed", "rejected", "cancelled", "withdrawn"}


def states(
    arena: Arena, submission: str, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[dict[str, Any]]:
    """Yield the submission again and again, as it is; the last one is in `GOOD` or `BAD`.

    Raises:
        ArenaError: what the server says.
    """
    pause, before = FIRST_PAUSE, None
    while True:
        now: dict[str, Any] = arena.get(f"submissions/{submission}")
        yield now
        if now["state"] in GOOD | BAD:
            return
        # What moves is looked at more often.
        pause = FIRST_PAUSE if now["coverage"] != before else min(pause * GROWTH, LONGEST_PAUSE)
        before = now["coverage"]
        sleep(pause)


def share(submission: dict[str, Any]) -> tuple[int, int]:
    """How many prompts have an outcome, and of how many."""
    covered = submission["coverage"]
    return covered.get("ok", 0) + covered.get("failed", 0), covered.get("expected", 0)
