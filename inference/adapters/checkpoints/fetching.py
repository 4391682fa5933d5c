"""A commit of a hub's repository on this disk: listed, chosen, fetched by the pinned client, looked at, kept.

Source: the Hugging Face hub's API, `GET /api/models/{repo}/revision/{commit}?blobs=true` and
`GET /{repo}/resolve/{commit}/{file}`.
"""

import fcntl
import hashlib
import json
import re
import shutil
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from inference.adapters.checkpoints import CheckpointRefused, vetting
from inference.adapters.checkpoints.vetting import Entry
from inference.outbound import calls, targets
from inference.outbound.targets import Place

COMMIT = re.compile(r"[0-9a-f]{40}")
REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
MOST_LISTING_BYTES = 10_000_000
# The hub sends large files from a store of its own.
MOST_STEPS = 3
MOVED = frozenset({301, 302, 303, 307, 308})
LISTING = calls.Limits(seconds=60, most_bytes=MOST_LISTING_BYTES)
FILE = calls.Limits(seconds=7_200, most_bytes=0, connect=20, first_byte=60, silence=60)


class HubError(Exception):
    """The hub did not answer as it should; another try may help."""


@dataclass(frozen=True)
class Hub:
    """Where checkpoints come from.

    Attributes:
        url: of the hub, which its operator chose.
        allowed: where it may lie besides the public internet.
        most_bytes: of one checkpoint.
    """

    url: str
    most_bytes: int
    allowed: Container[Place] = field(default_factory=frozenset)


def fetch(hub: Hub, repository: str, commit: str, *, into: Path) -> Path:
    """Bring a commit onto this disk, once, and return its folder.

    Raises:
        CheckpointRefused: `checkpoint_unpinned`, `checkpoint_not_found`, `licence_missing`, and vetting's.
        HubError: the hub does not answer.
        OSError: there is no room.
    """
    if not COMMIT.fullmatch(commit):
        message = "The revision has to be a full commit: 40 hexadecimal digits."
        raise CheckpointRefused(message, "checkpoint_unpinned")
    if not REPOSITORY.fullmatch(repository) or ".." in repository:
        raise CheckpointRefused("The repository has to be owner/name.", "checkpoint_not_found")
    target = into / hashlib.sha256(repository.encode()).hexdigest()[:16] / commit
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target):
        if target.is_dir():
            return target
        draft = target.with_suffix(".part")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            entries = vetting.choose(_listed(hub, repository, commit), most_bytes=hub.most_bytes)
            for entry in entries:
                _bring(hub, f"{repository}/resolve/{commit}/{quote(entry.name)}", entry, draft / entry.name)
            vetting.look(draft, entries)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        draft.rename(target)
    return target


def _listed(hub: Hub, repository: str, commit: str) -> list[Entry]:
    told = _asked(hub, f"api/models/{repository}/revision/{commit}?blobs=true")
    if told.get("sha") != commit:
        message = "The hub knows this revision under another commit: name the commit itself."
        raise CheckpointRefused(message, "checkpoint_unpinned")
    card = told.get("cardData")
    if not isinstance(card, Mapping) or not card.get("license"):
        message = "The repository's card names no licence (`license:` at the top of README.md)."
        raise CheckpointRefused(message, "licence_missing")
    try:
        return [
            Entry(str(one["rfilename"]), int(one["size"]), str((one.get("lfs") or {}).get("sha256", "")))
            for one in told["siblings"]
        ]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise HubError("The hub's list of files is not as it should be.") from error


def _asked(hub: Hub, path: str) -> Mapping[str, Any]:
    try:
        target = targets.read(f"{hub.url}/{path}", allowed=hub.allowed)
        answer = calls.call("GET", target, body=b"", headers={}, limits=LISTING)
    except (targets.NotCalledError, calls.NotAnsweredError) as error:
        raise HubError(f"The hub does not answer: {error}.") from error
    _look_at_status(answer.status)
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise HubError("The hub's answer is no JSON.") from error
    if not isinstance(told, Mapping):
        raise HubError("The hub's answer is no JSON object.")
    return told


def _look_at_status(status: int) -> None:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        message = "There is no such public repository with this commit."
        raise CheckpointRefused(message, "checkpoint_not_found")
    if status != HTTPStatus.OK:
        raise HubError(f"The hub answers with HTTP {status}.")


def _bring(hub: Hub, path: str, entry: Entry, target: Path) -> None:
    """Fetch one file, of exactly the size and hash that were listed, over a few steps to the hub's store."""
    url, allowed = f"{hub.url}/{path}", hub.allowed
    for _ in range(MOST_STEPS):
        try:
            where = targets.read(url, allowed=allowed)
            with calls.answering(where, calls.Request("GET", b"", {}), limits=FILE) as answer:
                if answer.status in MOVED:
                    url = urljoin(url, dict(answer.headers).get("Location", ""))
                    continue
                _look_at_status(answer.status)
                _write(answer, entry, target)
                return
        except (targets.NotCalledError, calls.NotAnsweredError) as error:
            raise HubError(f"{entry.name} could not be fetched: {error}.") from error
    raise HubError(f"{entry.name} could not be fetched: the hub sends us from place to place.")


def _write(answer: calls.Answering, entry: Entry, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        for piece in answer.pieces():
            size += len(piece)
            if size > entry.size:
                break
            digest.update(piece)
            file.write(piece)
    if size != entry.size or (entry.sha256 and digest.hexdigest() != entry.sha256):
        message = f"{entry.name} is not the file that the hub lists."
        raise CheckpointRefused(message, "checkpoint_file_refused")


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Let one process at a time fetch a checkpoint."""
    with target.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
