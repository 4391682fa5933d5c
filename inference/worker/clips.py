"""The prompts of a folder, for trying a system out."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.audio.checks import Limits
from inference.audio.clip import Clip
from inference.audio.decode import decode
from inference.errors import Refused

SUFFIXES = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".oga"}


@dataclass(frozen=True)
class PromptFile:
    """A file that holds a prompt; what it is called within its folder is what the answer is known by.

    Attributes:
        name: its path below the folder, with slashes: equal names in two folders stay apart.
        path: where it lies.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class Heard:
    """A prompt whose file was read.

    Attributes:
        sha256: of the file's bytes, hexadecimal: the site knows the prompt by it, whatever it is called here.
    """

    prompt: PromptFile
    clip: Clip
    sha256: str


def hear(prompt: PromptFile) -> Heard:
    """Read and decode a prompt.

    Raises:
        AudioRefused: why it cannot be decoded.
        OSError: it cannot be read.
    """
    data = prompt.path.read_bytes()
    return Heard(prompt, decode(data, limits=Limits()).clip, hashlib.sha256(data).hexdigest())


def find(folder: Path, *, leave_out: Path) -> list[PromptFile]:
    """List the audio files below a folder, by name; hidden ones and earlier answers are left out.

    Raises:
        Refused: `no_prompts`.
    """
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}.", "no_prompts")
    found = [PromptFile(path.relative_to(folder).as_posix(), path) for path in _audio(folder, leave_out)]
    if not found:
        kinds = ", ".join(sorted(SUFFIXES))
        raise Refused(f"{folder} holds no audio file ({kinds}), nor does any folder in it.", "no_prompts")
    return sorted(found, key=lambda one: one.name)


def _audio(folder: Path, leave_out: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        within = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in within.parts)
        # A folder that is called like a sound is what a try of this or another system left of it.
        left = any(Path(part).suffix.lower() in SUFFIXES for part in within.parts[:-1])
        if (
            path.suffix.lower() in SUFFIXES
            and path.is_file()
            and not hidden
            and not left
            and leave_out not in path.parents
        ):
            yield path
