"""Time the sweeper's passes and a worker's claims where the tables are full (goal R9: 5 ms a pass).

Run from the repository: `python -m benchmarks.sweep [--passes 200]`. It brings up a PostgreSQL of its own, as
durable as the site's, with 100,000 finished jobs, 10,000 queued and 100 running ones, and prints Markdown.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from benchmarks.jobs import bring_up


def main() -> None:
    """Fill the tables, sweep and claim, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--passes", type=int, default=200)
    passes = parser.parse_args().passes
    bring_up()

    from inference.services import sweep  # noqa: PLC0415 -- once Django is set up
    from tests import crowd  # noqa: PLC0415 -- as above

    crowd.fill()
    print("| step | p50 ms | p95 ms |\n|---|---:|---:|")
    # The first passes ring for every system that waits, a few at a time.
    report("a pass that rings for three systems", timed(sweep.ring_again, 14))
    report("a pass: lost leases and bells", timed(one_pass, passes))
    report("a claim of 8 jobs, with pulse, attempts and turn", claims(passes))


def one_pass() -> None:
    """Do what the sweeper does each second."""
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


def report(name: str, took: list[float]) -> None:
    """Print one line of the table."""
    print(f"| {name} | {np.percentile(took, 50):.2f} | {np.percentile(took, 95):.2f} |")


if __name__ == "__main__":
    main()
