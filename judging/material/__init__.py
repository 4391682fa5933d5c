"""The arena's own training pairs: texts written for it, spoken at set-up. Knows nothing of Django.

Source: judging J19, the five lessons in their order; J23, what the explanations say.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["PAIRS", "SET_SLUG", "SET_TITLE", "Lesson", "Speech", "training"]

SET_SLUG: Final = "training"
SET_TITLE: Final = "Training"
PAIRS: Final = 5

_TEXTS: Final = Path(__file__).with_name("training.json")
_VOICES: Final = {"en": ("en-us", "en-gb+f3"), "zh": ("cmn", "cmn+f2")}


@dataclass(frozen=True, kw_only=True)
class Speech:
    """A text and how eSpeak NG speaks it; see `inference.adapters.espeak.speak`."""

    text: str
    voice: str
    words_per_minute: int = 165
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One training pair.

    Attributes:
        slug: unique among all.
        language: code of the spoken language; prompt and answers are to be in it.
        number: of the set in its language, from 1.
        position: in the set, from 1.
        task: slug.
        one, two: the answers.
        accepted: by slug of the criterion, of `one`, `two`, `tie`, `both_bad`, which are right.
        why_en, why_zh_hans: what the annotator is told afterwards.
    """

    slug: str
    language: str
    number: int
    position: int
    task: str
    prompt: Speech
    one: Speech
    two: Speech
    accepted: Mapping[str, tuple[str, ...]]
    why_en: str
    why_zh_hans: str


def training() -> list[Lesson]:
    """Return all lessons, set by set, each set in its order."""
    texts = json.loads(_TEXTS.read_text(encoding="utf-8"))
    return [
        _lesson(fields, language=language, number=number, position=position)
        for language, sets in texts.items()
        for number, lessons in enumerate(sets, start=1)
        for position, fields in enumerate(lessons, start=1)
    ]


def _lesson(fields: Mapping[str, Any], *, language: str, number: int, position: int) -> Lesson:
    asks, answers = _VOICES[language]
    return Lesson(
        slug=f"training-{language}-{number}-{position}",
        language=language,
        number=number,
        position=position,
        task=fields["task"],
        prompt=_speech(fields["prompt"], voice=asks),
        one=_speech(fields["one"], voice=answers),
        two=_speech(fields["two"], voice=answers),
        accepted={slug: tuple(right) for slug, right in fields["answers"].items()},
        why_en=fields["why_en"],
        why_zh_hans=fields["why_zh_hans"],
    )


def _speech(fields: Mapping[str, Any], *, voice: str) -> Speech:
    return Speech(
        text=fields["text"],
        voice=fields.get("voice", voice),
        words_per_minute=fields.get("pace", 165),
        pitch=fields.get("pitch", 50),
        pitch_range=fields.get("range", 50),
    )
