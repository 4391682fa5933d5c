"""HuBERT units, the 1,000 sounds of SpeechGPT and LLaMA-Omni: read from a reply, or from a CTC path."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

MARKER = re.compile(r"\[SpeechGPT\]\s*:")
END = re.compile(r"<eoa>|\[Human\]")
SPEECH = re.compile(r"<sosp>(.*?)(<eosp>|\Z)", re.DOTALL)
UNIT = re.compile(r"<(\d+)>")


@dataclass(frozen=True)
class Spoken:
    """SpeechGPT's reply, which says what it heard, then what it answers, then speaks.

    Attributes:
        question: what it took the prompt for; empty where it did not say.
        answer: its own words.
        units: its speech; empty where it has none.
        whole: whether the speech came to its end.
    """

    question: str
    answer: str
    units: list[int]
    whole: bool


def read(reply: str) -> Spoken:
    """Read `QUESTION; [ta] ANSWER; [ua] <sosp><1><2>…<eosp>`, or what there is of it.

    Args:
        reply: what was generated, with or without what stood before `[SpeechGPT]:`.
    """
    if marker := MARKER.search(reply):
        reply = reply[marker.end() :]
    reply = END.split(reply, maxsplit=1)[0]
    words, tag, speech = reply.partition("[ua]")
    found = SPEECH.search(speech if tag else reply)
    question, tag, answer = SPEECH.sub("", words).partition("[ta]")
    if not tag:
        question, answer = "", question
    return Spoken(
        question=_bare(question),
        answer=_bare(answer),
        units=[int(unit) for unit in UNIT.findall(found[1])] if found else [],
        whole=bool(found and found[2]),
    )


def _bare(words: str) -> str:
    """Drop the semicolon that parts a section from the next."""
    return words.strip().removesuffix(";").rstrip()


def collapsed(path: Sequence[int], *, blank: int) -> list[int]:
    """Merge equal neighbours of a CTC path, then drop blanks: a blank between equal units keeps both."""
    return [unit for unit, _ in groupby(path) if unit != blank]
