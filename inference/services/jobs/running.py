"""How a claimed batch is run: prompts are decoded, the adapter answers, each job ends by itself."""

import logging
import random
import traceback
from collections.abc import Callable, Iterator, Sequence

from django.db import InterfaceError, OperationalError

from inference.adapters.base import AdapterError, Reply
from inference.audio.clip import Clip
from inference.audio.errors import AudioRefused
from inference.audio.ingest import decode
from inference.errors import Refused
from inference.models import AudioFile, Prompt
from inference.services import adapters, media
from inference.services.jobs.claiming import Claim
from inference.services.jobs.ending import complete, fail, release
from inference.services.jobs.failures import Failure, Kind
from inference.services.jobs.leases import Heartbeat, Lease, insist
from inference.services.jobs.stages import DatabaseStages

logger = logging.getLogger(__name__)


def run(claim: Claim, *, rng: random.Random, stopping: Callable[[], bool] = lambda: False) -> None:
    """Let a system answer the prompts that were claimed. No lease is left when this returns.

    Args:
        claim: what was taken.
        rng: for the back-off of what fails.
        stopping: asked before each answer; once true, the jobs without one are given back.

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
                self._answer(self._decoded(), stopping)
            except (OperationalError, InterfaceError):
                self.open.clear()
                raise
            except Exception as error:  # an adapter is other people's code: whatever leaves it is a crash
                logger.exception("adapter_crashed system=%s", self.system)
                self._fail_rest(_crash(error))
            finally:
                for lease in list(self.open):
                    release(lease)
                    self._ended(lease)

    def _decoded(self) -> list[tuple[Lease, Clip]]:
        """Decode the prompts as they were recorded; a job whose prompt cannot be had fails alone."""
        ids = [lease.prompt_id for lease in self.open]
        prompts = insist(lambda: Prompt.objects.select_related("raw").in_bulk(ids))
        heard = []
        for lease in list(self.open):
            clip = _clip(prompts[lease.prompt_id].raw)
            if isinstance(clip, Failure):
                self._fail(lease, clip)
            else:
                heard.append((lease, clip))
        return heard

    def _answer(self, heard: Sequence[tuple[Lease, Clip]], stopping: Callable[[], bool]) -> None:
        """Take the adapter's outcomes one by one; each ends its own job."""
        if not heard:
            return
        try:
            outcomes = self._outcomes(heard)
        except Refused as refused:
            self._fail_rest(Failure(kind=Kind.PERMANENT, code=refused.code, message=refused.message))
            return
        for lease, _ in heard:
            if stopping() or not any(map(self.heartbeat.holds, self.open)):
                return
            outcome = next(outcomes, None)
            if isinstance(outcome, AdapterError):
                self._fail(lease, Failure.of_adapter(outcome))
            elif isinstance(outcome, Reply):
                self._complete(lease, outcome)
            else:
                raise TypeError(
                    f"The adapter gave {outcome!r:.200} where a Reply or an AdapterError was due."
                )

    def _outcomes(self, heard: Sequence[tuple[Lease, Clip]]) -> Iterator[Reply | AdapterError]:
        adapter = adapters.of(self.system)
        stages = [DatabaseStages(lease.job_id) for lease, _ in heard]
        return adapter.respond([clip for _, clip in heard], seed=heard[0][0].seed, stages=stages)

    def _complete(self, lease: Lease, reply: Reply) -> None:
        try:
            complete(lease, reply, rng=self.rng)
        except OSError as error:
            self._fail(lease, _storage_failed(error, "The answer could not be stored"))
            return
        self._ended(lease)

    def _fail_rest(self, failure: Failure) -> None:
        for lease in list(self.open):
            self._fail(lease, failure)

    def _fail(self, lease: Lease, failure: Failure) -> None:
        fail(lease, failure, rng=self.rng)
        self._ended(lease)

    def _ended(self, lease: Lease) -> None:
        self.heartbeat.forget(lease)
        self.open.remove(lease)


def _clip(raw: AudioFile) -> Clip | Failure:
    try:
        return decode(media.read(raw))
    except AudioRefused as refused:
        return Failure.of_prompt(refused)
    except OSError as error:
        return _storage_failed(error, "The prompt's sound could not be read")


def _storage_failed(error: OSError, what: str) -> Failure:
    message = f"{what} just now; that is the site's fault, and it tries again."
    return Failure(kind=Kind.TRANSIENT, code="storage_failed", message=message, detail=str(error))


def _crash(error: Exception) -> Failure:
    return Failure(
        kind=Kind.CRASH,
        code="adapter_crashed",
        message=f"The system's adapter crashed: {type(error).__name__}: {error}",
        detail="".join(traceback.format_exception(error)),
    )
