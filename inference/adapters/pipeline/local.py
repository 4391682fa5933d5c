"""The three stages on this machine: their configuration, and batches; torch is loaded at the first call."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Literal

from pydantic import Field, JsonValue

from inference.adapters import returned
from inference.adapters.base import AdapterError
from inference.adapters.pipeline import joining, parsers
from inference.adapters.pipeline.loading import OnThisMachine, once
from inference.adapters.pipeline.turns import Answer, Heard, Line, Spoken
from inference.audio.clip import Clip


class LocalRecogniser(OnThisMachine):
    """Any recogniser that transformers knows."""

    language: str | None = Field(
        default=None, pattern=r"^[a-z]{2,3}$", description="Said instead of heard; none: it is detected."
    )
    longest_seconds: float = Field(
        default=30, gt=1, le=30, description="Longer prompts are cut at pauses and heard in pieces."
    )
    most_tokens: int | None = Field(
        default=None, ge=1, description="Of a piece; none: the model's own limit."
    )

    def run(self, given: Sequence[Clip], *, seed: int, keys: Sequence[str]) -> list[Heard]:
        """Recognise all prompts at once.

        Raises:
            PermanentError: `extra_missing`, `model_not_loadable`.
        """
        from inference.adapters.pipeline import hearing, rows  # noqa: PLC0415 -- loads torch

        ears = once(self, lambda: hearing.load(self), stage="recognise")
        cut = [
            joining.windows(one.resampled(ears.rate), longest_seconds=self.longest_seconds) for one in given
        ]
        pieces = [piece for windows in cut for piece in windows]
        with rows.seeded(seed):
            if isinstance(ears, hearing.Whisper):
                found = self._whispered(ears, cut)
            else:
                found = [(ears.words(piece), self.language or "") for piece in pieces]
        taken = iter(found)
        return [_heard([next(taken) for _ in windows]) for windows in cut]

    def _whispered(self, ears: Any, cut: Sequence[Sequence[Clip]]) -> list[tuple[str, str]]:
        """Return words and language of every piece; the first piece's language holds for its prompt."""
        pieces = [piece for windows in cut for piece in windows]
        encoded = [row for some in _some(pieces, self.rows) for row in ears.encoded(some)]
        firsts = list(accumulate((len(windows) for windows in cut[:-1]), initial=0))
        spoken = self._languages(ears, [encoded[at] for at in firsts])
        codes = [code for windows, code in zip(cut, spoken, strict=True) for _ in windows]
        found: list[tuple[str, str]] = []
        for some in _some(list(zip(encoded, codes, strict=True)), self.rows):
            rows, said = zip(*some, strict=True)
            found += zip(ears.words(rows, said, most_tokens=self.most_tokens), said, strict=True)
        return found

    def _languages(self, ears: Any, firsts: Sequence[Any]) -> list[str]:
        if self.language is not None or not ears.hears_languages:
            return [self.language or "en"] * len(firsts)
        return [code for some in _some(firsts, self.rows) for code in ears.languages(some)]


class LocalReplier(OnThisMachine):
    """Any text model with a chat template."""

    max_new_tokens: int = Field(default=1024, ge=1, le=32_768)
    temperature: float | None = Field(
        default=None, ge=0, le=5, description="0: always the likeliest word; none: the model's own."
    )
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=1)
    repetition_penalty: float | None = Field(default=None, gt=0, le=10)
    template: dict[str, JsonValue] = Field(
        default={}, description="Variables of the chat template, such as enable_thinking = false."
    )

    def run(
        self, given: Sequence[list[dict[str, str]]], *, seed: int, keys: Sequence[str]
    ) -> list[Answer | AdapterError]:
        """Continue all conversations at once.

        Raises:
            PermanentError: `extra_missing`, `model_not_loadable`.
        """
        from inference.adapters.pipeline import thinking  # noqa: PLC0415 -- loads torch

        chat = once(self, lambda: thinking.load(self), stage="reply")
        prompts = [chat.prompt(one, self.template) for one in given]
        answers: list[Answer | AdapterError] = []
        for some in _some(prompts, self.rows):
            answers += chat.answers(some, seed=seed, generation=self._generation())
        return answers

    def _generation(self) -> dict[str, object]:
        found: dict[str, object] = {
            "max_new_tokens": self.max_new_tokens,
            "top_p": self.top_p,
            "top_k": self.top_k,
            "repetition_penalty": self.repetition_penalty,
        }
        if self.temperature is not None:
            # A temperature of 0 is no number to divide by: it means no sampling at all.
            found |= {"temperature": self.temperature or None, "do_sample": self.temperature > 0}
        return {name: value for name, value in found.items() if value is not None}


