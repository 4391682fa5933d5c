"""The pull worker: this machine claims jobs, answers them, and keeps their leases alive meanwhile."""

import contextlib
import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from s2s_arena import prompts
from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena

BEAT_SECONDS = 30.0
IDLE_SECONDS = 15.0
WAITING = {"queued", "running"}
Told = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """One prompt of a job.

    Attributes:
        id: the prompt's.
        audio: where its sound lies here.
        seed: the same seed, the same answer, where a system can do that.
    """

    id: str
    audio: Path
    language: str
    seed: int


@dataclass(frozen=True)
class Answer:
    """What a system said: the bytes of an audio file, and what is known of it."""

    audio: bytes
    transcript: str = ""
    first_audio_ms: int | None = None
    total_ms: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class NotAnswered(Exception):  # noqa: N818 -- raised by adapters to say so
    """Why a prompt has no answer.

    Attributes:
        code: a slug.
        again: whether another try may help.
    """

    def __init__(self, message: str, *, code: str = "not_answered", again: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.again = again


class Answers(Protocol):
    """A system: questions in, an answer or the reason for none out, in their order."""

    def __call__(self, asked: Sequence[Question]) -> Iterator[Answer | NotAnswered]:
        """Answer some questions."""
        ...


@dataclass
class Work:
    """What a worker did: how many jobs were answered, failed, and lost to somebody else."""

    answered: int = 0
    failed: int = 0
    lost: int = 0


def work(  # noqa: PLR0913 -- what a command line says
    arena: Arena,
    submission: str,
    answers: Answers,
    *,
    name: str,
    at_most: int = 1,
    until_done: bool = True,
    told: Told = lambda line: None,
) -> Work:
    """Claim and answer jobs until the submission waits for nobody here.

    Args:
        arena: with a token of the scope `worker:claim`; `submissions:write` lets it see the end.
        submission: its id.
        answers: the system.
        name: what this machine is called.
        at_most: how many jobs are claimed at once.
        until_done: stop when the submission no longer waits; False: go on for ever.
        told: is called with a line for each job.

    Raises:
        ArenaError: what the server says.
    """
    done = Work()
    with tempfile.TemporaryDirectory(prefix="s2s-arena-") as folder:
        while True:
            body = {"submission": submission, "at_most": at_most, "worker": name}
            claimed = arena.send("POST", "jobs/claim", json=body)
            if claimed.content:
                _batch(arena, claimed.json()["jobs"], answers, Path(folder), done, told)
                continue
            if until_done and _is_over(arena.get(f"submissions/{submission}")):
                return done
            time.sleep(min(float(claimed.headers.get("Retry-After", IDLE_SECONDS)), IDLE_SECONDS))


def _is_over(submission: Mapping[str, Any]) -> bool:
    """Whether no job waits for a machine any more; what that makes of the submission, the site says."""
    covered = submission["coverage"]
    return submission["state"] not in WAITING or not (covered["queued"] or covered["running"])


def _batch(
    arena: Arena,
    jobs: Sequence[Mapping[str, Any]],
    answers: Answers,
    folder: Path,
    done: Work,
    told: Told,
) -> None:
    open_jobs = {job["id"]: job for job in jobs}
    with _beating(arena, open_jobs):
        try:
            asked = [_question(arena, job, folder) for job in jobs]
            for job, outcome in zip(jobs, _outcomes(answers, asked), strict=True):
                _end(arena, job, outcome, done, told)
                open_jobs.pop(job["id"])
        except BaseException:
            # Stopped, or without a network: what is held goes back at once, and to somebody else.
            for job in list(open_jobs.values()):
                with contextlib.suppress(ArenaError):
                    _send(arena, job, "release", {})
            raise


def _question(arena: Arena, job: Mapping[str, Any], folder: Path) -> Question:
    prompt = job["prompt"]
    path = folder / prompt["sha256"]
    if not path.exists() or prompts.hash_of(path) != prompt["sha256"]:
        data = arena.send("GET", prompt["audio"]).content
        if hashlib.sha256(data).hexdigest() != prompt["sha256"]:
            detail = f"The prompt {prompt['id']} did not arrive whole."
            raise ArenaError(detail, code="hash_mismatch", fault="platform", fix="Start again.")
        path.write_bytes(data)
    return Question(prompt["id"], path, prompt["language"] or "", job["seed"])


def _outcomes(answers: Answers, asked: Sequence[Question]) -> Iterator[Answer | NotAnswered]:
    """Take a system's outcomes; where it breaks, the rest is told so."""
    left = len(asked)
    try:
        for outcome in answers(asked):
            left -= 1
            yield outcome
    except NotAnswered as error:
        left -= 1
        yield error
    except Exception as error:
        left -= 1
        yield NotAnswered(f"{type(error).__name__}: {error}"[:1000], code="adapter_crashed", again=True)
    for _ in range(left):
        yield NotAnswered("The adapter ended before this prompt.", code="adapter_ended", again=True)


def _end(arena: Arena, job: Mapping[str, Any], outcome: Answer | NotAnswered, done: Work, told: Told) -> None:
    prompt = job["prompt"]["id"]
    try:
        if isinstance(outcome, NotAnswered):
            said = {"code": outcome.code, "message": str(outcome)[:1000] or outcome.code}
            _send(arena, job, "fail", said | {"again": outcome.again})
            done.failed += 1
            told(f"{prompt}: failed: {outcome}")
            return
        _complete(arena, job, outcome)
    except ArenaError as error:
        if error.code == "lease_lost":
            done.lost += 1
        elif error.fault == "submitter" and error.status:
            # The site looked at the sound and did not take it; the job's end is said already.
            done.failed += 1
        else:
            raise
        told(f"{prompt}: {error.detail}")
        return
    done.answered += 1
    told(f"{prompt}: answered")


def _complete(arena: Arena, job: Mapping[str, Any], answer: Answer) -> None:
    reply = {"lease_token": job["lease_token"], "parameters": dict(answer.parameters)}
    if answer.transcript:
        reply["transcript"] = answer.transcript
    for name in ("first_audio_ms", "total_ms"):
        if (value := getattr(answer, name)) is not None:
            reply[name] = value
    files = {"audio": ("answer", answer.audio, "application/octet-stream")}
    arena.send("POST", f"jobs/{job['id']}/complete", data={"reply": json.dumps(reply)}, files=files)


def _send(arena: Arena, job: Mapping[str, Any], act: str, body: Mapping[str, Any]) -> None:
    arena.send("POST", f"jobs/{job['id']}/{act}", json={"lease_token": job["lease_token"], **body})


@contextlib.contextmanager
def _beating(arena: Arena, jobs: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Extend the leases of all jobs that are still open, every half minute."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            for job in list(jobs.values()):
                # One that was lost says so when it is answered.
                with contextlib.suppress(ArenaError):
                    _send(arena, job, "heartbeat", {})

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
