"""Control pairs: an accepted answer beside one made worse from it, so that the better side is certain (J124).

Both come from one system, so that the voice gives nothing away. The other side may be better or, where the
accepted answer is no good either, both are bad; only a copy of the same clip has to be a tie or both bad.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.adapters import espeak
from inference.audio import ingest
from inference.audio.clip import Clip
from inference.errors import Refused
from inference.models import Prompt, Response, System
from inference.services import audit, controls, media
from judging.models import Batch, Criterion, GoldAnswer, Purpose, Verdict, VoteExclusion
from judging.services import material

# Source: reliability 5.6.
NOISE_SNR_DB = 10.0
EXPRESSIVE_LEVEL = 3
# Source: J124.
CONSENSUS_ON = "overall"
CONSENSUS_PEOPLE = 7
CONSENSUS_SHARE = 0.90
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
    """Make so many control pairs of each kind, of answers that have none yet; return how many were made.

    Raises:
        PermanentError: the extra `offline` is not installed, which speaks the flat readings.
    """
    made = 0
    for kind in KINDS:
        left = per_kind
        answers = list(_answers(kind))
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


def _answers(kind: Kind) -> QuerySet[Response]:
    """Select answers that no gold pair holds yet, to prompts that this kind has not answered."""
    used = GoldAnswer.objects.values
    answered = Response.objects.filter(system__slug=kind.slug).values("prompt")
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
        .exclude(prompt__in=answered)
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


def propose() -> int:
    """Propose the pairs on which so many people agree; each waits for a moderator's yes. Return how many.

    Whoever judged such a pair never gets it as gold, since they have heard it.
    """
    agreed = (
        Verdict.objects.filter(
            vote__superseded_by=None,
            vote__ballot__purpose=Purpose.NORMAL,
            vote__ballot__batch__state=Batch.State.CLOSED,
            criterion__slug=CONSENSUS_ON,
        )
        .exclude(vote__exclusions__in=VoteExclusion.objects.filter(lift=None))
        .values("vote__ballot__pair", "criterion", "answer")
        .annotate(people=Count("vote__ballot__annotator", distinct=True))
    )
    people: dict[int, dict[str, int]] = {}
    for row in agreed:
        people.setdefault(row["vote__ballot__pair"], {})[row["answer"]] = row["people"]
    found = 0
    criterion = Criterion.objects.get(slug=CONSENSUS_ON)
    for pair, answers in sorted(people.items()):
        answer, most = max(answers.items(), key=lambda each: each[1])
        total = sum(answers.values())
        if total >= CONSENSUS_PEOPLE and most / total >= CONSENSUS_SHARE:
            _, new = GoldAnswer.objects.get_or_create(
                pair_id=pair,
                criterion=criterion,
                defaults={"key": True, "accepted": [answer], "origin": GoldAnswer.Origin.CONSENSUS},
            )
            found += new
    return found


@transaction.atomic
def approve(answer: GoldAnswer, *, by: AbstractBaseUser, reason: str) -> None:
    """Let a proposed pair be given as gold.

    Raises:
        Refused: `reason_needed`, or `not_proposed` (409).
    """
    waiting = GoldAnswer.objects.filter(
        pk=answer.pk, origin=GoldAnswer.Origin.CONSENSUS, approved_by=None, retired_at=None
    )
    if not waiting.update(approved_by_id=by.pk):
        raise Refused(gettext("Only a proposed pair can be approved."), "not_proposed", status=409)
    audit.record(
        action="gold.approve",
        target=answer,
        actor=by,
        reason=reason,
        before={"approved": False},
        after={"approved": True},
    )


@transaction.atomic
def retire(answer: GoldAnswer, *, by: AbstractBaseUser, reason: str) -> None:
    """Give a pair as gold no more.

    Raises:
        Refused: `reason_needed`, or `already_retired` (409).
    """
    if not GoldAnswer.objects.filter(pk=answer.pk, key=True, retired_at=None).update(retired_at=Now()):
        raise Refused(gettext("This pair is given as gold no more."), "already_retired", status=409)
    audit.record(
        action="gold.retire",
        target=answer,
        actor=by,
        reason=reason,
        before={"retired": False},
        after={"retired": True},
    )


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
