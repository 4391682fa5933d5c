"""What the client says in a Realtime session: its settings and the prompt in chunks.

Source: the GA events in `openai.types.realtime` of openai 3.54.0; the beta's fields are refused today.
"""

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

from inference.audio.clip import Clip

if TYPE_CHECKING:
    from openai.types.realtime import RealtimeSessionCreateRequestParam
    from openai.types.realtime.realtime_audio_config_output_param import Voice

# Source: `AudioPCM` of openai.types.realtime: 16 bit, little-endian, mono, and no other rate.
RATE: Final = 24_000
CHUNK_SAMPLES = RATE // 10
# The server refuses to commit less (`input_audio_buffer_commit_empty`).
# Source: https://github.com/betalgo/openai/issues/674.
LEAST_SAMPLES = RATE // 10


def settings(
    *,
    voice: str,
    instructions: str,
    max_output_tokens: int | Literal["inf"],
    transcriber: str,
    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None,
) -> "RealtimeSessionCreateRequestParam":
    """Return the session in which one prompt is heard whole and answered once, in sound.

    Args:
        voice: a name, or the id of a custom voice (`voice_…`).
        instructions: empty to leave the server's own.
        max_output_tokens: of the answer.
        transcriber: the model that writes down what the user said; empty for none.
        effort: of models that reason; None for the server's own.
    """
    spoken: Voice = {"id": voice} if voice.startswith("voice_") else voice
    session: RealtimeSessionCreateRequestParam = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "max_output_tokens": max_output_tokens,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": RATE},
                # Nobody guesses when the prompt ends: we commit it. Nothing is filtered out of it either.
                "turn_detection": None,
                "noise_reduction": None,  # type: ignore[typeddict-item]  # null turns it off, says its text
                "transcription": {"model": transcriber} if transcriber else None,  # type: ignore[typeddict-item]  # the same
            },
            "output": {"format": {"type": "audio/pcm", "rate": RATE}, "voice": spoken},
        },
    }
    if instructions:
        session["instructions"] = instructions
    if effort:
        session["reasoning"] = {"effort": effort}
    return session


def chunks(prompt: Clip) -> Iterator[str]:
    """Cut a prompt into base64 pieces of 100 ms, 4,800 bytes of sound each; the last may be shorter.

    It is resampled band-limited and clipped at full scale. Silence makes a very short one as long as the
    server asks for.
    """
    samples = prompt.resampled(RATE).to_int16().astype("<i2")
    sound = samples.tobytes() + b"\0\0" * (LEAST_SAMPLES - len(samples))
    for start in range(0, len(sound), 2 * CHUNK_SAMPLES):
        yield base64.b64encode(sound[start : start + 2 * CHUNK_SAMPLES]).decode("ascii")
