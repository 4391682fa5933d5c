"""R3: the broker may be wiped, killed and away; requests and jobs do not mind."""

import http.client
import json
import threading
import time
from urllib.parse import urlencode

from tests.faults.rig.arena import KINDS, Arena, Plan
from tests.faults.rig.report import Report

LONGEST_BELL_MS = 300.0
FLUSH_SECONDS = 5.0
HTTP_THREADS = 2


class Askers:
    """Clients that ask for jobs over HTTP, evenly over a while.

    Attributes:
        totals: how long each request took, in ms.
        bells: how much of that was the bell's.
        failures: requests without a good answer.
    """

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.totals: list[float] = []
        self.bells: list[float] = []
        self.failures: list[str] = []
        self._turn = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, *, number: int, seconds: float) -> None:
        """Ask for so many jobs within so many seconds."""
        share = number // HTTP_THREADS
        self._threads = [
            threading.Thread(target=self._ask_for, args=(share, seconds / share)) for _ in range(HTTP_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all are asked for."""
        for thread in self._threads:
            thread.join()

    def _ask_for(self, number: int, pause: float) -> None:
        began = time.monotonic()
        for place in range(number):
            time.sleep(max(0.0, began + place * pause - time.monotonic()))
            self._ask(KINDS[place % len(KINDS)])

    def _ask(self, kind: str) -> None:
        with self._turn:
            system, prompt, replicate = self.arena.hand_out(kind)
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.arena.port, timeout=30)
        try:
            body = urlencode({"system": system.pk, "prompt": prompt.pk, "replicate": replicate})
            line.request("POST", "/rig/ask", body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = line.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{type(error).__name__}: {error}")
            return
        finally:
            line.close()
        if answer.status != 200:
            self.failures.append(f"{answer.status} {said[:200]!r}")
            return
        with self._turn:
            self.totals.append(1000 * (time.monotonic() - began))
            self.bells.append(json.loads(said)["bell_ms"])
            self.arena.asked.add((system.pk, prompt.pk, replicate))


def run(*, jobs: int = 1000, seconds: int = 300, down_seconds: int = 60) -> Report:
    """Wipe the broker every 5 s, then kill it, then leave it down, and ask for jobs all the time."""
    report = Report(
        "r3",
        f"Redis is disposable: all done; no request fails, or waits for it for over {LONGEST_BELL_MS:.0f} ms",
        jobs=jobs,
        seconds=seconds,
        down_seconds=down_seconds,
    )
    with report.watching(Plan(workers=2, slots=4, site=True)) as arena:
        askers = Askers(arena)
        # A tenth is kept for the time in which the broker is down.
        askers.start(number=jobs - jobs // 10, seconds=seconds)
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            report.tell("wiping Redis", done=seconds - (until - now), of=seconds)
            arena.servers.ask_redis("flushall")
            report.faults["F4"] += 1
            time.sleep(FLUSH_SECONDS)
        askers.join()
        report.tell("Redis is killed, and stays down")
        arena.servers.kill_redis()
        report.faults["F5"] += 1
        report.faults["F8"] += 1
        askers.start(number=jobs // 10, seconds=down_seconds * 0.9)
        time.sleep(down_seconds)
        askers.join()
        arena.servers.start_redis()
        report.figures["drain_seconds"] = round(arena.until_drained(seconds=120), 1)
        _judge(report, askers, jobs=jobs)
    return report


def _judge(report: Report, askers: Askers, *, jobs: int) -> None:
    bells, totals = sorted(askers.bells), sorted(askers.totals)
    report.figures["requests"] = {
        "asked": len(totals),
        "failed": len(askers.failures),
        "failures": askers.failures[:5],
        "bell_ms": _spread(bells),
        "request_ms": _spread(totals),
        "requests_over_300_ms": sum(total > LONGEST_BELL_MS for total in totals),
    }
    report.require(f"requests failed: {askers.failures[:3]}", not askers.failures)
    report.require(f"{len(totals)} of {jobs} asked", len(totals) == jobs)
    report.require(f"the slowest bell took {bells[-1]:.0f} ms", bells[-1] <= LONGEST_BELL_MS)


def _spread(values: list[float]) -> dict[str, float]:
    return {
        name: round(values[min(len(values) - 1, int(share * len(values)))], 1)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    }
