"""With what somebody listens, and the check of it: asked once on each device, again when it is old (J14–J18).

begin ──▶ volume ──▶ trials, one at a time ──▶ finish (both, one, none)
             └──────────────┴────────────────▶ decline
"""

import functools
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext

from inference.adapters import espeak
from inference.adapters.base import PermanentError, TransientError
from inference.audio.normalise import normalise
from inference.errors import Refused
from judging.hearing import rules, stimuli
from judging.models import DeviceCheck, HearingTrial, Policy
from judging.services import policies, refusals

Kind = HearingTrial.Kind
LIFETIME = timedelta(days=14)
TRIES_A_DAY = 2
DAY = timedelta(days=1)
# Said by a check that holds for every device of its person, such as that of the account made at first run.
ANY_DEVICE = "any"
# What is spoken while the volume is set: about seven seconds of ordinary speech.
PASSAGES = {
    "en": (
        "en-us",
        "This is about as loud as everything here. Set the volume so that you can follow it at ease.",
    ),
    "zh-hans": ("cmn", "这里的录音大约都是这个音量。请把音量调到您觉得舒服、能听清楚的程度。"),
}


def in_force(user: AbstractBaseUser, device: str) -> DeviceCheck | None:
    """Find the check that holds for this device now: the newest finished one that is not too old (J14)."""
    return (
        DeviceCheck.objects.filter(user=user.pk, device__in=[device, ANY_DEVICE], at__gt=Now() - LIFETIME)
        .order_by("-at")
        .first()
    )


def is_required() -> bool:
    """Whether only those who pass both parts of the check are given pairs (J17)."""
    return policies.current().headphones == Policy.Headphones.REQUIRED


def is_enough(check: DeviceCheck) -> bool:
    """Whether one may judge on this check: with any result, unless a passed one is required."""
    return check.result == DeviceCheck.Result.BOTH or not is_required()


def under_way(user: AbstractBaseUser, device: str) -> DeviceCheck | None:
    """Find the check of this device that is not finished."""
    return DeviceCheck.objects.filter(user=user.pk, device=device, at=None).first()


def begin(user: AbstractBaseUser, *, device: str, output: str, surroundings: str) -> DeviceCheck:
    """Begin a check, or correct what was said at the beginning of the one under way.

    Raises:
        Refused: `device_unknown` or `device_unstated`.
    """
    if not device:
        raise Refused(gettext("This page is out of date. Please load it again."), "device_unknown")
    if output not in DeviceCheck.Output.values or surroundings not in DeviceCheck.Surroundings.values:
        raise Refused(gettext("Please say how you listen and where you are."), "device_unstated")
    check, _ = DeviceCheck.objects.update_or_create(
        user_id=user.pk, device=device, at=None, defaults={"output": output, "surroundings": surroundings}
    )
    return check


def set_volume(check: DeviceCheck, volume: float) -> None:
    """Keep where the page's slider stood, 0 to 1."""
    DeviceCheck.objects.filter(pk=check.pk, at=None).update(volume=min(max(volume, 0.0), 1.0))


def tries_left(user: AbstractBaseUser) -> int:
    """Count how often the person may still take the headphone check today (J16)."""
    recent = DeviceCheck.objects.filter(user=user.pk, begun_at__gt=Now() - DAY, trials__isnull=False)
    return max(0, TRIES_A_DAY - recent.distinct().count())


@transaction.atomic
def draw_trials(check: DeviceCheck, *, rng: Random) -> None:
    """Draw what will be asked; once drawn, it stays.

    Raises:
        Refused: `no_more_tries` (429).
    """
    check = DeviceCheck.objects.select_for_update().get(pk=check.pk)
    if check.at is not None or check.trials.exists():
        return
    if not tries_left(check.user):
        message = gettext("You have tried this check twice today. You can go on without it, or try tomorrow.")
        raise Refused(message, "no_more_tries", status=429)
    asked = [(Kind.HUGGINS, rules.TRIALS), (Kind.ANTIPHASE, rules.TRIALS)]
    if not _asked_about_room(check):
        asked.append((Kind.ROOM, rules.ROOM_TRIALS))
    HearingTrial.objects.bulk_create(
        HearingTrial(
            check_of=check,
            kind=kind,
            number=number,
            seed=rng.getrandbits(48),
            target=rng.randint(1, rules.INTERVALS),
        )
        for kind, times in asked
        for number in range(1, times + 1)
    )


