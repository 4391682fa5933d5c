"""The adapter's side: builds adapters, keeps them, answers one order after another. process.py starts it.

Run as `python -P -m inference.host.child LINE MEMORY PARENT`: the number of the socket, the most bytes of
address space (0: any number), and the process that it dies with.
"""

import contextlib
import faulthandler
import itertools
import json
import os
import queue
import resource
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from inference.adapters import registry, secrets
from inference.adapters.base import Adapter, Stage
from inference.audio.clip import Clip
from inference.host import frames, messages, ties
from inference.outbound import reach
from inference.outbound.targets import Place

# The kernel ends this process before any of the arena's own where the machine runs out of memory.
OOM_SCORE = "800"
# And lets them go first where all processors are busy: what spins must not starve who keeps the leases.
NICENESS = 5


@dataclass(frozen=True)
class _Order:
    adapter: str
    config: Mapping[str, Any]
    seed: int
    secrets: Mapping[str, str]
    allowed: frozenset[Place]
    prompts: Sequence[Clip]


def main() -> None:
    """Serve until the other side hangs up."""
    line, memory_bytes, parent = map(int, sys.argv[1:])
    ties.die_with(parent)
    _confine(memory_bytes)
    faulthandler.enable()
    faulthandler.register(messages.SHOW_STACKS)
    with socket.socket(fileno=line) as found:
        # What the adapter starts must not hold the line open, nor talk on it.
        found.set_inheritable(False)
        _Served(found).serve()


def _confine(memory_bytes: int) -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


@lru_cache(maxsize=16)
def _built(name: str, config: str) -> Adapter:
    """Build an adapter, or take the one that has its weights already."""
    return registry.load(name, json.loads(config))


class _Served:
    """The line, on which one thread reads while the main one answers and the adapter's own ask for stages."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._sending = threading.Lock()
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._asked: dict[int, queue.SimpleQueue[Mapping[str, Any] | None]] = {}
        self._numbers = itertools.count()

    def serve(self) -> None:
        threading.Thread(target=self._read, name="line", daemon=True).start()
        while True:
            self._fulfil(self._orders.get())

    def say(self, message: messages.Message, sound: memoryview | None = None) -> None:
        with self._sending:
            frames.send(self._line, message.model_dump(mode="json"), sound)

    def ask(self, message: messages.Recall | messages.Keep) -> Mapping[str, Any] | None:
        """Say something that is answered, and wait for that; from any thread."""
        answer = self._asked[message.number] = queue.SimpleQueue()
        self.say(message)
        return answer.get()

    def number(self) -> int:
        return next(self._numbers)

    def _read(self) -> None:
        while frame := frames.receive(self._line):
            message = json.loads(frame[0])
            if message["kind"] == "order":
                self._orders.put(self._order(message))
            else:
                self._asked.pop(message["number"]).put(message["stage"])
        # Nobody listens any more: end, with all that the adapter started.
        os.killpg(0, signal.SIGKILL)

    def _order(self, message: Mapping[str, Any]) -> _Order:
        prompts = []
        for rate in message["rates"]:
            frame = frames.receive(self._line)
            if frame is None:
                os.killpg(0, signal.SIGKILL)
                raise EOFError
            prompts.append(messages.clip(frame[1], rate))
        return _Order(
            adapter=message["adapter"],
            config=message["config"],
            seed=message["seed"],
            secrets=message["secrets"],
            allowed=frozenset((host, port) for host, port in message["allowed"]),
            prompts=prompts,
        )

    def _fulfil(self, order: _Order) -> None:
        try:
            self._answer(order)
            self.say(messages.Ended())
        except MemoryError as error:
            try:
                self.say(_raised(error))
            except MemoryError:
                os._exit(messages.OUT_OF_MEMORY)
        except BaseException as error:  # the border: an adapter may even call sys.exit
            self.say(_raised(error))

    def _answer(self, order: _Order) -> None:
        reach.limit(order.allowed)
        secrets.lend(order.secrets)
        adapter = _built(order.adapter, json.dumps(order.config, sort_keys=True))
        stages = [_Stages(self, number) for number in range(len(order.prompts))]
        outcomes = adapter.respond(order.prompts, seed=order.seed, stages=stages)
        for _ in order.prompts:
            self.say(*messages.of_outcome(next(outcomes, None)))


class _Stages:
    """One prompt's stages, kept on the other side."""

    def __init__(self, served: _Served, prompt: int) -> None:
        self._served = served
        self._prompt = prompt

    def get(self, name: str, key: str) -> Stage | None:
        number = self._served.number()
        found = self._served.ask(messages.Recall(number=number, prompt=self._prompt, name=name, key=key))
        return None if found is None else messages.stage(found)

    def put(self, stage: Stage) -> None:
        number = self._served.number()
        self._served.ask(messages.Keep(number=number, prompt=self._prompt, stage=messages.finished(stage)))


def _raised(error: BaseException) -> messages.Raised:
    error_text = secrets.redact(f"{type(error).__name__}: {error}")
    trace = secrets.redact("".join(traceback.format_exception(error)))
    return messages.Raised(
        error=error_text[: messages.LONGEST_MESSAGE],
        trace=trace[-messages.LONGEST_TRACE :],
        out_of_memory=isinstance(error, MemoryError),
    )


if __name__ == "__main__":
    main()
