"""The arena's own prompts: texts written for it, and how a synthesiser is to speak them at set-up."""

import json
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from inference.manifest import PromptRow, Stated
from inference.manifest.own import NAME, row

__all__ = ["SET_LICENCE", "SET_SLUG", "SET_TITLE", "Speech", "StarterPrompt", "prompts", "write_manifest"]

SET_SLUG: Final = "starter"
SET_TITLE: Final = "Starter prompts"
SET_LICENCE: Final = "CC0-1.0"

_TEXTS: Final = Path(__file__).with_name("starter.jsonl")
_LICENCE: Final = Path(__file__).with_name("LICENCE.md")


@dataclass(frozen=True, kw_only=True)
class Speech:
    """How a prompt is spoken, in the terms of eSpeak NG.

    Attributes:
        voice: a voice that eSpeak NG's `espeak_SetVoiceByName` knows, with a variant, such as `en-us+f3`.
        words_per_minute: the speed; 80 or more.
        pitch: 0 to 99; 50 is the voice's own.
        pitch_range: 0 to 99, how far the pitch moves; 0 is a monotone, 50 the voice's own.
        ssml: what is spoken, as a piece of SSML without a root element.
    """

    voice: str
    words_per_minute: int
    pitch: int
    pitch_range: int
    ssml: str


@dataclass(frozen=True, kw_only=True)
class StarterPrompt:
    """A prompt and its speech. The row's `audio` is where the clip is to be put, below some folder."""

    row: PromptRow
    speech: Speech


def prompts() -> list[StarterPrompt]:
    """Return the starter prompts, in the order of the file."""
    found = []
    for number, fields in enumerate(_lines(), start=1):
        speech = fields.pop("speech")
        prompt = row(fields, line=number, root=None, stated=Stated())
        ssml = speech.pop("spoken", None) or escape(prompt.text, quote=False)
        found.append(StarterPrompt(row=prompt, speech=Speech(**speech, ssml=ssml)))
    return found


def write_manifest(folder: Path) -> Path:
    """Write the prompts as a manifest, with their licence beside it, and return the manifest's path.

    The clips are expected below the same folder, each where its row's `audio` says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_LICENCE, folder / _LICENCE.name)
    manifest = folder / NAME
    with manifest.open("w", encoding="utf-8") as file:
        for fields in _lines():
            del fields["speech"]
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
    return manifest


def _lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _TEXTS.read_text(encoding="utf-8").splitlines()]
