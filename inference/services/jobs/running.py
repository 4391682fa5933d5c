"""How a claimed batch is run: prompts are decoded, a host answers, each job ends by itself.

This process keeps the leases and writes to the database; sound is decoded in one child of it, and adapters
run in another. Where that one dies, the answers that came before stand, and each job without one has crashed:
who did it cannot be known. Each of them is taken alone from then on, and only the culprit crashes again.
"""

import contextlib
import logging
import random
import time
import traceback
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError

from inference.adapters.base import AdapterError, Reply
from inference.audio.clip import Clip
from inference.audio.errors import AudioRefused
from inference.audio.ingest import decode
from inference.errors import Refused
from inference.host.orders import Abandoned, Crashed
from inference.models import AudioFile, Prompt, System
from inference.services import media
from inference.services.jobs import hosting
from inference.services.jobs.claiming import Claim
from inference.services.jobs.ending import complete, fail, release
from inference.services.jobs.failures import Failure, Kind
from inference.services.jobs.leases import Heartbeat, Lease, insist
from inference.services.jobs.stages import DatabaseStages
from inference.services.jobs.taking_in import take_in

logger = logging.getLogger(__name__)


def run(claim: Claim, *, rng: random.Random, stopping: Callable[[], bool] = lambda: False) -> None:
    """Let a system answer the prompts that were claimed. No lease is left when this returns.

    Args:
        claim: what was taken.
        rng: for the back-off of what fails.
        stopping: asked all the time; once true, no further answer is begun, the one in the making has
            STOP_SECONDS left, and the jobs without one are given back.

    Raises:
        OperationalError, InterfaceError: the database stayed away; the leases run out by themselves.
    """
    _Batch(claim, rng=rng).run(stopping)


class _Batch:
    def __init__(self, claim: Claim, *, rng: random.Random) -> None:
        self.system = claim.system
        self.open = list(claim.leases)
        self.heartbeat = Heartbeat(claim.leases)
        self.rng = rng

    def run(self, stopping: Callable[[], bool]) -> None:
        with self.heartbeat.beating():
            try:
                if self.system.delivery == System.Delivery.UPLOADED:
                    self._take_in(stopping)
                else:
                    self._answer(self._decoded(), stopping)
            except (OperationalError, InterfaceError):
                self.open.clear()
                raise
            except Exception as error:  # a bug of ours ends these jobs' try and no other's
                logger.exception("worker_crashed system=%s", self.system)
                self._fail_rest(_bug(error))
            finally:
                for lease in list(self.open):
                    with lease.named():
                        release(lease)
                    self._ended(lease)

    def _take_in(self, stopping: Callable[[], bool]) -> None:
        """Take the files that were uploaded as the answers."""
        for lease in list(self.open):
            if stopping():
                return
            with lease.named():
                take_in(lease, rng=self.rng)
            self._ended(lease)

    def _decoded(self) -> list[tuple[Lease, Clip]]:
        """Decode the prompts as they were recorded; a job whose prompt cannot be had fails alone."""
        ids = [lease.prompt_id for lease in self.open]
        prompts = insist(lambda: Prompt.objects.select_related("raw").in_bulk(ids))
        heard = []
        for lease in list(self.open):
            with lease.named():
                clip = _clip(prompts[lease.prompt_id].raw)
            if isinstance(clip, Failure):
                self._fail(lease, clip)
            else:
                heard.append((lease, clip))
        return heard

    def _answer(self, heard: Sequence[tuple[Lease, Clip]], stopping: Callable[[], bool]) -> None:
        """Take the host's outcomes one by one; each ends its own job."""
        if not heard or stopping():
            return
        try:
            outcomes = hosting.respond(
                self.system,
                [clip for _, clip in heard],
                seed=heard[0][0].seed,
                stages=[DatabaseStages(lease.job_id) for lease, _ in heard],
                abandoned=_Patience(stopping, lost=self._lost),
            )
        except Refused as refused:
            self._fail_rest(Failure(kind=Kind.PERMANENT, code=refused.code, message=refused.message))
            return
        except OSError as error:
            self._fail_rest(_ours(error, "host_not_started", "The system's process could not be started"))
            return
        with contextlib.closing(outcomes), contextlib.suppress(Abandoned):
            try:
                for (lease, _), outcome in zip(heard, outcomes, strict=True):
                    self._end(lease, outcome)
                    if self.open and stopping():
                        return
            except Crashed as crashed:
                logger.warning("adapter_died system=%s code=%s", self.system, crashed.code)
                self._fail_rest(
                    Failure(
                        kind=Kind.CRASH, code=crashed.code, message=crashed.message, detail=crashed.detail
                    )
                )

    def _lost(self) -> bool:
        """Whether no job is left whose answer would count."""
        return bool(self.open) and not any(map(self.heartbeat.holds, self.open))

    def _end(self, lease: Lease, outcome: Reply | AdapterError) -> None:
        if isinstance(outcome, AdapterError):
            self._fail(lease, Failure.of_adapter(outcome))
        else:
            self._complete(lease, outcome)

    def _complete(self, lease: Lease, reply: Reply) -> None:
        try:
            with lease.named():
                complete(lease, reply, rng=self.rng)
        except OSError as error:
            self._fail(lease, _ours(error, "storage_failed", "The answer could not be stored"))
            return
        self._ended(lease)

    def _fail_rest(self, failure: Failure) -> None:
        for lease in list(self.open):
            self._fail(lease, failure)

    def _fail(self, lease: Lease, failure: Failure) -> None:
        with lease.named():
            fail(lease, failure, rng=self.rng)
        self._ended(lease)

    def _ended(self, lease: Lease) -> None:
        self.heartbeat.forget(lease)
        self.open.remove(lease)


class _Patience:
    """Says when an answer in the making is not waited for any longer."""

    def __init__(self, stopping: Callable[[], bool], *, lost: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._lost = lost
        self._until: float | None = None

    def __call__(self) -> bool:
        if self._until is None and self._stopping():
            self._until = time.monotonic() + settings.STOP_SECONDS
        return self._lost() or (self._until is not None and time.monotonic() > self._until)


def _clip(raw: AudioFile) -> Clip | Failure:
    try:
        return decode(media.read(raw))
    except AudioRefused as refused:
        return Failure.of_prompt(refused)
    except OSError as error:
        return _ours(error, "storage_failed", "The prompt's sound could not be read")


def _ours(error: OSError, code: str, what: str) -> Failure:
    message = f"{what} just now; that is the site's fault, and it tries again."
    return Failure(kind=Kind.TRANSIENT, code=code, message=message, detail=str(error))


def _bug(error: Exception) -> Failure:
    return Failure(
        kind=Kind.CRASH,
        code="worker_crashed",
        message="The site's own worker failed at this; that is the site's fault.",
        detail="".join(traceback.format_exception(error)),
    )
