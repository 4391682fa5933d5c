"""Work that goes wrong in a child, each in its own way."""

import ctypes
import os
import signal
import socket
import sys
import threading
from pathlib import Path


def echo(raw, **options):
    return {"options": options, "pid": os.getpid()}, raw


def segfault(raw):
    ctypes.string_at(0)


def abort(raw):
    os.abort()


def sleep_for_ever(raw):
    threading.Event().wait()


def ignore_the_alarm(raw):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    threading.Event().wait()


def spin(raw):
    while True:
        pass


def eat_memory(raw):
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))


def raise_a_bug(raw):
    return {}, bytes(1 // 0)


def answer_no_json(raw):
    return {"object": object()}, b""


def leave_quietly(raw):
    os._exit(0)


def kill_the_zygote(raw):
    os.kill(os.getppid(), signal.SIGKILL)
    threading.Event().wait()


def _error(function):
    try:
        function()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"


def try_the_walls(raw, *, path):
    """What a codec that was taken over would reach for."""
    return {
        "environment": sorted(os.environ),
        "read": _error(lambda: Path("/etc/hostname").read_bytes()),
        "write": _error(lambda: Path(path).write_bytes(b"x")),
        "socket": _error(lambda: socket.create_connection(("127.0.0.1", 9))),
        "memory": _error(lambda: bytearray(1_000_000_000)),
        "descriptors": sorted(fd for fd in range(256) if _is_open(fd)),
        "modules": [name for name in ("django", "celery", "psycopg") if name in sys.modules],
    }, b""


def _is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