class LocalSpeaker(OnThisMachine):
    """Any synthesiser that transformers knows."""

    speaker: str = Field(
        default="", max_length=300, description="A number (VITS), a .npy file (SpeechT5), a name (Bark)."
    )
    vocoder: str = Field(default="", max_length=300, description="For SpeechT5, as `model`.")
    voices: dict[str, str] = Field(default={}, description="Speakers for languages by their codes.")
    models: dict[str, str] = Field(
        default={}, description="Models for languages by their codes, where each speaks but one (MMS)."
    )
    most_characters: int = Field(default=400, ge=20, description="Longer answers are spoken in pieces.")
    markup: Literal["keep", "drop"] = "drop"
    # On two cores a tiny VITS took 7 ms a row in eights and 27 ms in 64s, whose samples no cache holds.
    rows: int = Field(default=8, ge=1, le=1024, description="How many rows go through it at once at most.")

    def run(self, given: Sequence[Line], *, seed: int, keys: Sequence[str]) -> list[Spoken | AdapterError]:
        """Speak all answers at once, voice by voice.

        Raises:
            PermanentError: `extra_missing`, `model_not_loadable`.
        """
        started = time.perf_counter()
        found: dict[int, Spoken | AdapterError] = {}
        voices = [(self._model(line), self._speaker(line)) for line in given]
        for voice in dict.fromkeys(voices):
            chosen = [at for at, one in enumerate(voices) if one == voice]
            texts = [self._pieces(given[at]) for at in chosen]
            clips = iter(self._spoken([piece for pieces in texts for piece in pieces], *voice, seed=seed))
            for at, pieces in zip(chosen, texts, strict=True):
                found[at] = _joined([next(clips) for _ in pieces], time.perf_counter() - started)
        return [found[at] for at in range(len(given))]

    def _spoken(self, pieces: Sequence[str], model: str, speaker: str, *, seed: int) -> Iterator[Any]:
        from inference.adapters.pipeline import speaking  # noqa: PLC0415 -- loads torch

        of = self.model_copy(update={"model": model})
        load: Callable[[], Any] = lambda: speaking.load(of, speaker=speaker, vocoder=self.vocoder)  # noqa: E731
        voice = once(of, load, stage="speak", also=(speaker, self.vocoder))
        for some in _some(pieces, self.rows):
            yield from voice.speak(some, seed=seed)

    def _pieces(self, line: Line) -> list[str]:
        words = line.said.words if self.markup == "keep" else parsers.without_markup(line.said.words)
        return joining.sentences(words, most_characters=self.most_characters)

    def _model(self, line: Line) -> str:
        return self.models.get(line.language or "", self.model)

    def _speaker(self, line: Line) -> str:
        return self.voices.get(line.language or "", self.speaker)


def _heard(pieces: Sequence[tuple[str, str]]) -> Heard:
    language = next((code for _, code in pieces if code), None)
    return Heard(text=joining.joined(text for text, _ in pieces), language=language)


def _joined(clips: Sequence[Clip | AdapterError], seconds: float) -> Spoken | AdapterError:
    """Join the pieces of one answer; one that has no sound fails the whole, and is never left out."""
    good = [one for one in clips if isinstance(one, Clip)]
    bad = next((one for one in clips if isinstance(one, AdapterError)), None)
    if bad is not None:
        return bad
    try:
        clip = returned.joined((one.samples for one in good), rate=good[0].rate, stage="speak")
    except AdapterError as error:
        return error
    return Spoken(clip=clip, first_audio_seconds=seconds, pieces=len(clips))


def _some(things: Sequence[Any], most: int) -> Iterator[list[Any]]:
    return (list(things[start : start + most]) for start in range(0, len(things), most))
