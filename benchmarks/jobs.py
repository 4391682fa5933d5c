"""Time what the arena itself adds to a job, step by step, with a system that answers in no time.

Run from the repository: `python -m benchmarks.jobs [--jobs 200] [--seconds 5] [--batch 1]`. It brings up a
PostgreSQL of its own, as durable as the site's, and prints Markdown: milliseconds a job, and jobs a second.
"""

import argparse
import atexit
import os
import platform
import random
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from arena_site.embedded import Postgres, database_url, redis_url

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


def measure(where: Any, name: str, step: str) -> None:
    """Put a clock around a function of a module or class."""
    setattr(where, name, timed(step, getattr(where, name)))


def bring_up() -> None:
    """Start a database in a folder that is deleted at the end, and set Django up on it."""
    var = Path(tempfile.mkdtemp(prefix="s2s-arena-benchmark-"))
    var.chmod(0o711)
    server = Postgres(var)
    server.start()
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    atexit.register(server.stop)
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
    """Run the jobs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5.0, help="Length of prompts, and so of answers.")
    parser.add_argument("--batch", type=int, default=1, help="How many jobs one claim takes.")
    options = parser.parse_args()
    bring_up()
    total = run(options.jobs, seconds=options.seconds, batch=options.batch)
    print(f"{options.jobs} jobs, prompts of {options.seconds:g} s, batches of {options.batch}, "
          f"{platform.python_version()} on {os.cpu_count()} cores\n")  # fmt: skip
    print("| step | ms a job |\n|---|---:|")
    for step, seconds in took.items():
        print(f"| {step} | {1000 * seconds / options.jobs:.2f} |")
    print(f"| the rest | {1000 * (total - sum(took.values())) / options.jobs:.2f} |")
    print(f"| **all** | **{1000 * total / options.jobs:.2f}** |\n\n{options.jobs / total:.1f} jobs a second")


def run(number: int, *, seconds: float, batch: int) -> float:
    """Answer that many prompts in this process, and return the seconds that it took."""
    from inference.audio.clip import Clip  # noqa: PLC0415 -- once Django is set up
    from inference.models import Job  # noqa: PLC0415 -- as above
    from inference.services import jobs, media  # noqa: PLC0415 -- as above
    from inference.services.jobs import ending, running  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    system = factories.system(config={"batch_size": batch})
    playback = factories.playback_audio(factories.raw_audio())
    prompts = [
        factories.prompt(
            data=factories.wav(factories.tone(seconds=seconds, hz=200 + number)), playback=playback
        )
        for number in range(number + batch)
    ]
    jobs.request(systems=[system], prompts=prompts[:batch])
    rng = random.Random(1)  # noqa: S311 -- spreads retries, keeps no secret
    claim = partial(jobs.claim, queues=["api"], worker="benchmark")
    # The first batch also starts the decoder's process, which stays.
    if first := claim():
        jobs.run(first, rng=rng)
    jobs.request(systems=[system], prompts=prompts[batch:])

    measure(media, "read", "read the prompt")
    measure(running, "decode", "decode the prompt in a child")
    measure(Clip, "flac", "encode the answer")
    measure(ending, "ingest", "check, measure and normalise in a child")
    measure(media, "write", "write both files to the disk")
    measure(ending, "_accept", "accept: one transaction")
    timed_claim = timed("claim, with pulse and attempt", claim)
    began = time.perf_counter()
    while taken := timed_claim():
        jobs.run(taken, rng=rng)
    total = time.perf_counter() - began
    if Job.objects.filter(state="done").count() != number + batch:
        raise SystemExit("Not every job was answered: these figures mean nothing.")
    return total


if __name__ == "__main__":
    main()
