"""Where this process may call: anywhere for whoever started it, or only where strangers may send it.

A process of the site that works for others is limited before it does so (`inference/host/child.py`); the same
adapters on a researcher's own machine call whatever they like.
"""

from collections.abc import Container

from inference.outbound.targets import Place, Target, read


class _Anywhere:
    def __contains__(self, place: object) -> bool:
        return True


ANYWHERE: Container[Place] = _Anywhere()

_allowed: Container[Place] = ANYWHERE


def limit(allowed: Container[Place]) -> None:
    """Let this process call the public internet by https, and besides only these places.

    Args:
        allowed: as `targets.allowed` reads them, or `ANYWHERE`.
    """
    global _allowed  # noqa: PLW0603 -- what a process may do is the process's
    _allowed = allowed


def target(url: str) -> Target:
    """Read the address of somebody whom this process may call; nothing is looked up.

    Raises:
        NotCalledError: it may not.
    """
    return read(url, allowed=_allowed)
