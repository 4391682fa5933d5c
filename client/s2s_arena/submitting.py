"""A folder becomes a submission, however often it is interrupted: what was done is found, not done again."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from s2s_arena import prompts
from s2s_arena.errors import ArenaError
from s2s_arena.folder import Folder, State
from s2s_arena.http import Arena

# The server takes five at once.
AT_ONCE = 4
MOST_FILES = 200
OPEN = {"draft", "uploading", "invalid"}
OCTETS = "application/octet-stream"
Told = Callable[[int, int], None]


def submit(arena: Arena, folder: Folder, *, told: Told = lambda done, of: None) -> dict[str, Any]:
    """Create or resume a submission, send its files, and submit it.

    Args:
        arena: with a token that may write systems and submissions.
        folder: what to submit.
        told: is called with the bytes that are there, and of how many.

    Returns:
        The submission as the server shows it; its state may be `invalid`, with `problems`.

    Raises:
        ArenaError: `not_in_order`, with `problems`, before anything is sent; or what the server says.
    """
    state = State(folder)
    system = state.kept.get("system") or _system(arena, folder, state)
    state.keep(system=system)
    submission = _found(arena, state) or _begun(arena, folder, system, state)
    state.keep(submission=submission["id"])
    if submission["state"] not in OPEN:
        return submission
    body: dict[str, Any] = {}
    if folder.kind == "uploaded":
        body = {"manifest": folder.manifest()}
        send(arena, submission["id"], folder.answers, state=state, told=told)
    rounds = [submission["state"], submission["round"]]
    path = f"submissions/{submission['id']}/submit"
    done: dict[str, Any] = arena.post(path, body, key=state.key("submit", body, rounds))
    return done


def send(
    arena: Arena, submission: str, files: Mapping[str, Path], *, state: State, told: Told
) -> dict[str, dict[str, Any]]:
    """Send the files that the server does not have, part by part, several at once.

    Returns:
        The server's word on each, by hash.

    Raises:
        ArenaError: `not_in_order`: with a problem for each file that cannot be taken.
    """
    rows = {row["sha256"]: (row, path) for row, path in _described(files)}
    uploads = _registered(arena, submission, [row for row, _ in rows.values()], state)
    total = sum(row["bytes"] for row, _ in rows.values())
    there = sum(one["bytes"] for one in uploads if one["state"] != "open")
    told(there, total)
    refused: list[dict[str, Any]] = []
    ended: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for upload in pool.map(lambda one: _sent(arena, one, rows[one["sha256"]][1]), uploads):
            ended[upload["sha256"]] = upload
            if upload["state"] == "refused":
                refused.append(_problem(upload, rows[upload["sha256"]][0]["prompt"]))
            there += upload["bytes"] if upload.pop("sent_now", False) else 0
            told(there, total)
    if refused:
        detail = f"{len(refused)} files cannot be taken: {refused[0]['detail']}"
        fix = "Make them anew, then submit again."
        raise ArenaError(detail, code="not_in_order", fix=fix, more={"problems": refused})
    return ended


def _described(files: Mapping[str, Path]) -> list[tuple[dict[str, Any], Path]]:
    return [
        ({"prompt": prompt, "sha256": prompts.hash_of(path), "bytes": path.stat().st_size}, path)
        for prompt, path in sorted(files.items())
    ]


def _registered(
    arena: Arena, submission: str, rows: list[dict[str, Any]], state: State
) -> list[dict[str, Any]]:
    uploads: list[dict[str, Any]] = []
    for first in range(0, len(rows), MOST_FILES):
        some = [
            {"sha256": row["sha256"], "bytes": row["bytes"], "name": row["prompt"][:200]}
            for row in rows[first : first + MOST_FILES]
        ]
        # Asked anew each time: which parts are missing is another thing after a break.
        uploads += arena.post(f"submissions/{submission}/uploads", {"files": some})["uploads"]
    return uploads


def _sent(arena: Arena, upload: dict[str, Any], path: Path) -> dict[str, Any]:
    """Send what is missing of one file; a file that is refused comes back as such."""
    if upload["state"] != "open":
        return upload
    size = upload["part_bytes"]
    try:
        with path.open("rb") as file:
            for number in upload["missing"]:
                file.seek((number - 1) * size)
                data = file.read(size)
                digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
                headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": OCTETS}
                answer = arena.send(
                    "PUT", upload["put"].replace("{n}", str(number)), content=data, headers=headers
                )
                upload = answer.json()
        if upload["state"] == "open":
            upload = arena.post(f"uploads/{upload['id']}/complete")
    except ArenaError as refused:
        now: dict[str, Any] = arena.get(f"uploads/{upload['id']}")
        if now["state"] != "refused":
            raise refused from None
        return now
    return upload | {"sent_now": True}


def _problem(upload: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    return {
        "code": upload["code"],
        "count": 1,
        "prompts": [prompt],
        "fault": "submitter",
        "detail": upload["sentence"],
        "fix": "Make this file anew.",
    }


def _found(arena: Arena, state: State) -> dict[str, Any] | None:
    """The submission that an earlier run began, unless it is over."""
    key = state.kept.get("submission")
    if not key:
        return None
    found: dict[str, Any] = arena.get(f"submissions/{key}")
    return None if found["state"] in {"cancelled", "failed", "rejected", "withdrawn"} else found


def _begun(arena: Arena, folder: Folder, system: str, state: State) -> dict[str, Any]:
    body = folder.body(system)
    looked: dict[str, Any] = arena.post("submissions", body, dry_run=1)
    if not looked["ok"]:
        first = looked["problems"][0]
        raise ArenaError(
            first["detail"], code="not_in_order", fix=first["fix"], more={"problems": looked["problems"]}
        )
    try:
        made: dict[str, Any] = arena.post("submissions", body, key=state.key("create", body))
    except ArenaError as error:
        if error.code != "submission_open":
            raise
        made = arena.get(f"submissions/{error.more['submission']}")
    return made


def _system(arena: Arena, folder: Folder, state: State) -> str:
    """Find or make the model and the system that the folder names."""
    if isinstance(folder.told["system"], str):
        return str(folder.told["system"])
    model = folder.told["model"]
    slug = model if isinstance(model, str) else _model(arena, model, state)
    body: dict[str, Any] = {"languages": []} | dict(folder.told["system"]) | {"model": slug}
    if there := _own_system(arena, body):
        return there
    made: dict[str, Any] = arena.post("systems", body, key=state.key("system", body))
    return str(made["slug"])


def _own_system(arena: Arena, wanted: Mapping[str, Any]) -> str:
    """The team's system that is this very one; empty: none is."""
    for row in arena.pages("systems", mine=1):
        own = row["own"] | {"model": row["model"]}
        wants = dict(wanted) | {"languages": sorted(wanted["languages"])}
        if row["state"] in {"draft", "private"} and all(own.get(name) == wants[name] for name in wants):
            return str(row["slug"])
    return ""


def _model(arena: Arena, wanted: Mapping[str, Any], state: State) -> str:
    try:
        made: dict[str, Any] = arena.post("models", wanted, key=state.key("model", wanted))
        return str(made["slug"])
    except ArenaError as error:
        if error.code != "slug_taken":
            raise
        return _own_model(arena, str(wanted["name"])) or _raise(error)


def _own_model(arena: Arena, name: str) -> str:
    team = arena.get("me")["team"]
    found = (one for one in arena.pages("models") if one["name"] == name)
    providers = {team["provider"], team["name"]}
    return next((str(one["slug"]) for one in found if one["provider"] in providers), "")


def _raise(error: ArenaError) -> str:
    raise error
