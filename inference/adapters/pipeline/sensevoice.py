"""The tags that SenseVoice writes before its words: `<|en|><|ANGRY|><|Speech|><|woitn|>So noisy here`."""

import re
from collections.abc import Iterable

from inference.adapters.pipeline.joining import joined
from inference.adapters.pipeline.turns import Heard

# Source: github.com/FunAudioLLM/SenseVoice, its README and model.py.
LANGUAGES = {
    "zh": "Mandarin Chinese",
    "en": "English",
    "yue": "Cantonese",
    "ja": "Japanese",
    "ko": "Korean",
    "nospeech": "no speech was heard",
}
EMOTIONS = {
    "HAPPY": "the speaker is happy",
    "SAD": "the speaker is sad",
    "ANGRY": "the speaker is angry",
    "NEUTRAL": "the speaker is calm",
    "FEARFUL": "the speaker is afraid",
    "DISGUSTED": "the speaker is disgusted",
    "SURPRISED": "the speaker is surprised",
    "EMO_UNKNOWN": "the emotion was not recognised",
}
EVENTS = {
    "Speech": "somebody speaks",
    "BGM": "there is background music",
    "Applause": "somebody applauds",
    "Laughter": "somebody laughs",
    "Cry": "somebody cries",
    "Sneeze": "somebody sneezes",
    "Breath": "somebody breathes audibly",
    "Cough": "somebody coughs",
    "Sing": "somebody sings",
    "Speech_Noise": "speech cannot be told from noise",
    "GBG": "there is background noise",
    "Event_UNK": "the sound was not recognised",
}
FORMATTING = {"withitn": "numbers are written as digits", "woitn": "numbers are written as words"}

NO_SPEECH = "nospeech"
UNREMARKABLE = ("NEUTRAL", "EMO_UNKNOWN")

_TAG = re.compile(r"<\|([^|<>]*)\|>")
_KNOWN = {tag.casefold(): tag for table in (LANGUAGES, EMOTIONS, EVENTS, FORMATTING) for tag in table}


def read(text: str) -> Heard:
    """Read a transcript with tags: any of them, in any order, before any number of pieces.

    The language is the first that was spoken, the emotion the first that says more than calm.
    """
    tags = [_KNOWN.get(tag.strip().casefold(), tag.strip()) for tag in _TAG.findall(text)]
    spoken = [tag for tag in tags if tag in LANGUAGES and tag != NO_SPEECH]
    felt = [tag for tag in tags if tag in EMOTIONS]
    strong = [tag for tag in felt if tag not in UNREMARKABLE]
    calm = [tag for tag in felt if tag == "NEUTRAL"]
    known = {*LANGUAGES, *EMOTIONS, *EVENTS, *FORMATTING}
    return Heard(
        text=joined(_TAG.split(text)[::2]),
        language=next(iter(spoken), None),
        emotion=next(iter([*strong, *calm, *felt]), None),
        events=_once(tag for tag in tags if tag in EVENTS),
        unknown=_once(tag for tag in tags if tag not in known),
    )


def described() -> str:
    """List every tag that a text model may be shown, a line each, with what it means (S59)."""
    lines = [f"<|{tag}|>: {meaning}" for table in (EMOTIONS, EVENTS) for tag, meaning in table.items()]
    return "\n".join(lines)


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))
