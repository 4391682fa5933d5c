"""What the stages hand to each other (requirement S20)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.audio.clip import Clip

NEUTRAL = "neutral"


@dataclass(frozen=True)
class Heard:
    """A recognised prompt.

    Attributes:
        text: the words; empty where none were heard.
        language: a code such as `en`; None where the recogniser names none.
        emotion: as the recogniser names it; None where it names none.
        events: what else was heard, as the recogniser names it.
        unknown: tags that our table does not have, as they came.
    """

    text: str
    language: str | None = None
    emotion: str | None = None
    events: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def tagged(self) -> str:
        """The words behind the tags of emotion and events."""
        tags = [tag for tag in (self.emotion, *self.events) if tag]
        return "".join(f"<|{tag}|>" for tag in tags) + self.text


@dataclass(frozen=True)
class Answer:
    """What the text model wrote, as it wrote it.

    Attributes:
        text: its words, style fields and all.
        stop_reason: `end`, `length` or `filter`.
        evidence: which model answered, how many tokens it took; JSON values.
    """

    text: str
    stop_reason: str
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What is to be spoken, and how."""

    words: str
    style: str = NEUTRAL


@dataclass(frozen=True)
class Line:
    """One task for a synthesiser.

    Attributes:
        language: chooses the voice; None for the usual one.
    """

    said: Said
    language: str | None


@dataclass(frozen=True)
class Spoken:
    """The answer as sound.

    Attributes:
        first_audio_seconds: from the request to the first sound.
        pieces: how many the text was spoken in.
    """

    clip: Clip
    first_audio_seconds: float
    pieces: int
