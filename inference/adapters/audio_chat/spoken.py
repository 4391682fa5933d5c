"""What a chat model answered in sound, whole or in pieces: read without a network or a library's classes.

Source: `ChatCompletion` and `ChatCompletionChunk` of openai 3.54.0; vllm-omni, commit be81443c, which puts
text and sound into two choices; Alibaba's Qwen-Omni endpoint, which streams bare samples as `wav`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.adapters import returned, texts
from inference.adapters.base import AdapterError, PermanentError, TransientError
from inference.audio.clip import Clip

STAGE = "answer"
# The worse reason wins where choices differ.
REASONS = {"content_filter": "filter", "length": "length"}


@dataclass
class Spoken:
    """All that came so far.

    Attributes:
        sound: the bytes of the answer, a file or bare samples.
        words: the transcript of the sound.
        text: what was written beside it, or instead.
        refusal: why the model will not answer, in its words.
        finishes: why each choice ended; empty until one did.
        model: which one answered, as the server says.
        id: the answer's, for whoever asks its maker about it.
        usage: tokens, as the server counts them.
        fingerprint: of what runs there.
    """

    sound: bytearray = field(default_factory=bytearray)
    words: str = ""
    text: str = ""
    refusal: str = ""
    finishes: set[str] = field(default_factory=set)
    model: str = ""
    id: str = ""
    usage: dict[str, Any] | None = None
    fingerprint: str = ""
    _letters: str = ""

    def take(self, answer: Mapping[str, Any]) -> None:
        """Take a whole completion, or the next chunk of one; unknown keys and nulls are passed over.

        Raises:
            PermanentError: `not_the_protocol`, `answer_too_long`.
        """
        try:
            self.model = str(answer.get("model") or self.model)
            self.id = str(answer.get("id") or self.id)
            self.fingerprint = str(answer.get("system_fingerprint") or self.fingerprint)
            self.usage = answer.get("usage") or self.usage
            for choice in answer.get("choices") or []:
                self._choose(choice)
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            message = "The answer does not follow the protocol of chat completions."
            raise PermanentError(message, code="not_the_protocol", stage=STAGE) from error

    def clip(self, *, pcm_rate: int | None) -> Clip:
        """Return the sound, which is read by what it is and not by what was asked for.

        Args:
            pcm_rate: of bare samples, Hz; None where only a file will do.

        Raises:
            PermanentError: `no_audio`, `refused`, `content_filter` or `bad_audio`.
            TransientError: `connection_failed` where the answer broke off.
        """
        if not self.finishes:
            message = "The answer broke off: nothing says that it has come to its end."
            raise TransientError(message, code="connection_failed", stage=STAGE)
        if not self.sound or self._letters:
            raise self._silence()
        return returned.from_bytes(bytes(self.sound), pcm_rate=pcm_rate, stage=STAGE)

    @property
    def own_words(self) -> str:
        """The system's words: of the sound where it tells them, else what it wrote, else its refusal."""
        return texts.words(self.words or self.text or self.refusal).strip()

    @property
    def stop_reason(self) -> str:
        """Why the answer ended, in the arena's words."""
        return next((ours for theirs, ours in REASONS.items() if theirs in self.finishes), "end")

    def _choose(self, choice: Mapping[str, Any]) -> None:
        message = choice.get("message") or choice.get("delta") or {}
        audio = message.get("audio") or {}
        self._hear(str(audio.get("data") or ""))
        self.words = _added(self.words, str(audio.get("transcript") or ""))
        self.text = _added(self.text, _text(message.get("content")))
        self.refusal = _added(self.refusal, str(message.get("refusal") or ""))
        if choice.get("finish_reason"):
            self.finishes.add(str(choice["finish_reason"]))

    def _hear(self, data: str) -> None:
        """Decode base64 that may be cut anywhere; padding only ever ends a piece."""
        letters = self._letters + data
        whole = len(letters) - len(letters) % 4
        self.sound += base64.b64decode(letters[:whole], validate=True)
        self._letters = letters[whole:]

    def _silence(self) -> AdapterError:
        if self.sound:
            return TransientError("The sound of the answer is cut.", code="bad_audio", stage=STAGE)
        if "content_filter" in self.finishes:
            message = "The server's filter let no sound through."
            return PermanentError(message, code="content_filter", stage=STAGE)
        if self.refusal:
            return PermanentError("The model refuses to answer.", code="refused", stage=STAGE)
        rest = "; its words are kept" if self.own_words else ""
        return PermanentError(f"The answer holds no sound{rest}.", code="no_audio", stage=STAGE)


def _added(text: str, more: str) -> str:
    return texts.added(text, more, stage=STAGE)


def _text(content: Any) -> str:
    """Read a message's content, which is a text, null, or a list of parts of which some are texts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content)
    return str(content or "")
