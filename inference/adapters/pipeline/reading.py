"""A text model's answer, put together of its parts: whatever a server sends, without a network."""

from typing import Any

from inference.adapters import evidence, texts
from inference.adapters.base import PermanentError, TransientError
from inference.adapters.pipeline.turns import Answer

STOPS = {"length": "length", "content_filter": "filter"}
STAGE = "reply"


class Reading:
    """Gathers an answer from its parts; what it does not know it passes over (S22)."""

    def __init__(self) -> None:
        self.text = ""
        self.refusal = ""
        self.finish = ""
        self.evidence: dict[str, object] = {}

    def take(self, part: Any) -> None:
        """Read a chunk of a stream, or a whole answer.

        Raises:
            PermanentError: `answer_too_long`.
        """
        if model := _string(part, "model"):
            self.evidence["model"] = evidence.storable(model)
        if (usage := getattr(part, "usage", None)) is not None and hasattr(usage, "total_tokens"):
            self.evidence["tokens"] = evidence.storable(usage.total_tokens)
        choices = getattr(part, "choices", None)
        for choice in choices[:1] if isinstance(choices, list) else []:
            said = getattr(choice, "delta", None) or getattr(choice, "message", None)
            self.text = texts.added(self.text, _string(said, "content"), stage=STAGE)
            self.refusal = texts.added(self.refusal, _string(said, "refusal"), stage=STAGE)
            self.finish = _string(choice, "finish_reason") or self.finish

    def answer(self, *, streamed: bool) -> Answer:
        """Return what was said.

        Raises:
            TransientError: `cut_off`: the stream ended before the answer did.
            PermanentError: `content_filter`, `refused` or `no_answer`.
        """
        if streamed and not self.finish:
            raise TransientError("The stream ended before the answer.", code="cut_off", stage=STAGE)
        if (text := texts.words(self.text)).strip():
            return Answer(text, STOPS.get(self.finish, "end"), self.evidence)
        if self.finish == "content_filter":
            raise PermanentError("The server's filter left nothing.", code="content_filter", stage=STAGE)
        if self.refusal.strip():
            raise PermanentError("The model refused to answer.", code="refused", stage=STAGE)
        raise PermanentError("The model answered without words.", code="no_answer", stage=STAGE)


def _string(said: Any, name: str) -> str:
    value = getattr(said, name, None)
    return value if isinstance(value, str) else ""
