"""The prompts that every system is asked: fifteen spoken ones, and the edge clips of S69."""

import functools
import itertools

import numpy as np
from django.db.models import QuerySet

from inference import starter
from inference.adapters import espeak
from inference.audio.checks import Limits
from inference.audio.clip import Clip
from inference.audio.decode import decode
from inference.models import Attempt, Job, Prompt, Response, Stage, System
from tests import factories
from tests.inference.audio import sounds

SPOKEN = 15
# The arena takes no shorter prompt, so no system is asked.
TOO_SHORT = "edge-50-ms"


@functools.cache
def spoken() -> dict[str, bytes]:
    """The first of the starter set, as files, by slug."""
    found = {}
    for prompt in itertools.islice(starter.prompts(), SPOKEN):
        speech = prompt.speech
        clip = espeak.speak(
            speech.ssml, voice=speech.voice, words_per_minute=speech.words_per_minute, markup=True
        )
        found[prompt.row.id] = clip.wav()
    return found


@functools.cache
def edges() -> dict[str, bytes]:
    """Silence, 50 ms, 65 s, stereo at 44.1 kHz, full scale, and an MP3 that is kept as a WAV."""
    both = np.stack([sounds.babble(rate=44_100, seed=2), sounds.babble(rate=44_100, seed=3)], axis=1)
    return {
        "edge-silence": sounds.encoded(np.zeros(24_000, dtype=np.float32), 24_000),
        TOO_SHORT: sounds.encoded(sounds.babble(0.05), 24_000),
        "edge-65-s": sounds.encoded(sounds.babble(65, rate=16_000), 16_000),
        "edge-stereo": sounds.encoded(both, 44_100),
        "edge-full-scale": sounds.encoded(sounds.sine(440, rate=44_100, dbfs=0), 44_100),
        "edge-mp3-as-wav": sounds.encoded(sounds.babble(rate=44_100), 44_100, "MP3", "MPEG_LAYER_III"),
    }


def faulty(*names: str) -> dict[str, bytes]:
    """A clip for each of these, told by its length: the first lasts 0.41 s, the next 0.42 s and so on."""
    return {name: sounds.encoded(sounds.babble(0.41 + n / 100), 24_000) for n, name in enumerate(names)}


def named_by_length(names: tuple[str, ...], samples: int) -> str:
    """Say which of `faulty` has so many samples at 24 kHz; empty where none has."""
    place = round(samples / 240) - 41
    return names[place] if samples % 240 == 0 and 0 <= place < len(names) else ""


def stored(files: dict[str, bytes]) -> list[Prompt]:
    """Make a prompt of each file in the database."""
    within = factories.prompt_set()
    return [factories.prompt(within, slug=slug, data=data) for slug, data in files.items()]


def heard(data: bytes, *, rate: int = 24_000) -> Clip:
    """What an adapter hears of a file."""
    return decode(data, limits=Limits()).clip.resampled(rate)


def open_jobs() -> QuerySet[Job]:
    """The jobs that have not ended."""
    return Job.objects.filter(state__in=["queued", "running"])


def codes(system: System) -> dict[str, list[str]]:
    """How a system's tries at each prompt ended, in their order: `transient timeout`, `done`."""
    found: dict[str, list[str]] = {}
    tries = Attempt.objects.filter(job__system=system).select_related("job__prompt")
    for attempt in tries.order_by("job", "number"):
        ended = f"{attempt.outcome} {attempt.code}".strip()
        found.setdefault(attempt.job.prompt.slug, []).append(ended)
    return found


def answers(system: System) -> dict[str, Response]:
    """A system's responses by their prompts' slugs."""
    found = Response.objects.filter(system=system).select_related("prompt", "raw", "playback")
    return {one.prompt.slug: one for one in found}


def kept(system: System) -> dict[str, str]:
    """The texts of a system's stages, by their prompts' slugs."""
    return dict(Stage.objects.filter(job__system=system).values_list("job__prompt__slug", "text"))
