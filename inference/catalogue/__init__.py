"""The systems that the arena knows how to run, one TOML file each: card, voice, languages, configuration."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.adapters import registry
from inference.errors import Refused

# The worker reads the catalogue on Python 3.10 too, in the environments of research projects.
if sys.version_info >= (3, 11):  # noqa: UP036 -- the site's Python, not the worker's
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
ANY = "any"

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
AdapterName = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=80)]
Line = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$")]
LanguageCode = Annotated[str, Field(pattern=r"^(any|[a-z]{2,3})$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Card(_Table):
    """The model behind a system, as readers of a board see it.

    Attributes:
        card: Markdown: what it is, what it can and cannot do.
    """

    slug: Slug
    name: Line
    provider: Line
    licence: Line
    url: Annotated[str, Field(pattern=r"^(https://\S+)?$", max_length=200)] = ""
    card: Annotated[str, Field(min_length=40)]


class Weights(_Table):
    """Files that a system loads.

    Attributes:
        name: a repository of the Hugging Face hub, or what upstream calls the files.
        revision: a commit; empty where upstream names none.
        gigabytes: on the disk.
    """

    name: Line
    revision: Annotated[str, Field(max_length=80)] = ""
    gigabytes: Annotated[float, Field(ge=0)]
    licence: Annotated[str, Field(max_length=120)] = ""


class Needs(_Table):
    """What a machine must have to run a system; `manage.py systems` says whether this one has it.

    Attributes:
        packages: distributions beside the site's own, such as torch.
        weights: files to load.
        gpu_gigabytes: memory of one card; 0 where a processor is enough.
        project: the address of the research project in whose own environment it runs; empty for none.
    """

    packages: tuple[Line, ...] = ()
    weights: tuple[Weights, ...] = ()
    gpu_gigabytes: Annotated[float, Field(ge=0)] = 0
    project: Annotated[str, Field(pattern=r"^(https://\S+)?$", max_length=200)] = ""


class Entry(_Table):
    """One system: its identity, what it hears and speaks, and how it is called.

    Attributes:
        slug: the file's name.
        label: what is said of it wherever it shows; empty for a competitor like any other.
        hears: language codes, or `any`.
        speaks: language codes, or `any`.
        config: what the adapter is built from; checked when that is done. Secrets are named there.
        delivery: `called` by our workers, `pulled` by `python -m inference.worker` in an environment of
            its own, or `uploaded` where nothing can be called any more.
        needs: what a machine must have.
        ends: the day on which a hosted model is switched off, as far as its maker has said.
    """

    slug: Slug
    version: Annotated[str, Field(min_length=1, max_length=80)]
    label: Literal["", "baseline", "demonstration"]
    voice: Annotated[str, Field(max_length=80)] = ""
    voice_presentation: Literal["feminine", "masculine", "neutral", "unspecified"]
    hears: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    speaks: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    adapter: AdapterName
    config: dict[str, object] = {}
    delivery: Literal["called", "pulled", "uploaded"] = "called"
    needs: Needs = Needs()
    ends: date | None = None
    model: Card

    @model_validator(mode="after")
    def _any_stands_alone(self) -> "Entry":
        for codes in (self.hears, self.speaks):
            if ANY in codes and len(codes) > 1:
                raise ValueError(f"{ANY} stands alone, not with {', '.join(codes)}")
        return self

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes it hears or speaks, sorted; empty where it is not bound to any language."""
        return tuple(sorted({*self.hears, *self.speaks} - {ANY}))


def names() -> list[str]:
    """List the systems of the catalogue, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(name: str) -> Entry:
    """Read one system.

    Args:
        name: of a system of the catalogue, or the path of a file of the same form, which ends in `.toml`.

    Raises:
        Refused: `unknown_system`, or `bad_catalogue_entry` with one sentence that names each wrong field.
    """
    if name.endswith(".toml"):
        return _file(Path(name))
    known = names()
    if name not in known:
        raise Refused(f"The catalogue has no system {name!r}. {registry.near(name, known)}", "unknown_system")
    return parse(name, (FOLDER / f"{name}.toml").read_text("utf-8"))


def _file(path: Path) -> Entry:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}", "unknown_system") from error
    return parse(path.stem, text)


def parse(name: str, text: str) -> Entry:
    """Read a system from the text of its file.

    Raises:
        Refused: `bad_catalogue_entry`.
    """
    try:
        return Entry.model_validate({"slug": name, **tomllib.loads(text)})
    except ValidationError as error:
        wrong = registry.complaints(error, Entry.model_fields)
        raise Refused(f"{name}.toml is not accepted: {wrong}.", "bad_catalogue_entry") from error
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{name}.toml is not TOML: {error}.", "bad_catalogue_entry") from error
