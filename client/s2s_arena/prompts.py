"""Prompts on one's own disk: fetched one by one, compared with their hashes, gone on with after a break."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena

MANIFEST = "manifest.jsonl"
PIECE = 1 << 20
TRIES = 6
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Pulled:
    """What came of a pull: how many prompts there are, how many were fetched now, and where they lie."""

    prompts: int
    fetched: int
    folder: Path


def pull(arena: Arena, name: str, folder: Path, *, told: Told = lambda done, of: None) -> Pulled:
    """Fetch a set's manifest and every prompt that is not there yet, whole and unchanged.

    Args:
        arena: with a token.
        name: such as `core/3`.
        folder: of the set alone.
        told: is called with how many are there, and of how many.

    Raises:
        ArenaError: `malformed` for a name that is none, or what the server says.
    """
    text = arena.send("GET", f"prompt-sets/{_checked(name)}/manifest").text
    lines = [json.loads(line) for line in text.splitlines()]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / MANIFEST, text.encode())
    fetched = 0
    for done, line in enumerate(lines):
        told(done, len(lines))
        fetched += _fetch(arena, line, inside(folder, line["file"]))
    told(len(lines), len(lines))
    return Pulled(len(lines), fetched, folder)


def read(folder: Path) -> list[dict[str, Any]]:
    """Read the manifest of a set that was pulled.

    Raises:
        ArenaError: `no_prompts`.
    """
    path = folder / MANIFEST
    if not path.exists():
        fix = f"Run s2s-arena prompts pull SET {folder}."
        raise ArenaError(f"There are no prompts in {folder}.", code="no_prompts", fix=fix)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def inside(folder: Path, name: str) -> Path:
    """A file of the folder, whatever a server calls it.

    Raises:
        ArenaError: `malformed`: it would lie outside.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ArenaError(f"The server names a file outside {folder}.", code="malformed", fault="platform")
    return path


def _checked(name: str) -> str:
    slug, _, version = name.partition("/")
    if not slug or not version.isdecimal():
        raise ArenaError(f"{name} is no prompt set.", code="malformed", fix="Name one such as core/3.")
    return name


def _fetch(arena: Arena, line: dict[str, Any], target: Path) -> bool:
    """Bring one file, going on where an earlier try broke off; False: it was there."""
    if target.exists() and hash_of(target) == line["sha256"]:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.part")
    for left in reversed(range(TRIES)):
        try:
            _append(arena, line, draft)
        except ArenaError as error:
            if not left or error.code != "unreachable":
                raise
            continue
        if hash_of(draft) == line["sha256"]:
            draft.replace(target)
            return True
        draft.unlink()
    detail = f"{line['id']} does not arrive as the manifest says."
    raise ArenaError(detail, code="hash_mismatch", fault="platform", fix="Pull again; tell us if it stays.")


def _append(arena: Arena, line: dict[str, Any], draft: Path) -> None:
    start = draft.stat().st_size if draft.exists() else 0
    if start >= line["bytes"]:
        return
    with arena.stream(line["audio"], start=start) as answer:
        goes_on = answer.status_code == HTTPStatus.PARTIAL_CONTENT
        with draft.open("ab" if goes_on else "wb") as file:
            for piece in answer.iter_bytes(PIECE):
                file.write(piece)


def hash_of(path: Path) -> str:
    """Hash a file piece by piece: SHA-256, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(data)
    draft.replace(path)
