"""The training sets of this arena: written in `judging.material`, spoken and stored at set-up (J19, J23)."""

import functools
import itertools
from collections.abc import Callable, Mapping

from django.db import transaction

from inference.adapters import espeak
from inference.manifest import Stated
from inference.manifest.own import row
from inference.models import Language, Prompt, PromptSet, Response, System
from inference.services import controls, prompts
from judging import material
from judging.material import Lesson, Speech
from judging.models import Criterion, GoldAnswer, Pair, TrainingPair, TrainingSet

# Whose the answers are; the first has the smaller key, so that `one` is the pair's a.
SPEAKERS = ("training-one", "training-two")
LICENCE = "CC0-1.0"


def is_complete() -> bool:
    """Whether every lesson is here."""
    return TrainingPair.objects.count() >= count()


def count() -> int:
    """How many lessons there are."""
    return len(material.training())


def bring(*, on_lesson: Callable[[], None] = lambda: None) -> int:
    """Speak and store the lessons that are not here yet, and return how many those were.

    Raises:
        PermanentError: the extra `offline` is not installed.
    """
    speakers = [controls.system(slug) for slug in SPEAKERS]
    brought = 0
    for (language, number), lessons in itertools.groupby(
        material.training(), key=lambda lesson: (lesson.language, lesson.number)
    ):
        asked = _bring_prompts(list(lessons), name=f"{language}-{number}")
        for lesson, prompt in asked:
            brought += _bring_pair(lesson, prompt, speakers)
            on_lesson()
    return brought


def _bring_prompts(lessons: list[Lesson], *, name: str) -> list[tuple[Lesson, Prompt]]:
    # One set of prompts for each set of lessons: a set takes nothing new once it was used.
    into, _ = PromptSet.objects.get_or_create(
        slug=f"{material.SET_SLUG}-{name}",
        defaults={"title": f"{material.SET_TITLE} ({name})", "licence": LICENCE},
    )
    here = set(into.prompts.values_list("slug", flat=True))
    incoming = [
        prompts.Incoming(
            row(_row(lesson), line=number, root=None, stated=Stated()),
            functools.partial(_spoken, lesson.prompt),
        )
        for number, lesson in enumerate(lessons, start=1)
        if lesson.slug not in here
    ]
    report = prompts.import_rows(incoming, into=into)
    if report.refused:
        raise RuntimeError("; ".join(bad.message for bad in report.refused))
    into.prompts.exclude(split=Prompt.Split.TRAINING).update(split=Prompt.Split.TRAINING)
    known = {prompt.slug: prompt for prompt in into.prompts.select_related("language")}
    return [(lesson, known[lesson.slug]) for lesson in lessons]


def _row(lesson: Lesson) -> dict[str, object]:
    return {
        "id": lesson.slug,
        "audio": f"{lesson.slug}.wav",
        "text": lesson.prompt.text,
        "language": lesson.language,
        "answer_language": lesson.language,
        "task": lesson.task,
        "licence": LICENCE,
        "origin": "synthesised",
        "origin_detail": f"eSpeak NG, voice {lesson.prompt.voice}",
    }


def _bring_pair(lesson: Lesson, prompt: Prompt, speakers: list[System]) -> bool:
    """Store a lesson's answers, its pair, what is right, and its place; False where it is here."""
    if TrainingPair.objects.filter(pair__prompt=prompt).exists():
        return False
    one, two = (
        controls.answer(
            prompt, by=speaker, wav=_spoken(speech), transcript=speech.text, how=f"training: {speech.voice}"
        )
        for speaker, speech in zip(speakers, (lesson.one, lesson.two), strict=True)
    )
    with transaction.atomic():
        pair = pair_of(one, two)
        names = {"one": "a", "two": "b"} if pair.response_a_id == one.pk else {"one": "b", "two": "a"}
        accepted = {
            slug: [names.get(answer, answer) for answer in right] for slug, right in lesson.accepted.items()
        }
        know(pair, accepted=accepted, why_en=lesson.why_en, why_zh_hans=lesson.why_zh_hans)
        language = Language.objects.get(code=lesson.language)
        into, _ = TrainingSet.objects.get_or_create(language=language, number=lesson.number)
        TrainingPair.objects.create(training_set=into, position=lesson.position, pair=pair)
    return True


def pair_of(one: Response, other: Response) -> Pair:
    """Find the pair of two responses to one prompt, or make it, in its canonical order."""
    a, b = sorted((one, other), key=lambda response: response.system_id)
    pair, _ = Pair.objects.get_or_create(
        response_a=a,
        response_b=b,
        defaults={"prompt": a.prompt, "system_a": a.system, "system_b": b.system},
    )
    return pair


def know(
    pair: Pair, *, accepted: Mapping[str, list[str]], key: str = "", why_en: str = "", why_zh_hans: str = ""
) -> None:
    """Write down which canonical answers are right on a pair; gold is missed on the criterion `key`."""
    for criterion in Criterion.objects.filter(slug__in=accepted):
        GoldAnswer.objects.get_or_create(
            pair=pair,
            criterion=criterion,
            defaults={
                "key": criterion.slug == key,
                "accepted": accepted[criterion.slug],
                "origin": GoldAnswer.Origin.CONTROL,
                "explanation_en": why_en,
                "explanation_zh_hans": why_zh_hans,
            },
        )


def _spoken(speech: Speech) -> bytes:
    return espeak.speak(
        speech.text,
        voice=speech.voice,
        words_per_minute=speech.words_per_minute,
        pitch=speech.pitch,
        pitch_range=speech.pitch_range,
    ).wav()
