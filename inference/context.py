"""What this thread is working on: words that go with every log line and audit entry written meanwhile."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

REQUEST = "request"
_known: ContextVar[Mapping[str, object] | None] = ContextVar("known", default=None)


def known() -> Mapping[str, object]:
    """All that is bound now, such as `request`, or `job` and `attempt`."""
    return _known.get() or {}


def request_id() -> str:
    """The request that is being answered; empty outside of one."""
    return str(known().get(REQUEST, ""))


@contextlib.contextmanager
def bound(**words: object) -> Iterator[None]:
    """Add words until the block ends; inner ones cover outer ones of the same name."""
    token = _known.set({**known(), **words})
    try:
        yield
    finally:
        _known.reset(token)
