"""How files get decoded: in a child process that owns nothing, may crash, and ends after one file.

The child is forked from a warm zygote, one for each process that asks, and not started afresh: a fork adds
milliseconds to a clip, and a fresh interpreter a sixth of a second (see benchmarks/audio_child.py).
multiprocessing's own fork server would pass on the whole environment with its keys and believe whatever the
child pickles.
"""

import atexit
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.audio.errors import AudioRefused, Code
from inference.audio.zygote import END, END_MARK, HEAD

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
# The parent waits so much longer than the child may run: a first job also waits for the zygote's imports.
START_SECONDS = 30
MOST_ANSWER_BYTES = 256_000_000
CHUNK = 1 << 20
# All that a zygote learns of the environment it is started from.
KEPT_VARIABLES = ("LD_LIBRARY_PATH",)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# A child lives for milliseconds, and a third of them went into page faults: let it take memory in large pages
# and keep what it frees. Other C libraries than glibc ignore this.
FEW_FAULTS = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432"
    ":glibc.malloc.trim_threshold=536870912"
}


@dataclass(frozen=True)
class Allowance:
    """What one child may use.

    Attributes:
        memory_bytes: address space; an idle child has 120 MB, two minutes of 48 kHz stereo stay below 400 MB.
        cpu_seconds: of processor time.
        wall_seconds: of any time.
    """

    memory_bytes: int = 512_000_000
    cpu_seconds: int = 10
    wall_seconds: float = 20.0


class _ZygoteGone(Exception):  # noqa: N818 -- says what happened
    """The zygote died before it could say how its child ended; the job may be tried on a new one."""


class Zygote:
    """A running zygote and the socket on which it takes jobs."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        with theirs:
            # A session of its own: Ctrl-C in a terminal is for the site, which then hangs up on the zygote.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "inference.audio.zygote"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONPATH": path, "LANG": "C.UTF-8", **ONE_THREAD, **FEW_FAULTS, **kept},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return int(self._process.pid)

    def job(self) -> socket.socket:
        """Ask for a child and return the socket on which it reads and answers."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise _ZygoteGone from error
        return ours

    def close(self) -> None:
        """Hang up, on which it kills its children and ends."""
        self._control.close()
        try:
            self._process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Let go of a zygote that belongs to the process from which this one was forked."""
        self._control.close()
        # Popen warns when it is dropped unwaited, but only the process that started it can wait.
        self._process.returncode = 0


_lock = threading.Lock()
_zygote: Zygote | None = None


def run(
    work: str, raw: bytes, *, options: dict[str, Any], allowance: Allowance | None = None
) -> tuple[dict[str, Any], bytes]:
    """Call a function of `work`'s kind on the bytes in a child of its own.

    Args:
        work: `module:function`, importable in the zygote; it takes the bytes and the options, and answers
            (a JSON object, bytes).
        raw: what a stranger sent.
        options: JSON values.
        allowance: what the child may use; None means the usual.

    Raises:
        AudioRefused: what the function refuses, and `decoder_failed`, `decoder_timed_out` or
            `decoder_out_of_memory` for a child that did not come back.
    """
    allowed = allowance or Allowance()
    order = json.dumps({"work": work, "options": options, "allowance": asdict(allowed)}).encode()
    for _ in range(2):
        zygote = _running()
        try:
            with zygote.job() as job:
                return _answer(_exchange(job, order, raw, seconds=allowed.wall_seconds + START_SECONDS))
        except _ZygoteGone:
            logger.warning("audio_zygote_gone pid=%d", zygote.pid)
            _replace(zygote)
    raise AudioRefused("The decoder could not be started. Try again later.", Code.DECODER_FAILED)


def _exchange(job: socket.socket, order: bytes, raw: bytes, *, seconds: float) -> bytes:
    """Send everything, then read until the zygote hangs up."""
    deadline = time.monotonic() + seconds
    received = bytearray()
    try:
        # A child that died before it had read everything is heard of below.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            job.settimeout(seconds)
            job.sendall(HEAD.pack(len(order), len(raw)) + order)
            job.sendall(raw)
        while len(received) <= MOST_ANSWER_BYTES:
            job.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = job.recv(CHUNK)
            if not chunk:
                return bytes(received)
            received += chunk
    except TimeoutError as error:
        raise AudioRefused("Decoding took too long and was stopped.", Code.DECODER_TIMED_OUT) from error
    except ConnectionResetError:  # how the kernel hangs up for a child that had not read everything
        return bytes(received)
    raise AudioRefused("The decoder answered with too much.", Code.DECODER_FAILED)


def _answer(received: bytes) -> tuple[dict[str, Any], bytes]:
    """Take the answer apart; a child may have been taken over, so each part is checked before use."""
    if len(received) < END.size:
        raise _ZygoteGone
    mark, status, peak_kilobytes, cpu_seconds = END.unpack(received[-END.size :])
    if mark != END_MARK:
        raise _ZygoteGone
    code = os.waitstatus_to_exitcode(status)
    logger.debug(
        "audio_child_ended exit_code=%d peak_bytes=%d cpu_seconds=%.3f",
        code,
        1024 * peak_kilobytes,
        cpu_seconds,
    )
    if code != 0:
        raise _death(code)
    text, payload = _parts(received[: -END.size])
    try:
        outcome = json.loads(text)
        if "answer" in outcome:
            return outcome["answer"], payload
        if "refused" in outcome:
            raise AudioRefused(str(outcome["refused"]), Code(outcome["code"]))
        logger.error("audio_child_raised error=%s", outcome["bug"])
    except (ValueError, KeyError, TypeError):
        logger.exception("audio_child_answered_nonsense")
    raise AudioRefused("The file could not be decoded: the decoder failed on it.", Code.DECODER_FAILED)


def _parts(body: bytes) -> tuple[bytes, bytes]:
    if len(body) < HEAD.size:
        return b"", b""
    text, payload = HEAD.unpack_from(body)
    if len(body) != HEAD.size + text + payload:
        return b"", b""
    return body[HEAD.size : HEAD.size + text], body[HEAD.size + text :]


def _death(exit_code: int) -> AudioRefused:
    if -exit_code in {signal.SIGALRM, signal.SIGXCPU}:
        return AudioRefused("Decoding took too long and was stopped.", Code.DECODER_TIMED_OUT)
    logger.warning("audio_child_died exit_code=%d", exit_code)
    return AudioRefused(
        "The file made the decoder crash. Save it in another format and send that.", Code.DECODER_FAILED
    )


def _running() -> Zygote:
    global _zygote  # noqa: PLW0603 -- one zygote a process is the point
    with _lock:
        if _zygote is None:
            _zygote = Zygote()
        return _zygote


def _replace(dead: Zygote) -> None:
    global _zygote  # noqa: PLW0603 -- as above
    with _lock:
        if _zygote is dead:
            _zygote = None
            dead.close()


@atexit.register
def close() -> None:
    """End this process's zygote, if it has one; the next job starts another."""
    global _zygote  # noqa: PLW0603 -- as above
    with _lock:
        if _zygote is not None:
            _zygote.close()
            _zygote = None


def _after_fork() -> None:
    """Let a forked process (Celery's pool) start a zygote of its own and not keep its parent's alive."""
    global _zygote, _lock
    if _zygote is not None:
        _zygote.forget()
    _zygote, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
