"""The goals: each brings up what it needs, loads it, and says whether its figures hold."""

import argparse
import hashlib
import os
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.load import client, cycles, seeding
from benchmarks.load.client import Ledger, Line
from benchmarks.load.site import Site

PEOPLE = 50
Figures = dict[str, Any]


def ready(*, busy: bool = True) -> tuple[Site, list[str]]:
    """Bring up a site with an arena, and so many sessions."""
    site = Site()
    seeding.arena()
    sessions = seeding.people(PEOPLE)
    site.start(busy=busy)
    return site, sessions


def voters(site: Site, sessions: list[str], ledger: Ledger, *, port: int = 0) -> list[cycles.Voter]:
    """Give everybody their first pair, and warm every process."""
    people = [
        cycles.Voter(port or site.port, session, seed=number, ledger=Ledger())
        for number, session in enumerate(sessions)
    ]
    for one in people:
        one.cycle(time.perf_counter())
        one.ledger = ledger
    return people


def cycling(site: Site, sessions: list[str], *, rate: float, seconds: float) -> Figures:
    """Vote at a constant rate."""
    ledger = Ledger()
    people = voters(site, sessions, ledger)
    pace = client.constant(lambda one, due: one.cycle(due), people, rate=rate, seconds=seconds)
    return pace | ledger.figures()


def skeleton(site: Site, *, rate: float, seconds: float) -> Figures:
    """Load the skeleton in the same way, on the same machine and database."""
    from benchmarks.load.bones import Bones  # noqa: PLC0415 -- it brings up a second web process

    return Bones(site).load(rate=rate, seconds=seconds)


def l1(options: argparse.Namespace) -> Figures:
    """40 cycles a second: p50 ≤ 30 ms, p99 ≤ 150 ms, no errors; or half the skeleton's rate."""
    site, sessions = ready()
    ours = cycling(site, sessions, rate=options.rate, seconds=options.seconds)
    site.stop()
    bones = skeleton(site, rate=options.rate, seconds=min(options.seconds, 30))
    told: Figures = {"site": ours, "skeleton": bones}
    if "all" in ours:
        within = ours["all"]["p50_ms"] <= 30 and ours["all"]["p99_ms"] <= 150 and not ours["errors"]
        told["holds"] = within and ours["done_a_second"] >= 0.95 * options.rate
        told["ratio_p50"] = round(ours["all"]["p50_ms"] / bones["all"]["p50_ms"], 1)
    return told


def l2(options: argparse.Namespace) -> Figures:
    """The board at 600 requests a second, p99 ≤ 100 ms."""
    site, _ = ready(busy=False)
    ledger = Ledger()

    def look(line: Line) -> None:
        began = time.perf_counter()
        answer = line.ask("GET", cycles.BOARD)
        ledger.note("board", time.perf_counter() - began, answer)

    lines = [Line(site.port) for _ in range(8)]
    client.flat_out(look, lines, seconds=2)
    ledger = Ledger()
    rate = client.flat_out(look, lines, seconds=options.seconds)
    told: Figures = {"a_second": round(rate, 1), **ledger.figures()}
    return told | {"holds": rate >= 600 and told["all"]["p99_ms"] <= 100}


