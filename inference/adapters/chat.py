"""The replies of NLTK's classic chat engines, chosen by seed: tables of patterns, no model.

The tables are read from NLTK's files and not imported: `import nltk` takes over two seconds and 110 MB in
every worker process, and its engines draw from the global random state.
"""

import ast
import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.adapters.base import PermanentError
from inference.adapters.extras import package_folder

STAGE = "reply"
PACKAGE = "nltk"

# What the table is called in each engine's file.
TABLES = {"eliza": "pairs", "iesha": "pairs", "rude": "pairs", "suntsu": "pairs", "zen": "responses"}

# Zen knows a question by its mark, which no recogniser writes.
MARKED_QUESTIONS = {"zen"}
QUESTION = re.compile(
    r"(what|how|why|who|when|where|which|is|are|am|do|does|did|can|could|will|would|should)\b", re.IGNORECASE
)

ASK_AGAIN = "I did not hear any words. Could you say that again, please?"

# Eliza gives back all that she heard. Spoken, sixty words last some twenty seconds.
LONGEST_WORDS = 60
CUT = "…"


@dataclass(frozen=True)
class Engine:
    """One engine's tables.

    Attributes:
        rules: patterns, tried in order from the start of what was heard, each with its possible replies, in
            which %1 stands for what the first group matched.
        reflections: how first and second person change places in what is given back.
    """

    rules: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
    reflections: dict[str, str]


def reply(engine: str, transcript: str, *, seed: int) -> str:
    """Answer a transcript; the same engine, transcript and seed give the same words.

    A reply of more than `LONGEST_WORDS` is cut there and ends with `CUT`.

    Args:
        engine: a key of `TABLES`.
        transcript: what was heard; where it is empty the reply asks to say it again.
        seed: which of a pattern's replies is chosen.

    Raises:
        PermanentError: `extra_missing`, or `engine_changed` where NLTK's files are not as expected.
    """
    heard = " ".join(transcript.split())
    if not heard:
        return ASK_AGAIN
    tables = load(engine)
    if engine in MARKED_QUESTIONS and QUESTION.match(heard):
        heard = f"{heard}?"
    for pattern, replies in tables.rules:
        match = pattern.match(heard)
        texts = [_filled(one, match, tables.reflections) for one in replies] if match else []
        spoken = [text for text in texts if re.search(r"\w", text)]
        if spoken:
            return _shortened(spoken[_draw(seed, transcript) % len(spoken)])
    return ASK_AGAIN


@functools.cache
def load(engine: str) -> Engine:
    """Read an engine's tables from the installed NLTK.

    Raises:
        PermanentError: `extra_missing` or `engine_changed`.
    """
    folder = package_folder(PACKAGE, extra="offline", stage=STAGE) / "chat"
    tables = _literals(folder / "util.py") | _literals(folder / f"{engine}.py")
    try:
        rules = tuple(
            (re.compile(pattern, re.IGNORECASE), tuple(texts)) for pattern, texts in tables[TABLES[engine]]
        )
        return Engine(rules=rules, reflections=tables["reflections"])
    except (KeyError, TypeError, ValueError, re.error) as error:
        message = f"NLTK's table of the engine {engine} is not what it was in NLTK 3.10."
        raise PermanentError(message, code="engine_changed", stage=STAGE) from error


def _literals(file: Path) -> dict[str, Any]:
    """Return the values that a Python file writes out at its top level, by name."""
    found = {}
    for statement in ast.parse(file.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple | ast.Dict):
            (target,) = statement.targets
            found[ast.unparse(target)] = ast.literal_eval(statement.value)
    return found


def _filled(text: str, match: re.Match[str], reflections: dict[str, str]) -> str:
    def given_back(place: re.Match[str]) -> str:
        # Some replies name a group that took no part, and some leave out the space before it.
        words = match.group(int(place[1])) or "" if int(place[1]) <= match.re.groups else ""
        return f" {_reflected(words.strip(), reflections)}"

    text = " ".join(re.sub(r"%(\d)", given_back, text).split())
    text = re.sub(r"\s+([,.?!])", r"\1", text).replace("?.", ".").replace("??", "?")
    return text[:1].upper() + text[1:]


def _reflected(words: str, reflections: dict[str, str]) -> str:
    keys = sorted(reflections, key=len, reverse=True)
    pattern = rf"\b({'|'.join(map(re.escape, keys))})\b"
    return re.sub(pattern, lambda found: reflections[found[0]], words.lower())


def _draw(seed: int, transcript: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\n{transcript}".encode()).digest()[:8])


def _shortened(text: str) -> str:
    words = text.split()
    return text if len(words) <= LONGEST_WORDS else " ".join(words[:LONGEST_WORDS]) + CUT
