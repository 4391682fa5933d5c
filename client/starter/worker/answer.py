"""A fake model for a pull worker: gives the prompt back as a tone. Put yours in the place of `answer`."""

import hashlib
import io
import math
import struct
import wave

from s2s_arena.working import Answer, Question

RATE = 24_000


def answer(question: Question) -> Answer:
    """Answer one prompt, whose sound lies in `question.audio`; raise NotAnswered where there is no answer."""
    drawn = hashlib.sha256(question.id.encode() + question.audio.read_bytes()).digest()
    hertz, seconds = 200 + drawn[0] * 2 + drawn[1] / 256, 1 + drawn[2] / 256
    values = (round(8_000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(int(seconds * RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(struct.pack("<h", value) for value in values))
    return Answer(file.getvalue(), transcript="A tone.", total_ms=round(1000 * seconds))
