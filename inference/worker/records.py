"""What a try leaves on the disk: a folder for each prompt, whose last file says that it is done.

answers/happy/a.wav/stages.jsonl    each finished stage, written as it finishes
                    answer.flac     what was said, as the system said it
                    answer.json     how it went; written last, and only whole
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inference.adapters import secrets
from inference.adapters.base import Stage

ANSWER = "answer.json"
SOUND = "answer.flac"
STAGES = "stages.jsonl"


def settings_hash(adapter: str, config: Mapping[str, object]) -> str:
    """Hash what an answer is made by, so that answers made with other settings are told: 64 digits."""
    text = json.dumps([adapter, config], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class FileStages:
    """The finished stages of one prompt, a line each; the `StageStore` of adapters that are tried out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stages = {(stage.name, stage.key): stage for stage in self._read()}

    def get(self, name: str, key: str) -> Stage | None:
        """Return the stage finished earlier with the same input; None if there is none."""
        return self._stages.get((name, key))

    def put(self, stage: Stage) -> None:
        """Keep a finished stage at once. A key that is known already stays as it was."""
        if (stage.name, stage.key) in self._stages:
            return
        self._stages[stage.name, stage.key] = stage
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Begun on a line of its own: a killed run may have left half a line.
        with self._path.open("a", encoding="utf-8", errors="replace") as file:
            file.write("\n" + _line(asdict(stage)))

    def all(self) -> list[Stage]:
        """Return what was kept, in the order of finishing."""
        return list(self._stages.values())

    def _read(self) -> list[Stage]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in filter(None, lines):
            try:
                found.append(Stage(**json.loads(line)))
            except (ValueError, TypeError):  # the half line
                continue
        return found


class Record:
    """Where the answer to one prompt lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def stages(self) -> FileStages:
        """Its finished stages."""
        return FileStages(self.folder / STAGES)

    @property
    def answered(self) -> bool:
        """Whether it is done: a sound alone, or half a file, is not."""
        try:
            return bool(json.loads((self.folder / ANSWER).read_text(encoding="utf-8")).get("answered"))
        except (FileNotFoundError, ValueError):
            return False

    def write(self, facts: dict[str, Any], *, sound: bytes | None = None) -> None:
        """Write the sound, if there is one, and then what is to be said of it, each as a whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if sound is not None:
            _write(self.folder / SOUND, sound)
        _write(self.folder / ANSWER, _line(facts, indent=2).encode(errors="replace"))


def _line(values: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Write JSON without any secret: whoever was called may have said one."""
    return secrets.redact(json.dumps(values, ensure_ascii=False, indent=indent, default=str))


def _write(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".half-", delete=False) as half:
        half.write(data)
        half.flush()
        os.fsync(half.fileno())
    Path(half.name).replace(path)
