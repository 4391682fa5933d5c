"""What a host is asked, how long we wait for it, and how it may fail us."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from inference.adapters import secrets
from inference.adapters.base import StageStore
from inference.audio.clip import Clip
from inference.outbound.targets import Place

LONGEST_DETAIL = 8_000


class Crashed(Exception):  # noqa: N818 -- says what happened
    """The host ended, or had to be ended, before every prompt had its outcome; it is gone now.

    Attributes:
        code: `adapter_crashed`, `adapter_out_of_memory`, `adapter_killed_by_signal`, `adapter_exited`,
            `adapter_hung` or `adapter_talked_nonsense`.
        message: one sentence for the system's owner.
        detail: for staff: a traceback, or the end of what the host wrote on standard error.
    """

    def __init__(self, message: str, *, code: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = secrets.redact(message)
        self.code = code
        self.detail = secrets.redact(detail)[-LONGEST_DETAIL:]


class Abandoned(Exception):  # noqa: N818 -- as above
    """Nobody wants the answers any more; the host was ended."""


@dataclass(frozen=True)
class Order:
    """One call of `Adapter.respond`.

    Attributes:
        adapter: its name in the registry.
        config: what it is built from.
        secrets: by name, all that the adapter may ask for.
        allowed: where it may call besides the public internet by https.
    """

    adapter: str
    config: Mapping[str, object]
    prompts: Sequence[Clip]
    seed: int
    stages: Sequence[StageStore]
    secrets: Mapping[str, str] = field(default_factory=dict)
    allowed: Collection[Place] = ()


class Wait:
    """How long we have waited, and whether there is a point in going on; a block in which the clock runs."""

    def __init__(self, seconds: float, abandoned: Callable[[], bool]) -> None:
        self._left = seconds
        self._since: float | None = None
        self.abandoned = abandoned

    @property
    def left(self) -> float:
        """Seconds."""
        return self._left if self._since is None else self._left - (time.monotonic() - self._since)

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._left, self._since = self.left, None


def out_of_memory(detail: str) -> Crashed:
    """Say that the host wanted more memory than it may have."""
    message = "The system's adapter needs more memory than it is given."
    return Crashed(message, code="adapter_out_of_memory", detail=detail)
