"""Control pairs: an accepted answer beside one made worse from it, so that the better side is certain (J124).

Both come from one system, so that the voice gives nothing away. The other side may be better or, where the
accepted answer is no good either, both are bad; only a copy of the same clip has to be a tie or both bad.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from django.db.models import QuerySet

from inference.adapters import espeak
from inference.audio import ingest
from inference.audio.clip import Clip
from inference.models import Prompt, Response, System
from inference.services import controls, media
from judging.models import GoldAnswer
from judging.services import material

# Source: reliability 5.6.
NOISE_SNR_DB = 10.0
EXPRESSIVE_LEVEL = 3
# eSpeak NG's voice for a flat reading, by language.
FLAT_VOICES = {"en": "en-us", "zh": "cmn"}


@dataclass(frozen=True)
class Kind:
    """One way to make a control.

    Attributes:
        slug: of the control system.
        key: the criterion on which it is missed.
        make: the worse answer's sound from a good one, or None where this one does not serve.
    """

    slug: str
    key: str
    make: Callable[[Response, Random], bytes | None]


def make(*, per_kind: int, rng: Random, on_pair: Callable[[str], None] = lambda _: None) -> int:
    """Make so many control pairs of each kind, of answers that have none yet; return how many were made."""
    made = 0
    for kind in KINDS:
        left = per_kind
        answers = list(_answers())
        rng.shuffle(answers)
        for good in answers:
            if not left:
                break
            wav = kind.make(good, rng)
            if wav is None:
                continue
            _store(good, wav, kind=kind)
            on_pair(kind.slug)
            left, made = left - 1, made + 1
    return made


def _answers() -> QuerySet[Response]:
    """Answers of live systems to prompts that can be drawn, which no gold pair holds yet."""
    used = GoldAnswer.objects.values
    return (
        Response.objects.filter(
            state=Response.State.OK,
            replicate=1,
            system__state=System.State.LIVE,
            prompt__state=Prompt.State.OK,
            prompt__split__in=[Prompt.Split.PUBLIC, Prompt.Split.HIDDEN],
        )
        .exclude(pk__in=used("pair__response_a"))
        .exclude(pk__in=used("pair__response_b"))
        .select_related("raw", "system", "prompt__level", "prompt__language", "prompt__answer_language")
        .order_by("pk")
    )


def _store(good: Response, wav: bytes, *, kind: Kind) -> None:
    worse = controls.answer(
        good.prompt, by=controls.system(kind.slug), wav=wav, transcript="", how=f"{kind.slug} of {good.pk}"
    )
    pair = material.pair_of(good, worse)
    better = "a" if pair.response_a_id == good.pk else "b"
    accepted = ["tie", "both_bad"] if kind.make is _copy else [better, "both_bad"]
    material.know(pair, accepted={kind.key: accepted}, key=kind.key)


def _other_answer(good: Response, rng: Random) -> bytes | None:
    """What the same system answered to another task in the same language."""
    others = _answers_of(good).filter(prompt__answer_language=good.prompt.answer_language)
    return _one_of(others.exclude(prompt__task=good.prompt.task_id), rng)


def _wrong_language(good: Response, rng: Random) -> bytes | None:
    """What the same system answered in another language."""
    others = _answers_of(good).exclude(prompt__answer_language=None)
    return _one_of(others.exclude(prompt__answer_language=good.prompt.answer_language), rng)


def _noise(good: Response, rng: Random) -> bytes:
    """The answer under white noise."""
    clip = ingest.decode(media.read(good.raw))
    power = float(np.mean(clip.samples.astype(np.float64) ** 2)) / 10 ** (NOISE_SNR_DB / 10)
    noise = np.random.default_rng(rng.getrandbits(48)).standard_normal(len(clip.samples)) * np.sqrt(power)
    loud = clip.samples + noise
    # Below full scale, so that nothing is clipped; the normaliser sets the level anyway.
    peak = max(1.0, 1.05 * float(np.max(np.abs(loud))))
    return Clip(samples=(loud / peak).astype(np.float32), rate=clip.rate).wav()


def _flat(good: Response, rng: Random) -> bytes | None:
    """The same words without any emotion, where the prompt asks for some."""
    level, language = good.prompt.level, good.prompt.answer_language
    if level is None or level.number < EXPRESSIVE_LEVEL or language is None or not good.own_transcript:
        return None
    voice = FLAT_VOICES.get(language.code)
    return espeak.speak(good.own_transcript, voice=voice, pitch_range=0).wav() if voice else None


def _copy(good: Response, rng: Random) -> bytes:
    """The same file."""
    return media.read(good.raw)


def _answers_of(good: Response) -> QuerySet[Response]:
    return Response.objects.filter(system=good.system, state=Response.State.OK, replicate=1).exclude(
        prompt=good.prompt_id
    )


def _one_of(others: QuerySet[Response], rng: Random) -> bytes | None:
    found = list(others.select_related("raw").order_by("pk"))
    return media.read(rng.choice(found).raw) if found else None


KINDS = (
    Kind("control-other-answer", "semantic", _other_answer),
    Kind("control-wrong-language", "semantic", _wrong_language),
    Kind("control-noise", "overall", _noise),
    Kind("control-flat", "paralinguistic", _flat),
    Kind("control-copy", "overall", _copy),
)
