"""The warm process that forks one short-lived child for each file; run by children.py, never by hand.

It holds no secret (its environment is made for it), no database and no network, and runs one thread, so that
forking is safe whatever its own parent is made of. Standard input is a socket that brings the jobs' sockets.
"""

import contextlib
import importlib
import json
import logging
import os
import select
import signal
import socket
import struct
import traceback
from collections.abc import Callable
from ctypes import CDLL
from typing import Any, NoReturn

from inference.audio import walls, work
from inference.audio.errors import AudioRefused, Code

logger = logging.getLogger(__name__)

# Job: length of the JSON, length of the bytes. Answer: the same. Then the zygote adds how the child ended:
# its status, the most memory that it held in kB, and its seconds of processor time.
HEAD = struct.Struct(">II")
END = struct.Struct(">4siId")
END_MARK = b"END."
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until the other end of standard input closes."""
    control = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    wake, waker = socket.socketpair()
    wake.setblocking(False)
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    if not walls.can_filter():
        logger.warning("audio_child_unfiltered: this kernel filters no system calls; limits alone hold")
    work.warm()
    jobs: dict[int, socket.socket] = {}
    while True:
        for fd in _ready(control, wake, jobs):
            if fd == control.fileno():
                job = _next_job(control)
                if job is None:
                    _kill(jobs)
                    return
                jobs[_fork(job, [control, wake, waker, *jobs.values()])] = job
            elif fd == wake.fileno():
                wake.recv(4096)
        _reap(jobs)


def _ready(control: socket.socket, wake: socket.socket, jobs: dict[int, socket.socket]) -> list[int]:
    """Wait for a job, the end of a child, or somebody who hangs up; the last one's child is killed here."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake, select.POLLIN)
    waiting = {job.fileno(): pid for pid, job in jobs.items()}
    for fd in waiting:
        poll.register(fd, 0)
    ready = [fd for fd, _ in poll.poll()]
    _kill([waiting[fd] for fd in ready if fd in waiting])
    return ready


def _next_job(control: socket.socket) -> socket.socket | None:
    """Receive a job's socket; None when the parent is gone."""
    try:
        message, fds, _, _ = socket.recv_fds(control, 1, 1)
    except OSError:
        return None
    return socket.socket(fileno=fds[0]) if message and fds else None


def _kill(pids: Any) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _reap(jobs: dict[int, socket.socket]) -> None:
    """Tell each job whose child has ended how it ended, and hang up."""
    while jobs:
        pid, status, used = os.wait4(-1, os.WNOHANG)
        if pid == 0:
            return
        with jobs.pop(pid) as job, contextlib.suppress(OSError):
            job.sendall(END.pack(END_MARK, status, used.ru_maxrss, used.ru_utime + used.ru_stime))


def _fork(job: socket.socket, others: list[socket.socket]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            _child(job, others, parent)
        finally:
            os._exit(1)
    return pid


def _child(job: socket.socket, others: list[socket.socket], parent: int) -> NoReturn:
    """Do one job and end."""
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for other in others:
        other.close()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):  # mpg123 writes its complaints to standard error
        os.dup2(nowhere, fd)
    os.close(nowhere)
    with job.makefile("rb") as request:
        sizes = HEAD.unpack(request.read(HEAD.size))
        order = json.loads(request.read(sizes[0]))
        module, name = order["work"].split(":")
        function = getattr(importlib.import_module(module), name)
        walls.confine(**order["allowance"])
        answer, payload = _outcome(function, request.read(sizes[1]), order["options"])
    text = json.dumps(answer).encode()
    job.sendall(HEAD.pack(len(text), len(payload)) + text)
    job.sendall(payload)
    os._exit(0)


def _outcome(
    function: Callable[..., work.Answer], raw: bytes, options: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """Call the function; whatever it raises becomes an answer, for this is the child's border."""
    try:
        answer, payload = function(raw, **options)
    except AudioRefused as refused:
        return {"refused": refused.message, "code": refused.code}, b""
    except MemoryError:
        return {
            "refused": "The file needs more memory to decode than it is given.",
            "code": Code.DECODER_OUT_OF_MEMORY,
        }, b""
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"bug": f"{type(error).__name__} in {where.name}, line {where.lineno}: {error}"}, b""
    return {"answer": answer}, payload


if __name__ == "__main__":
    main()
