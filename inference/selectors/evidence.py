"""How an answer came about, as its owner and the moderators see it; whoever judges never does."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inference.models import Attempt, Prompt, Response, Stage, System

Label = str | Promise
# What `inference.adapters.evidence` and `inference.services.answers` write, in the order of reading.
PARAMETERS: dict[str, Label] = {
    "device": _("Device"),
    "revision": _("Revision"),
    "instructions_sha256": _("Instructions (SHA-256)"),
    "libraries": _("Libraries"),
    "generation": _("Generation"),
    "imported": _("Imported from"),
}


@dataclass(frozen=True)
class Evidence:
    """How one answer came about.

    Attributes:
        facts: label and value, in the order of reading; what is not known is left out.
        stages: the finished steps, in their order.
        tries: every attempt at the job, in its order.
    """

    facts: list[tuple[Label, str]]
    stages: list[Stage]
    tries: list[Attempt]


def answers(system: System) -> QuerySet[Response]:
    """A system's answers that its owner may look into: none to hidden prompts, whose words would get out."""
    found = Response.objects.filter(system=system, replicate=1).exclude(prompt__split=Prompt.Split.HIDDEN)
    kept = found.exclude(state=Response.State.REJECTED)
    return kept.select_related("prompt__prompt_set", "raw", "playback").order_by(
        "prompt__prompt_set", "prompt__slug"
    )


def hidden(system: System) -> int:
    """How many answers to hidden prompts there are."""
    return Response.objects.filter(system=system, prompt__split=Prompt.Split.HIDDEN).count()


def of(response: Response) -> Evidence:
    """Collect what is known of an answer: three statements."""
    return Evidence(
        facts=list(_facts(response)),
        stages=list(Stage.objects.filter(job=response.job_id).order_by("at", "pk")),
        tries=list(Attempt.objects.filter(job=response.job_id).order_by("number")),
    )


def real_time_factor(response: Response) -> float | None:
    """Seconds that the answer took by seconds that it lasts; None where the time is not known."""
    if response.total_ms is None or not response.raw.duration_ms:
        return None
    return response.total_ms / response.raw.duration_ms


def _facts(response: Response) -> Iterator[tuple[Label, str]]:
    raw, parameters = response.raw, dict(response.parameters)
    yield _("Its own words"), response.own_transcript or gettext("none")
    if response.first_audio_ms is not None:
        yield _("To the first sound"), _seconds(response.first_audio_ms)
    if response.total_ms is not None:
        yield _("In all"), _seconds(response.total_ms)
    if (factor := real_time_factor(response)) is not None:
        yield _("Real-time factor"), f"{factor:.2f}"
    yield (
        _("Sound"),
        f"{_seconds(raw.duration_ms)}, {raw.media_type}, {raw.sample_rate:,} Hz × {raw.channels}",
    )
    yield _("Stopped by"), response.stop_reason or gettext("not known")
    yield _("Seed"), gettext("not known") if response.seed is None else str(response.seed)
    parameters.pop("seed", None)
    for name, label in PARAMETERS.items():
        if value := parameters.pop(name, None):
            yield label, _text(value)
    if parameters:
        yield _("Other"), _text(parameters)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.2f} s"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        # The database keeps no order of its own.
        return ", ".join(f"{name} {_text(part)}" for name, part in sorted(value.items()))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
