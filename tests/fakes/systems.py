"""Systems for the fault rig: a steady one, a hosted one, and four that poison whoever runs them.

Workers find them by the entry points of a distribution that the rig puts on their path, as any package
outside this repository adds adapters.
"""

import contextlib
import ctypes
import hashlib
import http.client
import io
import os
import signal
import time
from pathlib import Path
from typing import Literal

import soundfile

from inference.adapters.base import (
    OneByOne,
    PermanentError,
    Reply,
    Stage,
    StageStore,
    TransientError,
    clip_hash,
    stage_key,
)
from inference.audio.clip import Clip

SYSTEMS = {
    "rig-steady": "Steady",
    "rig-staged": "Staged",
    "rig-hosted": "Hosted",
    "rig-segfault": "Segfault",
    "rig-hungry": "Hungry",
    "rig-endless": "Endless",
    "rig-garbage": "Garbage",
}
MIB = 2**20
# Where nothing refuses memory before, the adapter does to itself what the kernel would.
MOST_EATEN = 3 * 1024 * MIB
LONGEST_BODY = 4 * MIB


class Steady(OneByOne):
    """Echoes after a while that depends on the prompt and the seed, and notes each time that it is asked."""

    folder: Path
    shortest_seconds: float = 0.15
    longest_seconds: float = 0.6

    @property
    def queue(self) -> Literal["api", "gpu"]:
        return "api"

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        if self.mood() == "eat":
            eat()
        pause = self.pause(prompt, seed)
        time.sleep(pause)
        return Reply(clip=prompt, total_seconds=pause)

    def pause(self, prompt: Clip, seed: int) -> float:
        """Between the shortest and the longest, the same for the same prompt and seed."""
        share = hashlib.sha256(f"{clip_hash(prompt)} {seed}".encode()).digest()[0] / 255
        return self.shortest_seconds + share * (self.longest_seconds - self.shortest_seconds)

    def note(self) -> None:
        """Add a line to the executions; a line is written whole or not at all."""
        handle = os.open(self.folder / "executions", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, f"{type(self).__name__}\n".encode())
        finally:
            os.close(handle)

    def mood(self) -> str:
        """Take the mood that the rig left for one call, of whichever process comes first."""
        mine = self.folder / f"mood-{os.getpid()}"
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "mood").rename(mine)
            told = mine.read_text()
            mine.unlink()
            return told
        return ""


class Staged(Steady):
    """Goes three steps, each of which is kept."""

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        pause = self.pause(prompt, seed) / 3
        for name in ("hear", "think", "speak"):
            key = stage_key(name, model="rig", settings={"seed": seed}, given=clip_hash(prompt))
            if stages.get(name, key) is None:
                time.sleep(pause)
                stages.put(Stage(name=name, key=key, text=name, seconds=pause))
        return Reply(clip=prompt, total_seconds=3 * pause)


class Hosted(Steady):
    """Asks an endpoint on the loopback, within the bounds that any call of ours has."""

    port: int
    timeout_seconds: float = 3.0

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        began = time.monotonic()
        try:
            status, kind, body = self._call(prompt.flac(), until=began + self.timeout_seconds)
        except (OSError, http.client.HTTPException) as error:
            raise TransientError(f"The endpoint could not be asked: {error}", code="no_answer") from error
        if status == 429 or status >= 500:
            raise TransientError(f"The endpoint answered {status}.", code="endpoint_busy")
        if status != 200:
            raise PermanentError(f"The endpoint answered {status}.", code="endpoint_refused")
        if kind != "audio/flac":
            raise PermanentError(f"The endpoint answered with {kind}.", code="wrong_type")
        samples, rate = soundfile.read(io.BytesIO(body), dtype="float32")
        return Reply(clip=Clip(samples, rate), total_seconds=time.monotonic() - began)

    def _call(self, body: bytes, *, until: float) -> tuple[int, str, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_seconds)
        with contextlib.closing(line), contextlib.ExitStack() as taking:
            line.request("POST", "/answer", body=body, headers={"Content-Type": "audio/flac"})
            answer = taking.enter_context(contextlib.closing(line.getresponse()))
            taken = bytearray()
            while part := answer.read1(65_536):
                taken += part
                if len(taken) > LONGEST_BODY:
                    raise PermanentError("The endpoint's answer does not end.", code="body_too_long")
                if time.monotonic() > until:
                    raise TransientError("The endpoint takes too long.", code="call_timed_out")
            return answer.status, answer.headers.get_content_type(), bytes(taken)


class Segfault(Steady):
    """Takes its process down as broken native code does."""

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        ctypes.string_at(0)
        raise PermanentError("Reading address 0 was allowed.", code="survived")


class Hungry(Steady):
    """Eats memory until somebody stops it."""

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        eat()
        raise PermanentError("There was no end of memory.", code="survived")


class Endless(Steady):
    """Never comes back, and holds the interpreter's lock nearly all the time."""

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        while True:
            sum(range(100_000))


class Garbage(Steady):
    """Answers with what is no reply."""

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        self.note()
        return {"audio": "…"}  # type: ignore[return-value]  # that is the point


def eat() -> None:
    """Take memory until it is refused, or until the kernel would end this process.

    Raises:
        MemoryError: it was refused.
    """
    eaten: list[bytearray] = []
    while len(eaten) * 64 * MIB < MOST_EATEN:
        eaten.append(bytearray(os.urandom(4096)) * (64 * MIB // 4096))
    os.kill(os.getpid(), signal.SIGKILL)
