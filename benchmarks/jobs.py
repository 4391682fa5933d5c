"""Time what the arena itself adds to a job, with a system that answers in no time.

Run from the repository: `python -m benchmarks.jobs [--jobs 200] [--seconds 5] [--json FILE]`. It brings up a
PostgreSQL of its own, as durable as the site's, and a Redis, and prints Markdown: the jobs a second of a real
`manage.py work` with one slot and two, taking jobs one by one and in batches; and each step's milliseconds.
"""

import argparse
import atexit
import contextlib
import itertools
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from arena_site.embedded import Postgres, Redis, database_url, redis_url

BATCHES = (1, 8)
PATIENCE_SECONDS = 300.0
took: dict[str, float] = defaultdict(float)


def timed(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the time of every call to a step's."""

    def call(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            took[step] += time.perf_counter() - began

    return call


def bring_up() -> None:
    """Start a database in a folder that is deleted at the end, and set Django up on it."""
    var = Path(tempfile.mkdtemp(prefix="s2s-arena-benchmark-"))
    var.chmod(0o711)
    server = Postgres(var)
    server.start()
    broker = Redis(var)
    broker.start()
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    atexit.register(server.stop)
    atexit.register(broker.stop)
    os.environ.update(
        VAR_DIR=str(var),
        DATABASE_URL=database_url(var),
        REDIS_URL=redis_url(var),
        DJANGO_SETTINGS_MODULE="arena_site.settings",
        LOG_LEVEL="ERROR",
    )
    import django  # noqa: PLC0415 -- after the settings are named

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- after the settings are named

    call_command("migrate", verbosity=0)
    call_command("load_taxonomy", verbosity=0)


def main() -> None:
    """Measure both, print the tables, and write the JSON where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200, help="How many answers each figure rests on.")
    parser.add_argument("--seconds", type=float, default=5.0, help="Length of prompts, and so of answers.")
    parser.add_argument("--json", type=Path, help="Also write the figures there.")
    options = parser.parse_args()
    bring_up()
    found: dict[str, Any] = {
        "jobs": options.jobs,
        "prompt_seconds": options.seconds,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    print(f"{options.jobs} jobs, prompts of {options.seconds:g} s, "
          f"{found['python']} on {found['cores']} cores, load {found['load_before']:.1f}\n")  # fmt: skip
    prompts = made_prompts(options.jobs, seconds=options.seconds)
    found["workers"] = [
        {"slots": slots, "batch": batch, "jobs_a_second": worked(prompts, slots=slots, batch=batch)}
        for slots, batch in itertools.product((1, 2), BATCHES)
    ]
    print("| slots | batch | jobs a second |\n|---:|---:|---:|")
    for line in found["workers"]:
        print(f"| {line['slots']} | {line['batch']} | {line['jobs_a_second']:.1f} |")
    found["steps"] = {batch: stepped(prompts, batch=batch) for batch in BATCHES}
    print("\n| milliseconds a job | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |")
    print("|---|" + "---:|" * len(BATCHES))
    for step in found["steps"][BATCHES[0]]:
        print(f"| {step} | " + " | ".join(f"{found['steps'][batch][step]:.2f}" for batch in BATCHES) + " |")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


def made_prompts(number: int, *, seconds: float) -> list[Any]:
    """Make prompts, each of another sound."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    playback = factories.playback_audio(factories.raw_audio())
    sounds = (factories.wav(factories.tone(seconds=seconds, hz=200 + number)) for number in range(number))
    return [factories.prompt(data=sound, playback=playback) for sound in sounds]


def worked(prompts: Sequence[Any], *, slots: int, batch: int) -> float:
    """Let a real worker answer all prompts; return the jobs a second from its first claim to its last end.

    Another system warms it up first, so that every slot has its child processes.
    """
    from django.db.models import Max, Min  # noqa: PLC0415 -- once Django is set up

    from inference.models import Attempt, Job  # noqa: PLC0415 -- as above
    from inference.services import jobs  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    warm, system = (factories.system(config={"batch_size": size}) for size in (1, batch))
    with worker(slots):
        jobs.request(systems=[warm], prompts=prompts[: 8 * slots])
        until_done(Job.objects.filter(system=warm))
        jobs.request(systems=[system], prompts=prompts)
        until_done(Job.objects.filter(system=system))
    ends = Attempt.objects.filter(job__system=system).aggregate(Min("started_at"), Max("ended_at"))
    return len(prompts) / (ends["ended_at__max"] - ends["started_at__min"]).total_seconds()


@contextlib.contextmanager
def worker(slots: int) -> Iterator[None]:
    """Run `manage.py work` with so many slots."""
    process = subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "manage.py", "work", "--queue", "api", "--slots", str(slots)],
        env=os.environ | {"POLL_SECONDS": "0.2"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def until_done(among: Any) -> None:
    """Wait until all of these jobs are done."""
    until = time.monotonic() + PATIENCE_SECONDS
    while among.exclude(state="done").exists():
        if time.monotonic() > until or among.filter(state="failed").exists():
            raise SystemExit("Not every job was answered: these figures mean nothing.")
        time.sleep(0.1)


def stepped(prompts: Sequence[Any], *, batch: int) -> dict[str, float]:
    """Answer all prompts in this process, and return the milliseconds a job of each step."""
    from inference.models import Job  # noqa: PLC0415 -- once Django is set up
    from inference.services import jobs  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    rng = random.Random(1)  # noqa: S311 -- spreads retries, keeps no secret
    claim = partial(jobs.claim, queues=["api"], worker="benchmark")
    # The first batch also starts the child processes, which stay.
    jobs.request(systems=[factories.system(config={"batch_size": batch})], prompts=prompts[:batch])
    if first := claim():
        jobs.run(first, rng=rng)
    system = factories.system(config={"batch_size": batch})
    jobs.request(systems=[system], prompts=prompts)

    with clocks():
        timed_claim = timed("claim, with pulse and attempt", claim)
        began = time.perf_counter()
        while taken := timed_claim():
            jobs.run(taken, rng=rng)
        total = time.perf_counter() - began
    if Job.objects.filter(system=system, state="done").count() != len(prompts):
        raise SystemExit("Not every job was answered: these figures mean nothing.")
    steps = {**took, "the rest": total - sum(took.values()), "all": total}
    return {step: 1000 * seconds / len(prompts) for step, seconds in steps.items()}


@contextlib.contextmanager
def clocks() -> Iterator[None]:
    """Put a clock around each step."""
    from inference.audio.clip import Clip  # noqa: PLC0415 -- once Django is set up
    from inference.services import media  # noqa: PLC0415 -- as above
    from inference.services.jobs import ending, running  # noqa: PLC0415 -- as above

    measured: list[tuple[Any, str, str]] = [
        (media, "read", "read the prompt"),
        (running, "decode", "decode the prompt in a child"),
        (Clip, "flac", "encode the answer"),
        (ending, "ingest", "check, measure and normalise in a child"),
        (media, "write", "write both files to the disk"),
        (ending, "_accept", "accept: one transaction"),
    ]
    took.clear()
    with contextlib.ExitStack() as stack:
        for where, name, step in measured:
            stack.enter_context(patch.object(where, name, timed(step, getattr(where, name))))
        yield


if __name__ == "__main__":
    main()
