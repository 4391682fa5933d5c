"""Speech from text by eSpeak NG, spoken in a process of its own."""

import difflib
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.adapters import espeak_child
from inference.adapters.base import PermanentError, TransientError
from inference.adapters.extras import package_folder
from inference.audio.clip import Clip

STAGE = "speak"
PACKAGE = "espeakng_loader"

# A sentence takes 0.03 s; the child ends itself after its own, shorter allowance of processor time.
TIMEOUT_SECONDS = 60

# Below this peak nothing can be heard: 16 bit rounding noise is 0.00003, whispering peaks above 0.1.
SILENCE_PEAK = 0.001

# Control characters end the text (NUL) or command the synthesiser (SOH), whatever the text says.
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def speak(
    text: str,
    *,
    voice: str,
    words_per_minute: int = 175,
    pitch: int = 50,
    pitch_range: int = 50,
    markup: bool = False,
) -> Clip:
    """Speak a text; the same arguments give the same samples. Safe to call from several threads at once.

    Args:
        text: what to say, in the voice's language.
        voice: a language that eSpeak NG knows and, after a plus sign, a variant: `en-us`, `en-gb+f3`, `cmn`.
        words_per_minute: 80 to 450.
        pitch: 0 to 99.
        pitch_range: 0 (monotone) to 99 (lively).
        markup: read `text` as SSML (`<prosody>`, `<break>`) and not as plain words.

    Raises:
        PermanentError: `extra_missing`, `unknown_voice`, or `no_audio` where nothing audible came out.
        TransientError: `speech_timed_out` or `speech_failed`.
    """
    folder = package_folder(PACKAGE, extra="offline", stage=STAGE)
    language, _, variant = voice.partition("+")
    order = {
        "library": str(min(folder.glob("libespeak-ng.*"), default="")),
        "voices": str(folder / "espeak-ng-data"),
        "voice": "+".join(filter(None, [_language(folder, language), _variant(folder, variant)])),
        "words_per_minute": words_per_minute,
        "pitch": pitch,
        "pitch_range": pitch_range,
        "markup": markup,
        "text": CONTROL.sub(" ", text),
    }
    rate, _, samples = _run(order).partition(b"\n")
    clip = Clip(samples=_full_scale(samples), rate=int(rate))
    if clip.samples.size == 0 or float(np.abs(clip.samples).max()) < SILENCE_PEAK:
        raise PermanentError("The synthesiser made no sound of this text.", code="no_audio", stage=STAGE)
    return clip


def _full_scale(samples: bytes) -> NDArray[np.float32]:
    return np.frombuffer(samples, np.int16).astype(np.float32) / np.float32(32768)


def _run(order: dict[str, object]) -> bytes:
    # By path and isolated, so that it starts without the site's packages: 30 ms, most of it Python's own.
    command = [sys.executable, "-I", "-S", espeak_child.__file__]
    try:
        child = subprocess.run(  # noqa: S603 -- our own program, the text goes through a pipe
            command,
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"The synthesiser was not ready after {TIMEOUT_SECONDS} s."
        raise TransientError(message, code="speech_timed_out", stage=STAGE) from error
    if child.returncode == espeak_child.UNKNOWN_VOICE:
        message = f"The synthesiser cannot load the voice {order['voice']}."
        raise PermanentError(message, code="unknown_voice", stage=STAGE)
    if child.returncode != 0:
        message = f"The synthesiser ended with status {child.returncode}."
        raise TransientError(message, code="speech_failed", stage=STAGE)
    return child.stdout


def _language(folder: Path, language: str) -> str:
    """Return the name under which the library finds a language: `en-gb` is kept in a file named `en`."""
    return _known(language, _languages(folder), "language")


def _variant(folder: Path, variant: str) -> str:
    # The library speaks on without a word in the plain voice where it does not know a variant.
    return _known(variant, _variants(folder), "variant") if variant else ""


def _known(name: str, table: dict[str, str], what: str) -> str:
    if name in table:
        return table[name]
    likely = difflib.get_close_matches(name, table, n=3)
    hint = f" Did you mean {' or '.join(likely)}?" if likely else ""
    raise PermanentError(f"eSpeak NG has no {what} {name!r}.{hint}", code="unknown_voice", stage=STAGE)


@functools.cache
def _languages(folder: Path) -> dict[str, str]:
    files = {
        path.name: path for path in sorted((folder / "espeak-ng-data" / "lang").rglob("*")) if path.is_file()
    }
    table = {name.lower(): name for name in files}
    for name, path in files.items():
        for line in path.read_text("utf-8").splitlines():
            keyword, *values = line.split()[:2] or [""]
            if keyword == "language" and values:
                table.setdefault(values[0].lower(), name)
    return table


@functools.cache
def _variants(folder: Path) -> dict[str, str]:
    return {path.name: path.name for path in (folder / "espeak-ng-data" / "voices" / "!v").iterdir()}
