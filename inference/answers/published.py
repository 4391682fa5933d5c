"""Answers as they were published: the first arena's records and TRACE, which name files by prompt and system.

A row names the files of several systems; whose is whose is told by the system's key in that source, and to
what by the path of the prompt, never by a row's place or a file's number.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from inference.adapters import registry
from inference.answers.rows import Answer, AnswerError, BadAnswer, Named, Outcome, slugs_of
from inference.errors import Refused
from inference.manifest.checks import audio_within, checked_text
from inference.manifest.json_source import elements, read_bytes
from inference.manifest.rows import BadRow, RowError

# Source: FreedomIntelligence/S2S-Arena, the records of each task.
INPUT: Final = "input_path"
OUTPUT: Final = "output_path_"
# Source: arjunchandra2/TRACE (arXiv 2601.13742), data/s2sarena.json.
INSTRUCTION: Final = "instruction_path"
SIDES: Final = (("model_a", "audio1_path"), ("model_b", "audio2_path"))


class _Named(NamedTuple):
    """One file that a row names: of which system, to which prompt."""

    line: int
    shape: str
    prompt: str
    key: str
    file: str


def read(path: Path, *, key: str, root: Path | None) -> Iterator[Outcome]:
    """Yield one system's answers, each once, however many rows name it.

    Args:
        path: the file.
        key: what the source calls the system.
        root: the folder that the paths start from, with or without their first part; None: the file's.

    Raises:
        Refused: the file cannot be read, or names no such system.
    """
    named: list[_Named] = []
    for element in elements(read_bytes(path)):
        if isinstance(element, BadRow):
            yield BadAnswer(where=f"line {element.line}", code="bad_line", message=element.message)
            continue
        line, fields = element
        try:
            named += _files(fields, line=line)
        except RowError as error:
            yield BadAnswer(where=f"line {line}", code="bad_line", message=str(error))
    keys = sorted({one.key for one in named})
    if key not in keys:
        raise Refused(
            f"{str(path)!a} names no system {key!r}. {registry.near(key, keys)} Say which with --key.",
            "unknown_key",
        )
    mine = [one for one in named if one.key == key]
    yield from _answers(mine, root=root or path.parent)


def is_one(fields: Mapping[str, Any]) -> bool:
    """Whether a row is of one of these two shapes."""
    return INSTRUCTION in fields or (INPUT in fields and any(name.startswith(OUTPUT) for name in fields))


def _files(fields: Any, *, line: int) -> list[_Named]:
    if not isinstance(fields, dict) or not is_one(fields):
        raise RowError(
            f"A row is an object with {INSTRUCTION} and two models, or with {INPUT} and {OUTPUT}…."
        )
    if INSTRUCTION in fields:
        prompt = _text(fields, INSTRUCTION)
        return [
            _Named(line, "trace", prompt, _text(fields, model), _text(fields, file)) for model, file in SIDES
        ]
    prompt = _text(fields, INPUT)
    return [
        _Named(line, "records", prompt, name.removeprefix(OUTPUT), _text(fields, name))
        for name, value in fields.items()
        if name.startswith(OUTPUT) and value is not None
    ]


def _text(fields: Mapping[str, Any], name: str) -> str:
    return checked_text(name, fields.get(name))


def _answers(named: list[_Named], *, root: Path) -> Iterator[Outcome]:
    """Yield one answer for each prompt; where rows disagree, none."""
    first = {one.prompt: one for one in reversed(named)}
    files = {
        prompt: sorted({one.file for one in named if one.prompt == prompt})
        for prompt in dict.fromkeys(one.prompt for one in named)
    }
    for prompt, found in files.items():
        rivals = [other for other, theirs in files.items() if theirs == found]
        try:
            _check(prompt, found, rivals=rivals)
            yield _answer(first[prompt], root=root)
        except AnswerError as error:
            yield BadAnswer(where=f"line {first[prompt].line}", code=error.code, message=str(error))


def _check(prompt: str, files: list[str], *, rivals: list[str]) -> None:
    if len(files) > 1:
        raise AnswerError(f"{prompt} has several answers: {', '.join(files)}.", "several_answers")
    if len(rivals) > 1:
        raise AnswerError(f"{files[0]} is named for several prompts: {', '.join(rivals)}.", "several_prompts")


def _answer(named: _Named, *, root: Path) -> Answer:
    return Answer(
        where=f"line {named.line}",
        prompt=_prompt(named.prompt),
        sound=_sound(root, named.file),
        origin={"shape": named.shape, "key": named.key, "prompt": named.prompt, "place": named.file},
    )


def _prompt(path: str) -> Named:
    try:
        return Named(slugs=slugs_of(path), said=path)
    except RowError as error:
        raise AnswerError(str(error), "unknown_prompt") from error


def _sound(root: Path, name: str) -> Path:
    shorter = "/".join(PurePosixPath(name).parts[1:])
    try:
        return audio_within(root, name)
    except RowError as error:
        try:
            return audio_within(root, shorter)
        except RowError:
            raise AnswerError(str(error), "no_file") from error