def l3(options: argparse.Namespace) -> Figures:
    """100 people fetch a clip of 480 kB in four ranges: p99 of the first byte ≤ 200 ms, not a byte wrong."""
    site = Site()
    wanted = seeding.large_clips(100)
    site.start(busy=False)
    first: list[float] = []
    wrong = 0
    turn = threading.Lock()

    def listen(person: tuple[Line, str, str]) -> None:
        nonlocal wrong
        line, address, digest = person
        size = seeding.LARGE_CLIP_BYTES
        parts, waits = [], []
        for start in range(0, size, size // 4):
            answer = line.ask("GET", address, Range=f"bytes={start}-{start + size // 4 - 1}")
            parts.append(answer.body)
            waits.append(answer.first)
        with turn:
            first.extend(waits)
            wrong += hashlib.sha256(b"".join(parts)).hexdigest() != digest

    people = [
        (Line(site.port, session), address, hashlib.sha256(sound).hexdigest())
        for session, address, sound in wanted
    ]
    rate = client.flat_out(listen, people, seconds=options.seconds)
    told: Figures = {
        "clips_a_second": round(rate, 1),
        "first_byte": client.spread(first),
        "wrong_bodies": wrong,
    }
    return told | {"holds": not wrong and told["first_byte"]["p99_ms"] <= 200}


def l4(options: argparse.Namespace) -> Figures:
    """Three times what it can do: the accepted within 1 s, 80 % of the best, the rest refused in 200 ms."""
    site, sessions = ready()
    peak = client.flat_out(
        lambda one: one.cycle(time.perf_counter()), voters(site, sessions[:16], Ledger()), seconds=10
    )
    with site.nginx(at_once=32) as port:
        ledger = Ledger()
        people = voters(site, sessions, ledger, port=port)
        pace = client.constant(
            lambda one, due: one.cycle(time.perf_counter()), people, rate=3 * peak, seconds=options.seconds
        )
        under = ledger.figures()
        time.sleep(10)
        after = cycling(site, sessions, rate=max(1.0, peak / 3), seconds=10)
    good = len(ledger.took.get("vote", [])) / options.seconds
    refused = [one for took in ledger.no.values() for one in took]
    told: Figures = {"peak_cycles_a_second": round(peak, 1), "under": pace | under, "after": after}
    told["goodput_share"] = round(good / peak, 2) if peak else 0.0
    within = "all" in under and under["all"]["p99_ms"] <= 1000 and told["goodput_share"] >= 0.8
    quickly = not refused or client.spread(refused)["p99_ms"] <= 200
    return told | {"holds": within and quickly and not under["errors"]}


def l5(options: argparse.Namespace) -> Figures:
    """L1 while somebody guesses 50 passwords a second: p99 ≤ 300 ms, at most 1 s of hashing in 5."""
    site, sessions = ready()
    over = threading.Event()
    guesses = Ledger()

    def guess() -> None:
        line, number = Line(site.port), 0
        while not over.is_set():
            began = time.perf_counter()
            fields = {"login": f"load{number % PEOPLE}@example.org", "password": f"guess {number}"}
            guesses.note("guess", time.perf_counter() - began, line.ask("POST", "/account/login/", fields))
            number += 1
            time.sleep(max(0.0, 0.02 - (time.perf_counter() - began)))

    attacker = threading.Thread(target=guess)
    attacker.start()
    began = time.monotonic()
    try:
        ours = cycling(site, sessions, rate=options.rate, seconds=options.seconds)
    finally:
        over.set()
        attacker.join()
    hashing = sum(map(float, site.hashes.read_text().split()))
    share = hashing / (time.monotonic() - began)
    told: Figures = {
        "site": ours,
        "guesses": guesses.figures(),
        "hashing_core_seconds_in_five": round(5 * share, 2),
    }
    return told | {"holds": "all" in ours and ours["all"]["p99_ms"] <= 300 and 5 * share <= 1}


def l6(options: argparse.Namespace) -> Figures:
    """L1 for an hour: memory grows by 5 % at most after its first sixth, no transaction of 30 s."""
    site, sessions = ready()
    seen: list[tuple[float, dict[str, int], float, int]] = []
    over = threading.Event()
    began = time.monotonic()
    watcher = threading.Thread(target=_watch, args=(site, seen, over, began))
    watcher.start()
    try:
        ours = cycling(site, sessions, rate=options.rate, seconds=options.seconds)
    finally:
        over.set()
        watcher.join()
    early = [row for row in seen if row[0] >= options.seconds / 6][:5]
    grown = {
        name: round(
            statistics.median(row[1].get(name, 0) for row in seen[-5:])
            / max(1, statistics.median(row[1].get(name, 0) for row in early)),
            3,
        )
        for name in ("web", "sweep", "work")
    }
    told: Figures = {"site": ours, "seconds": options.seconds, "memory_grown_to": grown}
    told["memory_mb"] = {name: round(size / 1e6) for name, size in seen[-1][1].items()}
    told["longest_transaction_s"] = round(max(row[2] for row in seen), 1)
    told["most_connections"] = max(row[3] for row in seen)
    within = max(grown.values()) <= 1.05 and told["longest_transaction_s"] <= 30
    return told | {"holds": within and told["most_connections"] <= 40}


def _watch(site: Site, seen: list[Any], over: threading.Event, began: float) -> None:
    from django.db import connection  # noqa: PLC0415 -- once Django is set up

    while not over.wait(5):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float, count(*) "
                "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            longest, connections = cursor.fetchone()
        seen.append((time.monotonic() - began, site.memory(), longest, connections))
    connection.close()


def l8(options: argparse.Namespace) -> Figures:
    """Take clips of ten seconds in: 0.7 s and 300 MB each at most."""
    from benchmarks.audio_child import speechlike  # noqa: PLC0415 -- it loads the audio code
    from inference.audio.ingest import ingest  # noqa: PLC0415 -- as above

    raw, took, most, over = speechlike(10.0), [], [0], threading.Event()
    us = psutil.Process(os.getpid())

    def watch() -> None:
        while not over.wait(0.01):
            for child in us.children(recursive=True):
                try:
                    most[0] = max(most[0], child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(options.clips):
        began = time.perf_counter()
        ingest(raw)
        took.append(time.perf_counter() - began)
    over.set()
    watcher.join()
    told: Figures = {"clip": client.spread(took), "largest_child_mb": round(most[0] / 1e6)}
    return told | {"holds": told["clip"]["max_ms"] <= 700 and told["largest_child_mb"] <= 300}


GOALS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "l1": l1,
    "l2": l2,
    "l3": l3,
    "l4": l4,
    "l5": l5,
    "l6": l6,
    "l8": l8,
}
