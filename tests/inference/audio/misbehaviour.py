"""Work that goes wrong in a child, each in its own way."""

import ctypes
import errno
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
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


def spin_for(raw, *, seconds):
    """Use processor time, and tell the tale where nothing ends it."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return {"lived": True}, b""


def sleep_for(raw, *, seconds):
    """Use time of any kind, and tell the tale where nothing ends it."""
    threading.Event().wait(seconds)
    return {"lived": True}, b""


def fill_memory(raw, *, size):
    return {"held": len(bytearray(size))}, b""


def look_around(raw):
    """Say what a child finds in its own hands."""
    return {
        "environment": sorted(os.environ),
        "descriptors": [fd for fd in range(256) if _is_open(fd)],
        "modules": [name for name in ("django", "celery", "psycopg", "redis") if name in sys.modules],
        "pid": os.getpid(),
    }, b""


LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH = 16


def _called(name, *arguments):
    if LIBC[name](*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def _trace(path, pid):
    _called("ptrace", PTRACE_ATTACH, pid, 0, 0)


def _peek(path, pid):
    """Read another process's memory, where the keys are."""
    there = (ctypes.c_void_p * 2)(id(None), 8)
    here = (ctypes.c_void_p * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
    _called("process_vm_readv", pid, here, 1, there, 1, 0)


def _rise(path, pid):
    _called("setrlimit", resource.RLIMIT_NOFILE, (ctypes.c_ulong * 2)(64, 64))


# What a codec that was taken over would reach for; none of it needs a descriptor that it does not have.
ATTACKS: dict[str, Callable[..., object]] = {
    "read a file": lambda path, pid: Path(path).read_bytes(),
    "write a file": lambda path, pid: Path(path).write_bytes(b"x"),
    "cut a file": lambda path, pid: os.truncate(path, 0),
    "delete a file": lambda path, pid: Path(path).unlink(),
    "rename a file": lambda path, pid: Path(path).rename(path + ".gone"),
    "link to a file": lambda path, pid: os.link(path, path + ".link"),
    "open a file to all": lambda path, pid: Path(path).chmod(0o777),
    "make a folder": lambda path, pid: Path(path + ".new").mkdir(),
    "list a folder": lambda path, pid: list(Path("/").iterdir()),
    "look whether a file is there": lambda path, pid: Path(path).stat(),
    "go elsewhere": lambda path, pid: os.chdir("/tmp"),
    "call over TCP": lambda path, pid: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "call over UDP": lambda path, pid: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "call the database's socket": lambda path, pid: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "make a pair of sockets": lambda path, pid: socket.socketpair(),
    "make a pipe": lambda path, pid: os.pipe(),
    "make a file in memory": lambda path, pid: os.memfd_create("x"),
    "multiply": lambda path, pid: os.fork(),
    "become another program": lambda path, pid: os.execv("/bin/true", ["true"]),
    "signal the zygote": lambda path, pid: os.kill(pid, 0),
    "trace the zygote": _trace,
    "read the zygote's memory": _peek,
    "raise its own limits": _rise,
    "put off its own alarm": lambda path, pid: signal.setitimer(signal.ITIMER_REAL, 0),
}


def attack(raw, *, name, path, pid):
    """Try one thing, and say how the kernel answered."""
    try:
        ATTACKS[name](path, pid)
    except OSError as error:
        return {"answer": errno.errorcode[error.errno]}, b""
    return {"answer": "done"}, b""


def _is_open(fd):
    try:
        os.lseek(fd, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True
