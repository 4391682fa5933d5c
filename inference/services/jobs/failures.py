"""Why a try brought no answer, whose fault that is, and what follows from it (the rules: docs/jobs.md)."""

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings

from inference.adapters.base import AdapterError, TransientError
from inference.audio.errors import AudioRefused, Code
from inference.models import Attempt
from inference.services.jobs.leases import Lease

MOST_ERRORS = 5
MOST_CRASHES = 3
# With their back-offs they last six hours on average: a full disk is noticed by then.
MOST_OWN_FAULTS = 20

Fault = Attempt.Fault
# The sound may be fine: it was our own decoder that failed on it.
DECODER_FAILED = {Code.DECODER_FAILED, Code.DECODER_TIMED_OUT, Code.DECODER_OUT_OF_MEMORY}
# What the site's own machines, disks and processes do to a job; no system can help it.
OURS = {*map(str, DECODER_FAILED), "host_not_started", "lease_ran_out", "storage_failed", "worker_crashed"}


class Kind(StrEnum):
    """What follows from a failure: another try later, none, or a few more and each of them alone."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    CRASH = "crash"


# Whoever runs the endpoint has to mend what may go away by itself; all else is the system's own doing.
FAULTS = {Kind.TRANSIENT: Fault.UPSTREAM, Kind.PERMANENT: Fault.SUBMITTER, Kind.CRASH: Fault.SUBMITTER}


@dataclass(frozen=True)
class Failure:
    """Why a try brought no answer.

    Attributes:
        kind: what follows.
        code: a stable slug for programs.
        message: one sentence for the system's owner.
        stage: which step failed; empty where there are none.
        detail: for staff, such as a traceback.
        retry_after_seconds: how long an endpoint asked to be left alone; None where it did not say.
        is_ours: the site's own fault, whatever the code says.
    """

    kind: Kind
    code: str
    message: str
    stage: str = ""
    detail: str = ""
    retry_after_seconds: float | None = None
    is_ours: bool = False

    @classmethod
    def of(cls, refused: AudioRefused) -> "Failure":
        """Say what follows from an answer that was refused."""
        kind = Kind.TRANSIENT if refused.code in DECODER_FAILED else Kind.PERMANENT
        return cls(kind=kind, code=refused.code, message=refused.message)

    @classmethod
    def of_prompt(cls, refused: AudioRefused) -> "Failure":
        """Say what follows from a refused prompt: it was taken in once, so that is the site's fault."""
        kind = Kind.TRANSIENT if refused.code in DECODER_FAILED else Kind.PERMANENT
        return cls(kind=kind, code=refused.code, message=refused.message, is_ours=True)

    @classmethod
    def of_adapter(cls, error: AdapterError) -> "Failure":
        """Say what follows from an adapter's own error."""
        return cls(
            kind=Kind.TRANSIENT if error.transient else Kind.PERMANENT,
            code=error.code,
            message=error.message,
            stage=error.stage,
            retry_after_seconds=error.retry_after_seconds if isinstance(error, TransientError) else None,
        )

    @property
    def fault(self) -> Attempt.Fault:
        """Whose move is next."""
        return Fault.PLATFORM if self.is_ours or self.code in OURS else FAULTS[self.kind]

    @property
    def is_excused(self) -> bool:
        """Whether the try counts as no error of the job's: the site's own trouble, but not what crashes."""
        return self.fault == Fault.PLATFORM and self.kind is Kind.TRANSIENT


LEASE_RAN_OUT = Failure(
    kind=Kind.CRASH,
    code="lease_ran_out",
    message="The worker that had this job ended or fell silent.",
)


def is_last(lease: Lease, failure: Failure) -> bool:
    """Whether a job ends with this failure, by what its lease says was counted before."""
    if failure.kind is Kind.PERMANENT:
        return True
    if failure.kind is Kind.CRASH:
        return lease.crashes + 1 >= MOST_CRASHES
    if failure.is_excused:
        return lease.excused + 1 >= MOST_OWN_FAULTS
    return lease.errors + 1 >= MOST_ERRORS


def back_off(lease: Lease, failure: Failure, *, share: float) -> timedelta:
    """Say how long a job rests.

    That is a random share of BACKOFF_SECONDS after one failure and of twice as long after each more, on top
    of what an endpoint asked for; neither part is ever longer than LONGEST_BACKOFF_SECONDS.

    Args:
        lease: of the job, with what was counted before.
        failure: what went wrong now.
        share: random, 0 to 1, so that jobs that failed together do not come back together.
    """
    longest = settings.LONGEST_BACKOFF_SECONDS
    failed = lease.errors + lease.crashes
    if failure.is_excused:
        failed += lease.excused
    own = min(settings.BACKOFF_SECONDS * 2**failed, longest)
    asked = failure.retry_after_seconds or 0.0
    asked = min(max(asked, 0.0), longest) if math.isfinite(asked) else 0.0
    return timedelta(seconds=asked + share * own)
