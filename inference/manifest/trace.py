"""The prompts that the TRACE labels name; the file lists pairs of answers, each prompt in many of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from inference.manifest.checks import audio_within, checked_text
from inference.manifest.folder import id_of, task_of
from inference.manifest.json_source import elements, read_bytes
from inference.manifest.rows import BadRow, Outcome, PromptRow, RowError, Stated, completed
from inference.taxonomy import UnknownName, taxonomy

# Source: arjunchandra2/TRACE (arXiv 2601.13742), data/s2sarena.json.
PATH: Final = "instruction_path"
TEXT: Final = "instruction_text"

_TAG = re.compile(r"\s*\[([^\[\]]{1,100})\]\s*")


@dataclass
class _Named:
    """One prompt as all rows name it: the first line, and each text with the tag in front of it."""

    line: int
    texts: list[tuple[str, str]] = field(default_factory=list)


def read(path: Path, *, stated: Stated, audio_root: Path | None = None) -> Iterator[Outcome]:
    """Yield each prompt once, in the order in which the file first names it.

    A prompt is what `instruction_path` says; the file's ids and texts come in several spellings for one
    prompt. Where one spelling of the text has a tag and another has none, the tagged one counts.

    Args:
        path: the file.
        stated: language and level, which the file does not give.
        audio_root: the folder that the paths start from, with or without `input` in front; None: the file's.

    Raises:
        Refused: the file cannot be read.
    """
    named: dict[str, _Named] = {}
    for element in elements(read_bytes(path)):
        if isinstance(element, BadRow):
            yield element
            continue
        line, fields = element
        try:
            clip, tag, text = _pair(fields)
        except RowError as error:
            yield BadRow(line=line, message=str(error))
            continue
        named.setdefault(clip, _Named(line)).texts.append((tag, text))
    for clip, prompt in named.items():
        try:
            yield _row(clip, prompt, root=audio_root or path.parent, stated=stated)
        except RowError as error:
            yield BadRow(line=prompt.line, message=f"{clip[:120]!a}: {error}")


def _pair(fields: Any) -> tuple[str, str, str]:
    if not isinstance(fields, dict):
        raise RowError(f"A row must be a JSON object with {PATH} and {TEXT}.")
    clip, text = checked_text(PATH, fields.get(PATH)), checked_text(TEXT, fields.get(TEXT))
    tag = _TAG.match(text)
    return clip, tag[1] if tag else "", text[tag.end() if tag else 0 :].strip()


def _row(clip: str, prompt: _Named, *, root: Path, stated: Stated) -> PromptRow:
    parts = PurePosixPath(clip).parts
    below_input = parts[1:] if parts[:1] == ("input",) else parts
    folders, stem = below_input[:-1], PurePosixPath(clip).stem
    task, below = task_of(folders)
    labels = {_label(tag) for tag, _ in prompt.texts if tag}
    if len(labels) > 1:
        raise RowError(f"Its rows disagree on the delivery: {', '.join(sorted(labels))}.")
    tagged = [text for tag, text in prompt.texts if tag]
    found = PromptRow(
        line=prompt.line,
        id=id_of(folders, stem),
        audio=_audio(root, clip, "/".join(below_input)),
        domain=task.domain,
        task=task.slug,
        text=(tagged or [text for _, text in prompt.texts])[0],
        delivery_label=labels.pop() if labels else "",
        tags=("/".join(below)[:80],) if below else (),
        split=stated.split,
    )
    return completed(found, stated)


def _label(tag: str) -> str:
    """Return the delivery that a tag such as `emotion: fealful` means, or the tag itself if it is new."""
    try:
        return taxonomy().delivery(tag.rpartition(":")[2]).value
    except UnknownName:
        return tag.strip()


def _audio(root: Path, clip: str, shorter: str) -> Path:
    try:
        return audio_within(root, clip)
    except RowError:
        if shorter == clip:
            raise
    return audio_within(root, shorter)
