"""What the adapter's side says, checked word by word: it may have been taken over by what it was given."""

import signal
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from inference.adapters import secrets
from inference.adapters.base import AdapterError, PermanentError, Reply, Stage, TransientError
from inference.audio.clip import Clip
from inference.host.frames import MOST_SOUND_BYTES, Frame, NotAFrame

LONGEST_MESSAGE = 2_000
LONGEST_CODE = 60
LONGEST_NAME = 40
LONGEST_TRACE = 16_000
# How a host ends that has not even the memory to say so.
OUT_OF_MEMORY = 77
# On this it writes all its stacks on standard error, even where native code keeps the interpreter's lock.
SHOW_STACKS = signal.SIGUSR1


def _storable(value: Any) -> Any:
    """Drop the character that PostgreSQL's text and JSON cannot hold, and mask secrets."""
    if isinstance(value, str):
        return secrets.redact(value.replace("\0", ""))
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


Text = Annotated[str, AfterValidator(_storable)]
Values = Annotated[dict[str, JsonValue], AfterValidator(_storable)]
Seconds = Annotated[float, Field(ge=0, le=1_000_000)]
Name = Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
Key = Annotated[str, Field(pattern=r"^[0-9a-z]{1,64}$")]
Index = Annotated[int, Field(ge=0)]


class Message(BaseModel):
    """One thing said. Nothing is converted, nothing unknown is accepted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Answered(Message):
    """The next prompt's answer; its samples come as bytes."""

    kind: Literal["answered"] = "answered"
    rate: int = Field(ge=1, le=1_000_000)
    total_seconds: Seconds
    transcript: Text | None
    first_audio_seconds: Seconds | None
    parameters: Values
    stop_reason: Annotated[Text, Field(max_length=LONGEST_NAME)]


class Failed(Message):
    """The next prompt got no answer."""

    kind: Literal["failed"] = "failed"
    transient: bool
    message: Annotated[Text, Field(max_length=LONGEST_MESSAGE)]
    code: Annotated[Text, Field(max_length=LONGEST_CODE)]
    stage: Annotated[Text, Field(max_length=LONGEST_NAME)]
    retry_after_seconds: Seconds | None


class Finished(Message):
    """A finished step."""

    name: Name
    key: Key
    text: Text
    seconds: Seconds
    tags: Values


class Recall(Message):
    """Was this step of a prompt finished before?"""

    kind: Literal["recall"] = "recall"
    number: Index
    prompt: Index
    name: Name
    key: Key


class Keep(Message):
    """Keep this step of a prompt."""

    kind: Literal["keep"] = "keep"
    number: Index
    prompt: Index
    stage: Finished


class Raised(Message):
    """The adapter raised what it may not; the whole batch is over."""

    kind: Literal["raised"] = "raised"
    error: Annotated[Text, Field(max_length=LONGEST_MESSAGE)]
    trace: Annotated[Text, Field(max_length=LONGEST_TRACE)]
    out_of_memory: bool


class Ended(Message):
    """The adapter came back after its last prompt."""

    kind: Literal["ended"] = "ended"


AnyMessage = Answered | Failed | Recall | Keep | Raised | Ended
_ANY: TypeAdapter[AnyMessage] = TypeAdapter(Annotated[AnyMessage, Field(discriminator="kind")])


def parse(frame: Frame) -> tuple[AnyMessage, bytearray]:
    """Read what the adapter's side said.

    Raises:
        NotAFrame: it said something else.
    """
    text, sound = frame
    try:
        message = _ANY.validate_json(bytes(text))
    except ValidationError as error:
        # What was sent is not repeated: it may be anything.
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise NotAFrame(f"{'.'.join(map(str, found['loc']))}: {found['msg']}") from None
    if len(sound) % 4 or (sound and not isinstance(message, Answered)):
        raise NotAFrame(f"{len(sound)} bytes of sound came with {message.kind!r}.")
    return message, sound


def outcome(message: Answered | Failed, sound: bytearray) -> Reply | AdapterError:
    """Build what `Adapter.respond` would have yielded here."""
    if isinstance(message, Answered):
        return Reply(
            clip=clip(sound, message.rate),
            total_seconds=message.total_seconds,
            transcript=message.transcript,
            first_audio_seconds=message.first_audio_seconds,
            parameters=message.parameters,
            stop_reason=message.stop_reason,
        )
    said = secrets.redact(message.message)
    if message.transient:
        return TransientError(
            said, code=message.code, stage=message.stage, retry_after_seconds=message.retry_after_seconds
        )
    return PermanentError(said, code=message.code, stage=message.stage)


def clip(sound: bytearray, rate: int) -> Clip:
    """Read samples as they are sent: float32, little-endian."""
    return Clip(samples=np.frombuffer(sound, "<f4").astype(np.float32, copy=False), rate=rate)


def sound_of(clip: Clip) -> memoryview:
    """Write samples as they are sent."""
    samples: Any = np.ascontiguousarray(clip.samples, dtype="<f4")
    return memoryview(samples).cast("B")


def of_outcome(outcome: object) -> tuple[Message, memoryview | None]:
    """Say what an adapter yielded; on its side.

    Raises:
        TypeError: it is neither a Reply nor an AdapterError.
        ValidationError: a Reply holds what it may not.
    """
    if isinstance(outcome, AdapterError):
        return _failed(outcome), None
    if not isinstance(outcome, Reply):
        raise TypeError(f"The adapter gave {outcome!r:.200} where a Reply or an AdapterError was due.")
    if outcome.clip.samples.nbytes > MOST_SOUND_BYTES:
        message = f"The answer lasts {outcome.clip.seconds:.0f} s, far more than the arena takes."
        return _failed(PermanentError(message, code="too_long")), None
    return Answered(
        rate=outcome.clip.rate,
        total_seconds=outcome.total_seconds,
        transcript=outcome.transcript,
        first_audio_seconds=outcome.first_audio_seconds,
        parameters=dict(outcome.parameters),  # type: ignore[arg-type]  # checked by the model
        stop_reason=outcome.stop_reason,
    ), sound_of(outcome.clip)


def _failed(error: AdapterError) -> Failed:
    return Failed(
        transient=error.transient,
        message=secrets.redact(error.message)[:LONGEST_MESSAGE],
        code=error.code[:LONGEST_CODE],
        stage=error.stage[:LONGEST_NAME],
        retry_after_seconds=getattr(error, "retry_after_seconds", None),
    )


def finished(stage: Stage) -> Finished:
    """Say what a step brought."""
    return Finished(
        name=stage.name,
        key=stage.key,
        text=stage.text,
        seconds=stage.seconds,
        tags=dict(stage.tags),  # type: ignore[arg-type]  # checked by the model
    )


def stage(message: Finished | Mapping[str, Any]) -> Stage:
    """Build a step from what was said of it."""
    fields = message.model_dump() if isinstance(message, Finished) else message
    return Stage(**fields)
