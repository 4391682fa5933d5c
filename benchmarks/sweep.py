"""Time the sweeper's passes and a worker's claims where the tables are full (goal R9: 5 ms a pass).

Run from the repository: `python -m benchmarks.sweep [--passes 600] [--json FILE]`. It brings up a PostgreSQL
of its own, as durable as the site's, with 100,000 finished jobs, 10,000 queued and 100 running ones, and
prints Markdown.
"""

import argparse
import itertools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.jobs import bring_up


def main() -> None:
    """Fill the tables, sweep and claim, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--passes", type=int, default=600)
    parser.add_argument("--json", type=Path, help="Also write the figures there.")
    options = parser.parse_args()
    passes = options.passes
    bring_up()

    from inference.services import sweep  # noqa: PLC0415 -- once Django is set up
    from tests import crowd  # noqa: PLC0415 -- as above

    crowd.fill()
    # The adapters are built once a process.
    sweep.ring_again()
    steps = {
        "passes in a row, as their seconds bring them": timed(passes_in_a_row(), passes),
        "a pass that takes lost leases back only": timed(sweep.lost_leases, passes),
        "a pass that also rings": timed(ringing_pass, passes),
        "a claim of 8 jobs, with pulse, attempts and turn": claims(passes),
    }
    print("| step | p50 ms | p95 ms |\n|---|---:|---:|")
    found = {name: {f"p{at}_ms": round(float(np.percentile(took, at)), 2) for at in (50, 95)}
             for name, took in steps.items()}  # fmt: skip
    for name, figures in found.items():
        print(f"| {name} | {figures['p50_ms']:.2f} | {figures['p95_ms']:.2f} |")
    if options.json:
        load = round(os.getloadavg()[0], 1)
        options.json.write_text(json.dumps({"passes": passes, "load": load, "steps": found}, indent=1) + "\n")


def passes_in_a_row() -> Callable[[], None]:
    """Make what the sweeper does each second; a few of these seconds ring."""
    from django.conf import settings  # noqa: PLC0415 -- once Django is set up

    from inference.services import sweep  # noqa: PLC0415 -- as above

    turns = itertools.count()
    every = round(settings.RING_AGAIN_SECONDS / settings.SWEEP_SECONDS)

    def one_pass() -> None:
        if next(turns) % every:
            sweep.lost_leases()
        else:
            ringing_pass()

    return one_pass


def ringing_pass() -> None:
    """Do all that the sweeper does for jobs."""
    from inference.services import sweep  # noqa: PLC0415 -- once Django is set up

    sweep.lost_leases()
    sweep.ring_again()


def claims(times: int) -> list[float]:
    """Claim again and again, and give each batch back untimed, so that the tables stay as full."""
    from inference.services import jobs  # noqa: PLC0415 -- once Django is set up

    took = []
    for _ in range(times):
        began = time.perf_counter()
        claim = jobs.claim(queues=["api"], worker="benchmark")
        took.append(1000 * (time.perf_counter() - began))
        if claim is None:
            raise SystemExit("Nothing was claimed: these figures mean nothing.")
        for lease in claim.leases:
            jobs.release(lease)
    return took


def timed(step: Callable[[], object], times: int) -> list[float]:
    """Do a step again and again; return the milliseconds of each."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        step()
        took.append(1000 * (time.perf_counter() - began))
    return took


if __name__ == "__main__":
    main()
