"""Clients: a line that is kept, a load at a constant rate, and what came of it."""

import http.client
import queue
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np

CSRF = "c" * 32
TIMEOUT_SECONDS = 30


class Line:
    """One person's connection; a line that the server has hung up is made anew, as browsers do."""

    def __init__(self, port: int, session: str = "") -> None:
        self.port = port
        self.headers = {"Host": "localhost", "Cookie": f"sessionid={session}; csrftoken={CSRF}"}
        self._line: http.client.HTTPConnection | None = None
        self._context: ssl.SSLContext | None = None

    def over_tls(self, context: ssl.SSLContext, *, host: str) -> None:
        """Speak TLS from now on, as this host's browser would."""
        self._context = context
        self.headers["Host"], self.headers["Origin"] = host, f"https://{host}"
        self.headers["Cookie"] = re.sub(
            r"(?<![\w-])(sessionid|csrftoken)=", r"__Host-\1=", self.headers["Cookie"]
        )

    def _made(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=TIMEOUT_SECONDS, context=self._context
        )

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None, **headers: str) -> "Answer":
        """Send a request and read all of the answer."""
        body, more = None, dict(headers)
        if fields is not None:
            body = urlencode(fields)
            more |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
        for last in (False, True):
            made = self._line is None
            if self._line is None:
                self._line = self._made()
            began = time.perf_counter()
            try:
                self._line.request(method, path, body=body, headers=self.headers | more)
                said = self._line.getresponse()
                first = time.perf_counter() - began
                return Answer(said.status, said.headers, said.read(), first)
            except (OSError, http.client.HTTPException):
                self._line.close()
                self._line = None
                if last or made:
                    raise
        raise AssertionError


class Answer:
    """An answer, and the seconds to its first byte."""

    def __init__(self, status: int, headers: Any, body: bytes, first: float) -> None:
        self.status, self.headers, self.body, self.first = status, headers, body, first

    @property
    def to(self) -> str:
        """Where it leads."""
        return str(self.headers.get("Location", ""))


class Ledger:
    """What requests took, by kind, and what else than a good answer they got."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}
        self.no: dict[str, list[float]] = {}
        self.errors: Counter[str] = Counter()
        self._turn = threading.Lock()

    def note(self, kind: str, seconds: float, answer: Answer | None) -> None:
        """Write down one request; 429 and 503 are a no, anything else from 400 on is an error."""
        with self._turn:
            if answer is not None and answer.status < 400:
                self.took.setdefault(kind, []).append(seconds)
            elif answer is not None and answer.status in {429, 503}:
                self.no.setdefault(str(answer.status), []).append(seconds)
            else:
                self.errors[f"{kind} {answer.status if answer else 'no answer'}"] += 1

    def figures(self) -> dict[str, Any]:
        """Sum it up, in milliseconds."""
        every = [one for took in self.took.values() for one in took]
        return {
            "requests": len(every),
            **({"all": spread(every)} if every else {}),
            **{kind: spread(took) for kind, took in sorted(self.took.items())},
            **({"refused": {status: spread(took) for status, took in self.no.items()}} if self.no else {}),
            "errors": dict(self.errors),
        }


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest, in milliseconds."""
    p50, p95, p99, most = (round(1000 * float(np.percentile(seconds, at)), 1) for at in (50, 95, 99, 100))
    return {"n": len(seconds), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": most}


def constant(
    act: Callable[[Any, float], None], people: Sequence[Any], *, rate: float, seconds: float
) -> dict[str, float]:
    """Begin `act(person, due)` so many times a second, whatever became of those before.

    Where nobody is free the act waits, and its waiting counts: `due` is when it should have begun.

    Returns:
        How many were begun, and how many of them a second.
    """
    free: queue.Queue[Any] = queue.Queue()
    for one in people:
        free.put(one)
    due: queue.Queue[float | None] = queue.Queue()
    done = Counter[str]()

    def work() -> None:
        while (at := due.get()) is not None:
            person = free.get()
            try:
                act(person, at)
                done["acts"] += 1
            finally:
                free.put(person)

    threads = [threading.Thread(target=work, daemon=True) for _ in people]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    for number in range(round(rate * seconds)):
        at = began + number / rate
        time.sleep(max(0.0, at - time.perf_counter()))
        due.put(at)
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    return {"acts": done["acts"], "offered_a_second": rate, "done_a_second": round(done["acts"] / took, 2)}


def flat_out(act: Callable[[Any], None], people: Sequence[Any], *, seconds: float) -> float:
    """Let everybody act again and again; how many acts a second came of it."""
    until, done = time.perf_counter() + seconds, Counter[str]()

    def work(person: Any) -> None:
        while time.perf_counter() < until:
            act(person)
            done["acts"] += 1

    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done["acts"] / seconds
