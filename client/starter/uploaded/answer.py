"""A fake model: answers each prompt with a tone of its own. Put yours in the place of `answer`."""

import hashlib
import json
import math
import struct
import wave
from pathlib import Path

RATE = 24_000


def answer(prompt: dict[str, str], sound: Path) -> bytes:
    """Return 16-bit mono samples at `RATE`; yours would listen to `sound`."""
    drawn = hashlib.sha256(prompt["id"].encode() + sound.read_bytes()).digest()
    hertz, seconds = 200 + drawn[0] * 2 + drawn[1] / 256, 1 + drawn[2] / 256
    values = (round(8_000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(int(seconds * RATE)))
    return b"".join(struct.pack("<h", value) for value in values)


def main() -> None:
    """Answer all prompts that were pulled."""
    for line in Path("prompts/manifest.jsonl").read_text("utf-8").splitlines():
        prompt = json.loads(line)
        # An id may hold slashes: then the file lies in a folder.
        path = Path("answers") / f"{prompt['id']}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(answer(prompt, Path("prompts") / prompt["file"]))
        # What your system said, in its own words; it may be left out.
        said = {"transcript": "A tone."}
        path.with_name(f"{path.stem}.json").write_text(json.dumps(said), "utf-8")


if __name__ == "__main__":
    main()
