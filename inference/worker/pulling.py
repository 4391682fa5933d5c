"""A team's own machine claims a submission's jobs over the API, and a system on it answers them."""

import socket
from collections.abc import Callable

from inference.adapters.base import Adapter
from inference.errors import Refused
from inference.worker import answering
from s2s_arena import folder, working
from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena
from s2s_arena.working import Work

LONGEST_NAME = 100


def pull(adapter: Adapter, submission: str, *, told: Callable[[str], None]) -> Work:
    """Answer a submission's jobs until none waits any more; arena and token as `s2s-arena` knows them.

    Args:
        adapter: the system.
        submission: its id, or the folder that it was submitted from.
        told: is called with a line for each job.

    Raises:
        Refused: what the arena or the client says.
    """
    try:
        with Arena.from_settings() as arena:
            return working.work(
                arena,
                folder.submission(submission),
                answering.of(adapter),
                name=socket.gethostname()[:LONGEST_NAME],
                at_most=adapter.batch_size,
                told=told,
            )
    except ArenaError as error:
        raise Refused(f"{error.detail} {error.fix}".strip(), error.code) from error
