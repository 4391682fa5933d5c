"""What may lie in a checkpoint, by name, size and content; what is not listed here is refused."""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from inference.adapters.checkpoints import CheckpointRefused

WEIGHTS = ".safetensors"
# Fetched: weights, configurations, and what tokenizers are made of.
FETCHED = frozenset({WEIGHTS, ".json", ".txt", ".model", ".jinja", ".tiktoken"})
# Left where they are, and harmless there.
LEFT = frozenset(
    {".md", ".gitattributes", ".gitignore", ".png", ".jpg", ".jpeg", ".svg", ".gif", ".wav", ".mp3"}
)
LEFT_NAMES = frozenset({"LICENSE", "LICENCE", "NOTICE", "COPYING", "CITATION.cff"})
# It leads to another repository, whose files nobody has looked at.
REFUSED_NAMES = frozenset({"adapter_config.json"})
# Each has a library run code that comes with the checkpoint.
CODE_KEYS = frozenset({"auto_map", "custom_pipelines", "trust_remote_code", "_target_", "custom_generate"})
LONGEST_NAME = 200
MOST_FILES = 500
MOST_JSON_BYTES = 100_000_000
DEEPEST = 50
# Source: the format's own limit, safetensors 0.8 (`MAX_HEADER_SIZE`).
MOST_HEADER_BYTES = 100_000_000
LENGTH_BYTES = 8
BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "I64": 64,
    "U64": 64,
    "F64": 64,
    "C64": 64,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
}


@dataclass(frozen=True)
class Entry:
    """A file of a repository, as the hub lists it; the hash is there for large files only."""

    name: str
    size: int
    sha256: str = ""


def choose(entries: Collection[Entry], *, most_bytes: int) -> list[Entry]:
    """Return what is to be fetched.

    Raises:
        CheckpointRefused: `checkpoint_file_refused`, `checkpoint_too_large` or `checkpoint_not_found`.
    """
    if len(entries) > MOST_FILES:
        raise _refused(f"The repository has {len(entries):,} files; at most {MOST_FILES} are taken.")
    chosen = [entry for entry in entries if _is_fetched(entry)]
    names = {entry.name for entry in chosen}
    if "config.json" not in names or not any(name.endswith(WEIGHTS) for name in names):
        message = "There is no config.json with .safetensors beside it at this commit."
        raise CheckpointRefused(message, "checkpoint_not_found")
    total = sum(entry.size for entry in chosen)
    if total > most_bytes:
        message = f"The files have {total / 1e9:.1f} GB; {most_bytes / 1e9:g} GB are taken."
        raise CheckpointRefused(message, "checkpoint_too_large")
    return chosen


def _is_fetched(entry: Entry) -> bool:
    name = entry.name
    parts = PurePosixPath(name).parts
    odd = not name.isprintable() or "\\" in name or len(name) > LONGEST_NAME or name != "/".join(parts)
    if odd or not parts or name.startswith("/") or ".." in parts or entry.size < 0:
        raise _refused(f"{name[:LONGEST_NAME]!r} is no name of a file that is taken.")
    last = parts[-1]
    ending = PurePosixPath(last).suffix.lower() or (last.lower() if last.startswith(".") else "")
    if last in REFUSED_NAMES or (ending not in FETCHED | LEFT and last not in LEFT_NAMES):
        raise _refused(f"{name} is refused: only safetensors, JSON and tokenizer files are taken.")
    return ending in FETCHED


def look(folder: Path, entries: Iterable[Entry]) -> None:
    """Look into every fetched file, before a library does.

    Raises:
        CheckpointRefused: `checkpoint_file_refused` or `checkpoint_custom_code`.
    """
    names = {entry.name for entry in entries}
    for name in sorted(names):
        path = folder / name
        if name.endswith(WEIGHTS):
            _look_at_weights(path, name)
        elif name.endswith(".json"):
            _look_at_json(path, name, names)
        elif b"\0" in path.read_bytes()[:4096] and not name.endswith(".model"):
            raise _refused(f"{name} is no text.")


def _look_at_json(path: Path, name: str, names: Collection[str]) -> None:
    if path.stat().st_size > MOST_JSON_BYTES:
        raise _refused(f"{name} is too large for a configuration.")
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _refused(f"{name} is no JSON.") from error
    for key, value in _pairs(told, name):
        if key in CODE_KEYS and value not in (None, False, {}, []):
            message = f"{name} asks for code of its own ({key}); only the library's classes are loaded."
            raise CheckpointRefused(message, "checkpoint_custom_code")
        # transformers fetches kernels, which are code, from a repository named here.
        if key.endswith("_implementation") and (not isinstance(value, str | None) or "/" in (value or "")):
            message = f"{name} asks for code of another repository ({key})."
            raise CheckpointRefused(message, "checkpoint_custom_code")
        if key == "weight_map" and isinstance(value, Mapping):
            _look_at_index(value, name, names)


def _look_at_index(weights: Mapping[str, Any], name: str, names: Collection[str]) -> None:
    for file in weights.values():
        if not isinstance(file, str) or not file.endswith(WEIGHTS) or file not in names:
            raise _refused(
                f"{name} leads to {str(file)[:80]!r}, which is no .safetensors file of this commit."
            )


def _pairs(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        raise _refused(f"{name} is nested too deeply.")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key, inner
            yield from _pairs(inner, name, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                yield from _pairs(inner, name, depth + 1)


def _look_at_weights(path: Path, name: str) -> None:
    """Read the header as the format has it: its length, JSON, and tensors that fill the file without gaps.

    Source: https://github.com/safetensors/safetensors, "Format".
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(LENGTH_BYTES)
        length = int.from_bytes(start, "little") if len(start) == LENGTH_BYTES else 0
        if not length <= min(MOST_HEADER_BYTES, size - LENGTH_BYTES):
            raise _refused(f"{name} is no safetensors file: its header has no possible length.")
        raw = file.read(length)
    try:
        header = json.loads(raw) if raw.startswith(b"{") else None
    except (ValueError, RecursionError) as error:
        raise _refused(f"{name} is no safetensors file: its header is no JSON.") from error
    if not isinstance(header, dict):
        raise _refused(f"{name} is no safetensors file: its header is no JSON object.")
    header.pop("__metadata__", None)
    end = 0
    for told in sorted((_tensor(one, name) for one in header.values()), key=lambda one: one[0]):
        if told[0] != end:
            raise _refused(f"{name} is no safetensors file: its tensors leave gaps or overlap.")
        end = told[1]
    if end != size - LENGTH_BYTES - length:
        raise _refused(f"{name} is no safetensors file: its tensors do not fill it.")


def _tensor(told: Any, name: str) -> tuple[int, int]:
    """Where a tensor begins and ends, where that fits its type and shape."""
    wrong = _refused(f"{name} is no safetensors file: a tensor is not as its header says.")
    try:
        (first, last), bits, shape = told["data_offsets"], BITS[told["dtype"]], list(told["shape"])
    except (TypeError, ValueError, LookupError) as error:
        raise wrong from error
    if not all(type(one) is int and one >= 0 for one in (first, last, *shape)):
        raise wrong
    if bits * math.prod(shape) != 8 * (last - first):
        raise wrong
    return first, last


def _refused(message: str) -> CheckpointRefused:
    return CheckpointRefused(message, "checkpoint_file_refused")
