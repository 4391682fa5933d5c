"""Makers of sources for the manifest tests, and where the published ones lie."""

import json
from pathlib import Path

import pytest

from inference.manifest import BadRow, PromptRow, read

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def shared(name: str) -> Path:
    """Return a published file or folder, or skip the test where the checkout stands alone."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return path


def put(root: Path, *names: str) -> Path:
    """Make files that stand for audio: no reader looks inside."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound of " + name.encode())
    return root


def write_lines(path: Path, *rows: object) -> Path:
    """Write one line of JSON a row; text and bytes stand as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = [
        row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else json.dumps(row).encode()
        for row in rows
    ]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path


def outcomes(path: Path, **said) -> tuple[list[PromptRow], dict[int, str]]:
    """Return the good rows, and the messages of the bad ones by line."""
    found = list(read(path, **said))
    bad = [outcome for outcome in found if isinstance(outcome, BadRow)]
    assert len({outcome.line for outcome in bad}) == len(bad)
    return [row for row in found if isinstance(row, PromptRow)], {row.line: row.message for row in bad}
