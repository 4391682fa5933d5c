"""Starts a host's process, tied to the one that needs it."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# One allocation arena for many threads: glibc would else reserve 64 MB of address space for each.
FIXED_VARIABLES = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}

# The kernel ends a host together with the thread that started it, so that thread must stay: see ties.py.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="host-starter")


def _after_fork() -> None:
    """Give a forked process a starter of its own: threads are not forked."""
    global _starter  # noqa: PLW0603 -- one a process is the point
    _starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="host-starter")


os.register_at_fork(after_in_child=_after_fork)


def start(line: socket.socket, variables: Mapping[str, str], memory_bytes: int) -> subprocess.Popen[bytes]:
    """Start one that speaks on `line`; 0 bytes of memory: any."""
    return _starter.submit(_start, line, variables, memory_bytes).result()


def _start(line: socket.socket, variables: Mapping[str, str], memory_bytes: int) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    numbers = map(str, (line.fileno(), memory_bytes, os.getpid()))
    # A session of its own: Ctrl-C in a terminal is for the site, and what the adapter starts dies with it.
    return subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "-P", "-m", "inference.host.child", *numbers],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env={**variables, **FIXED_VARIABLES, "PYTHONPATH": path},
        pass_fds=[line.fileno()],
        start_new_session=True,
        bufsize=0,
    )


def oom_kills() -> int:
    """Count how often the kernel has ended a process because memory ran out; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError):
        for row in Path("/proc/vmstat").read_text().splitlines():
            name, _, number = row.partition(" ")
            if name == "oom_kill":
                return int(number)
    return 0
