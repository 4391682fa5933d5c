"""The starter set: the arena's own prompts, spoken here by the bundled synthesiser."""

import functools
from collections.abc import Callable, Iterator

from inference import starter
from inference.adapters import espeak
from inference.models import PromptSet
from inference.services import prompts


def is_complete() -> bool:
    """Whether every starter prompt is here."""
    return (
        PromptSet.objects.filter(slug=starter.SET_SLUG, prompts__slug__in=_ids()).distinct().exists()
        and prompts.set_to_import_into(starter.SET_SLUG).prompts.count() >= count()
    )


def count() -> int:
    """How many starter prompts there are."""
    return len(_ids())


def bring(*, on_row: Callable[[prompts.Report], None] = lambda _: None) -> prompts.Report:
    """Speak the starter prompts and import them; what is there already stays.

    Raises:
        PermanentError: the extra `offline` is not installed.
    """
    into = prompts.set_to_import_into(starter.SET_SLUG, title=starter.SET_TITLE, licence=starter.SET_LICENCE)
    return prompts.import_rows(_spoken(), into=into, on_row=on_row)


def _ids() -> list[str]:
    return [prompt.row.id for prompt in starter.prompts()]


def _spoken() -> Iterator[prompts.Incoming]:
    for prompt in starter.prompts():
        yield prompts.Incoming(prompt.row, functools.partial(_speak, prompt.speech))


def _speak(speech: starter.Speech) -> bytes:
    return espeak.speak(
        speech.ssml,
        voice=speech.voice,
        words_per_minute=speech.words_per_minute,
        pitch=speech.pitch,
        pitch_range=speech.pitch_range,
        markup=True,
    ).wav()
