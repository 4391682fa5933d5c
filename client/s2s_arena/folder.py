"""A folder that is a submission: `submission.toml`, and for uploaded answers one file a prompt."""

import hashlib
import json
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s2s_arena import manifest, prompts, sounds
from s2s_arena.errors import ArenaError
from s2s_arena.manifest import Checked, Expected, Problem

FILE, STATE = "submission.toml", ".s2s-arena.json"
KINDS = ("uploaded", "endpoint", "checkpoint", "worker")
# In the order in which they are looked for.
ENDINGS = (".flac", ".wav", ".ogg", ".opus", ".mp3")
OF_SUBMISSION = ("adapter", "config", "secret", "limits", "repository", "revision", "hardware", "provenance")


@dataclass(frozen=True)
class Folder:
    """What is to be submitted.

    Attributes:
        path: of the folder.
        told: what `submission.toml` says.
        answers: the file of each answered prompt, by its id.
    """

    path: Path
    told: Mapping[str, Any]
    answers: Mapping[str, Path] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return str(self.told["kind"])

    @property
    def prompt_set(self) -> str:
        """Such as `core/3`."""
        return str(self.told["prompt_set"])

    @property
    def is_partial(self) -> bool:
        """Whether prompts are left out on purpose."""
        return bool(self.told.get("partial", False))

    def expected(self) -> list[Expected]:
        """The prompts that the system has to answer, from the set that was pulled.

        Raises:
            ArenaError: `no_prompts`.
        """
        lines = prompts.read(self.path / str(self.told.get("prompts", "prompts")))
        languages = set(self.told["system"].get("languages", []))
        wanted = (one for one in lines if not languages or one["language"] in languages | {None})
        return [Expected(one["id"], one["language"] or "") for one in wanted]

    def manifest(self) -> dict[str, Any]:
        """The manifest of the answers that are there."""
        rows = [self._row(prompt, path) for prompt, path in sorted(self.answers.items())]
        return {"responses": rows, "provenance": dict(self.told.get("provenance", {}))}

    def _row(self, prompt: str, path: Path) -> dict[str, Any]:
        size, sha256 = path.stat().st_size, prompts.hash_of(path)
        row: dict[str, Any] = {"prompt": prompt, "sha256": sha256, "bytes": size}
        beside = path.with_name(f"{path.name.removesuffix(path.suffix)}.json")
        if beside.exists():
            row |= json.loads(beside.read_text("utf-8"))
        return row

    def body(self, system: str) -> dict[str, Any]:
        """What POST /submissions is told."""
        body: dict[str, Any] = {name: self.told[name] for name in OF_SUBMISSION if name in self.told}
        body |= {"system": system, "prompt_set": self.prompt_set, "kind": self.kind}
        body["partial"] = self.is_partial
        return body | ({"manifest": self.manifest()} if self.kind == "uploaded" else {})


def read(path: Path) -> Folder:
    """Read a folder, or its `submission.toml`.

    Raises:
        ArenaError: `folder_malformed`: with what is missing.
    """
    file = path / FILE if path.is_dir() else path
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise _malformed(f"There is no {file}.") from error
    except (OSError, ValueError) as error:
        raise _malformed(f"{file} cannot be read: {error}") from error
    for name in ("prompt_set", "kind", "model", "system"):
        if name not in told:
            raise _malformed(f"{file} does not say {name}.")
    if told["kind"] not in KINDS:
        raise _malformed(f"{file}: a kind is one of {', '.join(KINDS)}.")
    folder = Folder(file.parent, told)
    answers = folder.path / str(told.get("answers", "answers"))
    return Folder(file.parent, told, _answers(answers)) if told["kind"] == "uploaded" else folder


def check(folder: Folder) -> Checked:
    """Say everything that the server would, before it is asked.

    Raises:
        ArenaError: `no_prompts`.
    """
    checked = manifest.check(folder.manifest(), expected=folder.expected(), is_partial=folder.is_partial)
    found = [sounds.look(prompt, folder.answers[prompt]) for prompt in checked.entries]
    return Checked(
        checked.problems + _by_code([one for one in found if one]), checked.entries, checked.coverage
    )


def _by_code(problems: list[Problem]) -> list[Problem]:
    """Say each code once, with the first sentence and all the prompts."""
    together: dict[str, list[Problem]] = {}
    for problem in problems:
        together.setdefault(problem.code, []).append(problem)
    return [
        Problem(
            code, same[0].detail, same[0].fix, count=len(same), prompts=tuple(one.prompts[0] for one in same)
        )
        for code, same in together.items()
    ]


def _answers(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise _malformed(f"There is no folder {folder} with the answers.")
    found: dict[str, Path] = {}
    for ending in reversed(ENDINGS):
        # The id is the path below the folder without its ending: ids may hold slashes, and points.
        found |= {
            path.relative_to(folder).as_posix().removesuffix(ending): path
            for path in folder.rglob(f"*{ending}")
        }
    return found


class State:
    """What was done already: a submission that is run again goes on there."""

    def __init__(self, folder: Folder) -> None:
        self._path = folder.path / STATE
        self.kept: dict[str, Any] = {}
        if self._path.exists():
            self.kept = json.loads(self._path.read_text("utf-8"))
        self.kept.setdefault("nonce", uuid.uuid4().hex)
        self._save()

    def keep(self, **values: Any) -> None:
        """Write down what is known now."""
        self.kept |= values
        self._save()

    def key(self, *about: object) -> str:
        """The idempotency key of a step: the same again where its content is the same."""
        said = json.dumps([self.kept["nonce"], *about], sort_keys=True, default=str)
        return hashlib.sha256(said.encode()).hexdigest()[:40]

    def _save(self) -> None:
        draft = self._path.with_suffix(".part")
        draft.write_text(json.dumps(self.kept, indent=1), "utf-8")
        draft.replace(self._path)


def submission(said: str) -> str:
    """Give a submission's id, which may be said by the folder that it was submitted from.

    Raises:
        ArenaError: `not_submitted`.
    """
    path = Path(said).expanduser()
    if not path.is_dir():
        return said
    kept = json.loads((path / STATE).read_text("utf-8")) if (path / STATE).exists() else {}
    if "submission" not in kept:
        fix = f"Run s2s-arena submit {said}."
        raise ArenaError("Nothing was submitted from this folder.", code="not_submitted", fix=fix)
    return str(kept["submission"])


def _malformed(detail: str) -> ArenaError:
    return ArenaError(detail, code="folder_malformed", fix="See docs/api.md, and the starter kit.")
