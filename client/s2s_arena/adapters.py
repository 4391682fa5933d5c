"""Systems by name for `s2s-arena work`: a function of one's own, a program, or an adapter of the arena's."""

import importlib
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from s2s_arena.errors import ArenaError
from s2s_arena.working import Answer, Answers, NotAnswered, Question

SHOWN = 500


def named(name: str) -> Answers:
    """Find a system.

    Args:
        name: `module:function`, called with a Question, returning an Answer or the bytes of an audio file; or
            the name of one of the arena's own adapters, where the arena's code is installed.

    Raises:
        ArenaError: `unknown_adapter`.
    """
    module, _, function = name.partition(":")
    if not function:
        return _of_the_arena(name)
    # As `python -m` does: what lies in the folder one is in.
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        detail = f"There is no {name}: {error}"
        raise ArenaError(detail, code="unknown_adapter", fix="Name it as module:function.") from error

    def answers(asked: Sequence[Question]) -> Iterator[Answer | NotAnswered]:
        for question in asked:
            yield _called(found, question)

    return answers


def program(command: str) -> Answers:
    """Make a system of a program: it is started for each prompt, with `{prompt}` and `{answer}` filled in."""
    words = shlex.split(command)

    def answers(asked: Sequence[Question]) -> Iterator[Answer | NotAnswered]:
        for question in asked:
            yield _ran(words, question)

    return answers


def _called(function: Any, question: Question) -> Answer | NotAnswered:
    began = time.monotonic()
    try:
        said = function(question)
    except NotAnswered as error:
        return error
    if isinstance(said, bytes):
        return Answer(said, total_ms=round(1000 * (time.monotonic() - began)))
    if isinstance(said, Answer):
        return said
    return NotAnswered("The adapter returned neither an Answer nor bytes.", code="adapter_bad_answer")


def _ran(words: Sequence[str], question: Question) -> Answer | NotAnswered:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "answer"
        values = {"prompt": str(question.audio), "answer": str(target), "seed": str(question.seed)}
        filled = [_filled(word, values) for word in words]
        began = time.monotonic()
        done = subprocess.run(filled, capture_output=True, text=True, check=False)  # noqa: S603 -- the user's own
        total_ms = round(1000 * (time.monotonic() - began))
        if done.returncode or not target.exists():
            said = done.stderr.strip()[-SHOWN:] or f"It ended with status {done.returncode}."
            return NotAnswered(said, code="program_failed", again=True)
        return Answer(target.read_bytes(), transcript=done.stdout.strip(), total_ms=total_ms)


def _filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def _of_the_arena(name: str) -> Answers:
    try:
        answering = importlib.import_module("inference.worker.answering")
    except ImportError as error:
        detail = f"{name} would be one of the arena's adapters, whose code is not installed here."
        fix = "Name a function of yours as module:function, or use --command."
        raise ArenaError(detail, code="unknown_adapter", fix=fix) from error
    found: Answers = answering.named(name, {})
    return found
