"""Prompts leave as files, for systems that answer where the site cannot call them.

A system is given a prompt's sound and nothing that was written down of it: neither its words nor how they
are said. Both would be half of the answer.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.errors import Refused
from inference.models import Prompt, PromptSet
from inference.services import media

NAME = "prompts.jsonl"
ENDINGS = {"audio/wav": ".wav", "audio/flac": ".flac", "audio/mpeg": ".mp3", "audio/ogg": ".ogg"}


@dataclass(frozen=True)
class Written:
    """What came of it.

    Attributes:
        new: files that were written.
        there: files that lay there already, the same to the byte.
        kept_back: prompts of the hidden split that were left out.
    """

    new: int
    there: int
    kept_back: int


def write(folder: Path, *, sets: Sequence[str] | None = None, hidden: bool = False) -> Written:
    """Write each prompt's file as `<set>-v<version>/<slug>`, and a list of all of them.

    Args:
        folder: made if it is not there; other files in it stay.
        sets: slugs; None: all sets.
        hidden: also the prompts that are handed to nobody.

    Raises:
        Refused: `unknown_set` or `no_prompts`.
        OSError: a file cannot be read or written.
    """
    known = set(PromptSet.objects.values_list("slug", flat=True))
    if unknown := sorted(set(sets or ()) - known):
        message = f"There is no prompt set {', '.join(unknown)}; known are {', '.join(sorted(known))}."
        raise Refused(message, "unknown_set")
    drawn = Prompt.objects.filter(state=Prompt.State.OK, prompt_set__slug__in=known if sets is None else sets)
    chosen = drawn if hidden else drawn.exclude(split=Prompt.Split.HIDDEN)
    prompts = list(chosen.select_related("prompt_set", "raw", "language", "task", "level"))
    if not prompts:
        raise Refused(
            "There is no prompt to hand out. `manage.py import_prompts PATH` brings some.", "no_prompts"
        )
    new = sum(_put(folder / _name(prompt), media.read(prompt.raw)) for prompt in prompts)
    listed = "".join(json.dumps(_line(prompt), ensure_ascii=False) + "\n" for prompt in prompts)
    _put(folder / NAME, listed.encode())
    return Written(new=new, there=len(prompts) - new, kept_back=drawn.count() - len(prompts))


def _name(prompt: Prompt) -> str:
    within = f"{prompt.prompt_set.slug}-v{prompt.prompt_set.version}"
    return f"{within}/{prompt.slug}{ENDINGS[prompt.raw.media_type]}"


def _line(prompt: Prompt) -> dict[str, object]:
    return {
        "id": str(prompt.public_id),
        "file": _name(prompt),
        "sha256": prompt.content_sha256,
        "language": prompt.language and prompt.language.code,
        "task": prompt.task.slug,
        "level": prompt.level and prompt.level.number,
    }


def _put(path: Path, data: bytes) -> bool:
    """Write a file as a whole; False where the same lies there already."""
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".half-{path.name}")
    half.write_bytes(data)
    half.replace(path)
    return True
