"""Path one, in reading order: asking, claiming, running, ending. The sweeper (../sweep.py) mends what breaks.

The row in PostgreSQL is the job. Whoever holds its lease token may end it, by one conditional UPDATE on that
token; zero rows mean that the work no longer counts. Workers' clocks, processes and messages decide nothing.
"""

from inference.services.jobs.asking import RUNNABLE, request, seed, still_wanted, under_way
from inference.services.jobs.breaker import resume
from inference.services.jobs.claiming import Claim, claim, claim_one, queues_with_work
from inference.services.jobs.ending import Recording, complete, fail, release
from inference.services.jobs.failures import LEASE_RAN_OUT, MOST_CRASHES, MOST_ERRORS, Failure, Kind
from inference.services.jobs.leases import Lease
from inference.services.jobs.running import run

__all__ = [
    "LEASE_RAN_OUT",
    "MOST_CRASHES",
    "MOST_ERRORS",
    "RUNNABLE",
    "Claim",
    "Failure",
    "Kind",
    "Lease",
    "Recording",
    "claim",
    "claim_one",
    "complete",
    "fail",
    "queues_with_work",
    "release",
    "request",
    "resume",
    "run",
    "seed",
    "still_wanted",
    "under_way",
]
