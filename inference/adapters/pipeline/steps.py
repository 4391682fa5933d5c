"""One prompt's way through the stages: what each is given, what is kept of it, and what comes next."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from inference.adapters.base import (
    AdapterError,
    PermanentError,
    Reply,
    Stage,
    StageStore,
    clip_hash,
    stage_key,
)
from inference.adapters.pipeline import parsers
from inference.adapters.pipeline.instructions import Instructions, Message
from inference.adapters.pipeline.turns import Answer, Heard, Line, Said, Spoken
from inference.audio.clip import Clip

Value = TypeVar("Value")
Kept = tuple[str, Mapping[str, object]]


class Work(Protocol):
    """What does a stage's work: a model on this machine, or a server's.

    Attributes:
        hosted: calls of it may go on at the same time, each in a thread; otherwise one call does a batch.
    """

    hosted: ClassVar[bool]
    model: str

    def settings(self) -> dict[str, Any]:
        """Return all that the result depends on beside the input; JSON values."""
        ...

    def libraries(self) -> tuple[str, ...]:
        """Name the distributions whose versions matter."""
        ...

    def device_name(self) -> str:
        """Say what it runs on; empty where nobody says."""
        ...

    def run(self, given: Sequence[Any], *, seed: int, keys: Sequence[str]) -> Sequence[Any]:
        """Return one outcome for each input; an AdapterError is one."""
        ...


@dataclass
class Turn:
    """One prompt on its way.

    Attributes:
        finished: the stages done so far, in order.
        step: the next stage's name; empty once there is an outcome.
    """

    prompt: Clip
    store: StageStore
    step: str = "recognise"
    finished: list[Stage] = field(default_factory=list)
    heard: Heard | None = None
    answer: Answer | None = None
    said: Said | None = None
    spoken: Spoken | None = None
    outcome: Reply | AdapterError | None = None

    def fail(self, error: AdapterError) -> None:
        """End here."""
        self.outcome, self.step = error, ""


@dataclass(frozen=True)
class Step:
    """A stage: how its input is made of what came before, and its result kept and taken up.

    Attributes:
        name: the stage's.
        work: what does it.
        given: makes the input.
        hashed: writes the input as a text, for the stage's key.
        kept: returns the text and the tags that are stored of a result.
        restored: makes the result of what was stored; None where it has to be made again.
        taken: takes a result up and says what comes next; raises an AdapterError where nothing can.
    """

    name: str
    work: Work
    given: Callable[[Turn], Any]
    hashed: Callable[[Turn], str]
    kept: Callable[[Any], Kept]
    restored: Callable[[Stage], Any]
    taken: Callable[[Turn, Any], None]

    def key(self, turn: Turn, *, seed: int) -> str:
        """Hash all that the result depends on."""
        settings = {**self.work.settings(), "seed": seed}
        return stage_key(self.name, model=self.work.model, settings=settings, given=self.hashed(turn))


def steps(*, recognise: Work, reply: Work, speak: Work, instructions: Instructions) -> dict[str, "Step"]:
    """Return the stages of a pipeline by name, in order."""
    answers = _Answers(instructions)
    all_of_them = (
        Step("recognise", recognise, _sound, _sound_hash, _heard_kept, _heard_restored, _heard_taken),
        Step(
            "reply", reply, answers.asked, answers.asked_text, _answer_kept, _answer_restored, answers.taken
        ),
        # The one request to answer again in the form; what has none then is nothing that could be spoken.
        Step(
            "repair",
            reply,
            answers.again,
            answers.again_text,
            _answer_kept,
            _answer_restored,
            answers.retaken,
        ),
        Step("speak", speak, _line, _line_text, _spoken_kept, _spoken_restored, _spoken_taken),
    )
    return {step.name: step for step in all_of_them}


# From sound to words.


def _sound(turn: Turn) -> Clip:
    return turn.prompt


def _sound_hash(turn: Turn) -> str:
    return clip_hash(turn.prompt)


def _heard_kept(heard: Heard) -> Kept:
    tags = {
        "language": heard.language,
        "emotion": heard.emotion,
        "events": list(heard.events),
        "unknown": list(heard.unknown),
    }
    return heard.text, {name: value for name, value in tags.items() if value}


def _heard_restored(stage: Stage) -> Heard:
    tags: Any = stage.tags
    return Heard(
        text=stage.text,
        language=tags.get("language"),
        emotion=tags.get("emotion"),
        events=tuple(tags.get("events", ())),
        unknown=tuple(tags.get("unknown", ())),
    )


def _heard_taken(turn: Turn, heard: Heard) -> None:
    turn.heard, turn.step = heard, "reply"


# From words to an answer in the form asked for.


class _Answers:
    def __init__(self, instructions: Instructions) -> None:
        self.instructions = instructions

    def asked(self, turn: Turn) -> list[Message]:
        return self.instructions.messages(_there(turn.heard))

    def asked_text(self, turn: Turn) -> str:
        return json.dumps(self.asked(turn), ensure_ascii=False)

    def taken(self, turn: Turn, answer: Answer) -> None:
        turn.answer = answer
        try:
            turn.said, turn.step = parsers.parse(self.instructions.form, answer.text), "speak"
        except parsers.UnparsableError:
            turn.step = "repair"

    def again(self, turn: Turn) -> list[Message]:
        return self.instructions.repair(_there(turn.heard), _there(turn.answer).text)

    def again_text(self, turn: Turn) -> str:
        return json.dumps(self.again(turn), ensure_ascii=False)

    def retaken(self, turn: Turn, answer: Answer) -> None:
        self.taken(turn, answer)
        if turn.said is None:
            message = "The answer does not have the form asked for, nor did it when asked for once more."
            raise PermanentError(message, code="unparsable_answer", stage="repair")


def _answer_kept(answer: Answer) -> Kept:
    return answer.text, {**answer.evidence, "stop_reason": answer.stop_reason}


def _answer_restored(stage: Stage) -> Answer:
    evidence = dict(stage.tags)
    return Answer(stage.text, str(evidence.pop("stop_reason", "end")), evidence)


# From words to sound, which no stage keeps: it is the reply itself, and is made again after a restart.


def _line(turn: Turn) -> Line:
    return Line(said=_there(turn.said), language=_there(turn.heard).language)


def _line_text(turn: Turn) -> str:
    line = _line(turn)
    return json.dumps([line.said.words, line.said.style, line.language], ensure_ascii=False)


def _spoken_kept(spoken: Spoken) -> Kept:
    return "", {"rate": spoken.clip.rate, "seconds": spoken.clip.seconds, "pieces": spoken.pieces}


def _spoken_restored(_: Stage) -> None:
    return None


def _spoken_taken(turn: Turn, spoken: Spoken) -> None:
    turn.spoken, turn.step = spoken, ""


def _there(value: Value | None) -> Value:
    if value is None:
        raise RuntimeError("A stage was asked before the one that feeds it.")
    return value