def _asked_about_room(check: DeviceCheck) -> bool:
    return HearingTrial.objects.filter(
        check_of__user=check.user_id, kind=Kind.ROOM, check_of__begun_at__gt=Now() - DAY
    ).exists()


def next_trial(check: DeviceCheck) -> HearingTrial | None:
    """Find the trial to be answered now."""
    return check.trials.filter(answer=None).first()


def sound(trial: HearingTrial) -> bytes:
    """Make a trial's sound: stereo FLAC, the same at each time."""
    HearingTrial.objects.filter(pk=trial.pk).update(sounded_at=Coalesce(F("sounded_at"), Now()))
    if trial.kind == Kind.HUGGINS:
        made = stimuli.huggins(target=trial.target, seed=trial.seed)
    elif trial.kind == Kind.ANTIPHASE:
        made = stimuli.antiphase(target=trial.target, seed=trial.seed)
    else:
        step = stimuli.ROOM_STEPS_DB[trial.number - 1]
        made = stimuli.room(target=trial.target, seed=trial.seed, step_db=step)
    return stimuli.flac(made)


def answer(trial: HearingTrial, choice: int) -> None:
    """Keep an answer, 1 to 3, or 0 for "I cannot tell"; the first one stays. The last one finishes the check.

    Raises:
        Refused: `choice_unknown`, or `not_heard` where the sound was never fetched.
    """
    if choice not in range(rules.INTERVALS + 1):
        raise Refused(gettext("Please choose one of the three."), "choice_unknown")
    open_ = HearingTrial.objects.filter(pk=trial.pk, answer=None, check_of__at=None)
    if not open_.filter(sounded_at__isnull=False).update(answer=choice, answered_at=Now()) and open_.exists():
        raise Refused(gettext("Please listen first."), "not_heard")
    check = DeviceCheck.objects.get(pk=trial.check_of_id)
    if next_trial(check) is None:
        _finish(
            check,
            result=rules.result(huggins=_right(check, Kind.HUGGINS), antiphase=_right(check, Kind.ANTIPHASE)),
        )


def decline(check: DeviceCheck) -> None:
    """Finish a check without its trials; what was answered is kept (J16)."""
    _finish(check, result=DeviceCheck.Result.DECLINED)


def waive(user: AbstractBaseUser) -> DeviceCheck:
    """Write a declined check that holds on every device, for an account that was made by a command."""
    return DeviceCheck.objects.create(
        user_id=user.pk,
        device=ANY_DEVICE,
        output=DeviceCheck.Output.UNSURE,
        surroundings=DeviceCheck.Surroundings.SOME_NOISE,
        result=DeviceCheck.Result.DECLINED,
        at=Now(),
    )


def _finish(check: DeviceCheck, *, result: str) -> None:
    outcomes = {str(kind): _right(check, kind) for kind in Kind}
    DeviceCheck.objects.filter(pk=check.pk, at=None).update(result=result, at=Now(), **outcomes)


def _right(check: DeviceCheck, kind: Kind) -> Sequence[bool]:
    answered: QuerySet[HearingTrial] = check.trials.filter(kind=kind, answer__isnull=False)
    return [trial.answer == trial.target for trial in answered]


@functools.cache
def speech(language: str) -> bytes:
    """Speak the passage by which the volume is set, through the normaliser of every clip (J15).

    Raises:
        Refused: `clip_unavailable` (503) where no synthesiser is installed here.
    """
    voice, passage = PASSAGES.get(language, PASSAGES["en"])
    try:
        return normalise(espeak.speak(passage, voice=voice)).flac
    except (PermanentError, TransientError) as error:
        raise refusals.clip_unavailable() from error
