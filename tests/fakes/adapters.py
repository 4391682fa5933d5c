"""Adapters whose behaviour a test chooses by the length of the prompt.

They are found by their entry point in `plugin/`, like those of any package outside the repository, and run in
a host: what they do is noted in the file that FAKE_NOTES names.
"""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from inference.adapters import secrets
from inference.adapters.base import (
    Adapter,
    AdapterError,
    PermanentError,
    Reply,
    Stage,
    StageStore,
    TransientError,
)
from inference.audio.clip import Clip

PLUGIN = Path(__file__).parent / "plugin"
NOTES = "FAKE_NOTES"
KEY = "k" * 64


def note(what: str, value: object) -> None:
    """Write down what an adapter does."""
    if path := os.environ.get(NOTES):
        with Path(path).open("a") as notes:
            notes.write(f"{what} {value}\n")


class Notes:
    """What the adapters did since the notes were last torn off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.write_text("")

    @property
    def batches(self) -> list[int]:
        """The number of prompts that each call of `respond` was given."""
        return [int(value) for value in self._of("batch")]

    @property
    def answered(self) -> list[float]:
        """The lengths of the prompts that were come to, in seconds."""
        return [float(value) for value in self._of("prompt")]

    @property
    def hosts(self) -> list[int]:
        """The process that each call of `respond` ran in."""
        return [int(value) for value in self._of("host")]

    @property
    def children(self) -> list[int]:
        """The processes that adapters started."""
        return [int(value) for value in self._of("child")]

    def _of(self, what: str) -> list[str]:
        rows = [row.partition(" ") for row in self.path.read_text().splitlines()]
        return [value for kind, _, value in rows if kind == what]


class Scripted(Adapter):
    """Echoes, but for prompts of the lengths that the script names ("0.5": so many seconds)."""

    script: dict[str, str] = {}
    pause_seconds: float = 0.0
    runs_on: Literal["api", "gpu"] = "api"
    needs: tuple[str, ...] = ()

    @property
    def queue(self) -> Literal["api", "gpu"]:
        return self.runs_on

    @property
    def secret_names(self) -> tuple[str, ...]:
        return self.needs

    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        note("batch", len(prompts))
        note("host", os.getpid())
        for prompt, store in zip(prompts, stages, strict=True):
            time.sleep(self.pause_seconds)
            note("prompt", prompt.seconds)
            what = self.script.get(f"{prompt.seconds:.1f}", "echo")
            if what == "end":
                return
            if what == "transient":
                yield TransientError("The line is busy.", code="busy", stage="call", retry_after_seconds=2.5)
            elif what == "permanent":
                yield PermanentError("This will never do.", code="never")
            elif what == "garbage":
                yield "garbage"  # type: ignore[misc]  # that is the point
            else:
                yield Reply(
                    clip=self._sound(what, prompt),
                    total_seconds=0.1,
                    transcript=self._words(what, store, seed),
                )

    def _sound(self, what: str, prompt: Clip) -> Clip:
        if what == "raise":
            raise ValueError("a bug in the adapter")
        if what == "silent":
            return Clip(np.zeros_like(prompt.samples), prompt.rate)
        if what == "nan":
            return Clip(prompt.samples * np.float32("nan"), prompt.rate)
        if what == "far too long":
            return Clip(np.zeros(20_000_000, np.float32), prompt.rate)
        if poison := POISONS.get(what):
            poison()
        return prompt

    def _words(self, what: str, store: StageStore, seed: int) -> str:
        if what == "die after a stage":
            return _staged(store)
        if what == "many threads":
            return _by_many_threads(store)
        if what == "tell the secret":
            raise ValueError(f"The key is {secrets.value(self.needs[0])}")
        if what == "show the environment":
            return "\n".join(sorted(os.environ))
        return f"seed {seed}"


def _staged(store: StageStore) -> str:
    """Die once its first step is done and kept; find it there the next time."""
    if known := store.get("hear", KEY):
        return f"remembered {known.text}"
    store.put(Stage(name="hear", key=KEY, text="words", seconds=1.25, tags={"language": "en"}))
    raise ValueError("died after its first stage")


def _by_many_threads(store: StageStore) -> str:
    """Keep and recall steps from eight threads at once."""
    found: dict[int, Any] = {}

    def work(number: int) -> None:
        key = f"{number}" * 64
        store.put(Stage(name="hear", key=key, text=f"words {number}", seconds=0.1))
        found[number] = store.get("hear", key)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ", ".join(found[number].text for number in range(8))


def _line() -> socket.socket:
    """The socket on which the host talks: what an adapter that was taken over would find too."""
    # A long run of tests has many files open, and the line keeps the number that it had there.
    for number in range(3, 4096):
        try:
            found = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        if found.family == socket.AF_UNIX:
            return found
    raise LookupError("there is no line")


def _loop() -> None:
    while True:
        time.sleep(0.01)


def _keep_the_lock() -> None:
    re.match("(a+)+$", "a" * 64 + "b")  # in C, without ever letting another thread run


def _eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(np.ones(25_000_000))


def _eat_memory_natively() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while found := libc.malloc(100_000_000):
        ctypes.memset(found, 1, 100_000_000)
    os.abort()


def _start_a_child() -> None:
    note("child", subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid)
    _loop()


def _hang_up() -> None:
    _line().shutdown(socket.SHUT_WR)
    _loop()


POISONS = {
    "want 500 MB": lambda: bytearray(500_000_000),
    "segfault": lambda: ctypes.string_at(0),
    "be killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: sys.exit(3),
    "end the process": lambda: os._exit(3),
    "loop": _loop,
    "keep the lock": _keep_the_lock,
    "eat memory": _eat_memory,
    "eat memory natively": _eat_memory_natively,
    "start a child": _start_a_child,
    "hang up": _hang_up,
    "freeze": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "say nonsense": lambda: _line().sendall(b"\xff" * 64),
    "say too much": lambda: _line().sendall(b"\0\0\0\2\xff\xff\xff\xff{}"),
    "write much": lambda: (sys.stderr.write("much " * 100_000), os._exit(4)),
}
