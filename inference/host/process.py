"""Our side of the line: starts a host, gives it orders, believes nothing that it says and ends it in time."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping

from inference.adapters import secrets
from inference.adapters.base import AdapterError, Reply
from inference.host import frames, messages, starting
from inference.host.messages import Answered, AnyMessage, Ended, Failed, Keep, Raised, Recall
from inference.host.orders import Abandoned, Crashed, Order, Wait, out_of_memory

# How often a wait is interrupted to look whether the answer is still wanted and the host still there.
TICK_SECONDS = 0.1
# A host that has hung up, or was killed, is gone within so long.
GONE_SECONDS = 5.0
# An adapter that has given its last outcome comes back within so long.
END_SECONDS = 5.0
# A host that hangs writes its stacks in microseconds.
STACKS_SECONDS = 0.3
MOST_SAID = 32_000

Outcome = Reply | AdapterError


class Host:
    """A running host.

    Args:
        variables: the whole environment of the host but for Python's path.
        memory_bytes: its address space; None: any, as CUDA needs, which reserves more than the machine has.
    """

    def __init__(self, *, variables: Mapping[str, str], memory_bytes: int | None = None) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = starting.start(theirs, variables, memory_bytes or 0)
        self._line.setblocking(False)
        self._inbox = frames.Inbox(self._line)
        assert self._process.stdout is not None  # noqa: S101 -- it was asked for
        self._said = self._process.stdout
        os.set_blocking(self._said.fileno(), False)
        self._tail = bytearray()
        self._poll = select.poll()
        self._poll.register(self._line, select.POLLIN)
        self._poll.register(self._said, select.POLLIN)
        self._oom_kills = starting.oom_kills()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can take an order."""
        return self._process.returncode is None and not self._has_ended()

    def respond(
        self, order: Order, *, seconds: float, abandoned: Callable[[], bool] = lambda: False
    ) -> Iterator[Outcome]:
        """Yield one outcome per prompt, as the adapter does there. Unless it comes to its end, the host goes.

        Args:
            order: what to answer.
            seconds: how long we wait in all; the caller's own time between two outcomes does not count.
            abandoned: asked all the time; once true, the host is ended.

        Raises:
            Crashed: the prompts that have no outcome yet get none.
            Abandoned: as was asked for.
        """
        wait = Wait(seconds, abandoned)
        secrets.lend(order.secrets)
        self._tail.clear()
        self._oom_kills = starting.oom_kills()
        ended = False
        try:
            self._place(order, wait)
            for _ in order.prompts:
                yield self._outcome(order, wait)
            with contextlib.suppress(Crashed):  # whoever dies after the last outcome harms nobody
                ended = isinstance(self._heard(order, Wait(END_SECONDS, abandoned))[0], Ended)
        finally:
            if not ended:
                self.kill()

    def kill(self) -> None:
        """End it and whatever it started."""
        if self._process.returncode is None:
            self._kill_group()
            self._process.wait()
        self._line.close()
        self._said.close()

    def forget(self) -> None:
        """Let go of a host that belongs to the process from which this one was forked."""
        self._line.close()
        self._said.close()
        # Popen warns when it is dropped unwaited, but only the process that started it can wait.
        self._process.returncode = 0

    def _place(self, order: Order, wait: Wait) -> None:
        head: dict[str, object] = {
            "kind": "order",
            "adapter": order.adapter,
            "config": order.config,
            "seed": order.seed,
            "secrets": order.secrets,
            "allowed": sorted(order.allowed),
            "rates": [prompt.rate for prompt in order.prompts],
        }
        self._send(head, None, wait)
        for prompt in order.prompts:
            self._send({}, messages.sound_of(prompt), wait)

    def _send(self, message: Mapping[str, object], sound: memoryview | None, wait: Wait) -> None:
        self._line.settimeout(max(wait.left, TICK_SECONDS))
        try:
            frames.send(self._line, message, sound)
        except TimeoutError:
            raise self._hung() from None
        except OSError:
            raise self._gone() from None
        finally:
            self._line.setblocking(False)

    def _outcome(self, order: Order, wait: Wait) -> Outcome:
        message, sound = self._heard(order, wait)
        if isinstance(message, Answered | Failed):
            return messages.outcome(message, sound)
        raise self._nonsense(f"{message.kind!r} where an outcome was due.")

    def _heard(self, order: Order, wait: Wait) -> tuple[AnyMessage, bytearray]:
        """Wait for the next message that is no question about stages, which are answered at once."""
        with wait:
            while True:
                try:
                    frame = self._inbox.take()
                    said = messages.parse(frame) if frame else None
                except EOFError:
                    raise self._gone() from None
                except frames.NotAFrame as error:
                    raise self._nonsense(str(error)) from None
                if said is None:
                    self._idle()
                elif isinstance(said[0], Raised):
                    raise self._raised(said[0])
                elif isinstance(said[0], Recall | Keep):
                    self._serve(said[0], order, wait)
                else:
                    return said
                if wait.abandoned():
                    raise Abandoned
                if wait.left <= 0:
                    raise self._hung()

    def _idle(self) -> None:
        """Wait for a tick at most, and take what the host has written meanwhile."""
        ready = self._poll.poll(1000 * TICK_SECONDS)
        if any(number == self._said.fileno() for number, _ in ready):
            self._listen()
        if not ready and self._has_ended():
            # Something that it started holds the line open; nobody will ever speak on it.
            raise self._gone()

    def _has_ended(self) -> bool:
        """Look without reaping: until `kill`, its number belongs to no other process."""
        try:
            return bool(os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        except ChildProcessError:  # somebody else in this process waits for all children
            return True

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def _serve(self, message: Recall | Keep, order: Order, wait: Wait) -> None:
        if message.prompt >= len(order.stages):
            raise self._nonsense(f"There is no prompt {message.prompt}.")
        store = order.stages[message.prompt]
        found = None
        if isinstance(message, Recall):
            found = store.get(message.name, message.key)
        else:
            store.put(messages.stage(message.stage))
        told = None if found is None else messages.finished(found).model_dump(mode="json")
        self._send({"kind": "stage", "number": message.number, "stage": told}, None, wait)

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._said.fileno(), frames.CHUNK):
                self._tail += chunk
                del self._tail[:-MOST_SAID]
            # It closed its end, which would else be "ready" for ever.
            with contextlib.suppress(KeyError):
                self._poll.unregister(self._said)

    def _last_words(self) -> str:
        self._listen()
        return self._tail.decode(errors="replace")

    def _raised(self, message: Raised) -> Crashed:
        if message.out_of_memory:
            return out_of_memory(message.trace)
        return Crashed(
            f"The system's adapter crashed: {message.error}", code="adapter_crashed", detail=message.trace
        )

    def _hung(self) -> Crashed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, messages.SHOW_STACKS)
        time.sleep(STACKS_SECONDS)
        message = "The system's adapter did not answer in time and was ended."
        return Crashed(message, code="adapter_hung", detail=self._last_words())

    def _nonsense(self, what: str) -> Crashed:
        message = "The system's adapter did not keep to the line's protocol and was ended."
        return Crashed(message, code="adapter_talked_nonsense", detail=f"{what}\n{self._last_words()}")

    def _gone(self) -> Crashed:
        """Say how it ended."""
        try:
            status = self._process.wait(timeout=GONE_SECONDS)
        except subprocess.TimeoutExpired:
            return self._nonsense("It hung up and went on.")
        self._kill_group()
        said = self._last_words()
        by_kernel = status == -signal.SIGKILL and starting.oom_kills() > self._oom_kills
        if status == messages.OUT_OF_MEMORY or by_kernel:
            return out_of_memory(said)
        if status < 0:
            message = f"The system's adapter was killed by {signal.Signals(-status).name}."
            return Crashed(message, code="adapter_killed_by_signal", detail=said)
        message = f"The system's adapter ended by itself with status {status}."
        return Crashed(message, code="adapter_exited", detail=said)
