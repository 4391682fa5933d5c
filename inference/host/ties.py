"""Processes that end with the one that started them, however that one ends."""

import os
import signal
from ctypes import CDLL

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, or end at once if that has happened.

    The kernel means the *thread* that started this process: it has to live as long as the parent shall.

    Args:
        parent: the process id of whoever started this one.
    """
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
