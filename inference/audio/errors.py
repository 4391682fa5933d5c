"""The one error of this package, and the codes it can carry."""

from enum import Enum


class Code(str, Enum):  # noqa: UP042 -- Python 3.10 has no StrEnum, and the worker runs there too
    """Why a clip is refused. The values are stable: programs act on them, and docs/audio.md explains each."""

    __str__ = str.__str__

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_AUDIO = "not_audio"
    FORMAT_NOT_ACCEPTED = "format_not_accepted"
    TRUNCATED = "truncated"
    LYING_HEADER = "lying_header"
    UNDECODABLE = "undecodable"
    RATE_NOT_ACCEPTED = "rate_not_accepted"
    TOO_MANY_CHANNELS = "too_many_channels"
    NO_SAMPLES = "no_samples"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_FINITE = "not_finite"
    OVER_FULL_SCALE = "over_full_scale"
    SILENT = "silent"
    CLIPPED = "clipped"
    TARGET_NOT_REACHED = "target_not_reached"
    DECODER_FAILED = "decoder_failed"
    DECODER_TIMED_OUT = "decoder_timed_out"
    DECODER_OUT_OF_MEMORY = "decoder_out_of_memory"


class AudioRefused(Exception):  # noqa: N818 -- the house's word for a no said to a person
    """A clip is not taken, for a reason that its sender can act on.

    Attributes:
        message: one English sentence that says what is wrong and what would be right.
        code: the reason for programs.
    """

    def __init__(self, message: str, code: Code) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return self.message
