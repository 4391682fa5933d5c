"""Cutting texts and sounds into what a model takes at once, and joining texts again; nothing gets lost."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from inference.audio.clip import Clip

# Scripts that put no space between sentences.
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_SENTENCE = re.compile(r".*?(?:[.!?;:…]+[\"'”’)\]]*\s+|[。！？；…]+[”’」』）]*\s*|\n+|$)", re.DOTALL)
_WORD = re.compile(r"\S*\s*")

# A pause is looked for in so much of the end of a window, in steps that a short pause between words covers.
SEARCHED_SECONDS = 5.0
STEP_SECONDS = 0.1


def joined(pieces: Iterable[str]) -> str:
    """Join pieces of a transcript, with a space where the script has them between sentences."""
    whole = ""
    for piece in (one.strip() for one in pieces):
        if not piece:
            continue
        spaced = whole and not (_UNSPACED.match(whole[-1]) and _UNSPACED.match(piece[0]))
        whole += f" {piece}" if spaced else piece
    return whole


def sentences(text: str, *, most_characters: int) -> list[str]:
    """Cut a text into pieces of at most so many characters: at sentences, else at words, else anywhere.

    The pieces, put together, are the text again.
    """
    pieces = [""]
    for part in _small(text, most_characters):
        if pieces[-1] and len(pieces[-1]) + len(part) > most_characters:
            pieces.append("")
        pieces[-1] += part
    return _without_blank(pieces)


def windows(clip: Clip, *, longest_seconds: float) -> list[Clip]:
    """Cut a clip into windows of at most this length, each cut at the quietest moment near a window's end.

    The windows, put together, are the clip again.
    """
    longest = int(longest_seconds * clip.rate)
    found, rest = [], clip.samples
    while len(rest) > longest:
        at = _quietest(rest[:longest], clip.rate)
        found.append(Clip(samples=rest[:at], rate=clip.rate))
        rest = rest[at:]
    return [*found, Clip(samples=rest, rate=clip.rate)]


def _small(text: str, most: int) -> Iterable[str]:
    for sentence in _SENTENCE.findall(text):
        parts = [sentence] if len(sentence) <= most else _WORD.findall(sentence)
        for part in parts:
            yield from (part[start : start + most] for start in range(0, len(part), most))


def _without_blank(pieces: list[str]) -> list[str]:
    """Give pieces of nothing but space to the piece before: there is nothing to speak in them."""
    kept: list[str] = []
    for piece in pieces:
        if kept and not piece.strip():
            kept[-1] += piece
        else:
            kept.append(piece)
    return kept


def _quietest(samples: NDArray[np.float32], rate: int) -> int:
    """Find where to cut: in the middle of the quietest step near the end; in even sound, at the end."""
    step = max(1, int(STEP_SECONDS * rate))
    steps = min(int(SEARCHED_SECONDS * rate), len(samples) // 2) // step
    if steps == 0:
        return len(samples)
    start = len(samples) - steps * step
    energy = np.square(samples[start:].astype(np.float64).reshape(steps, step)).sum(axis=1)
    from_the_end = int(np.argmin(energy[::-1]))
    return len(samples) if from_the_end == 0 else len(samples) - from_the_end * step - step // 2
