"""Answers that say who speaks are held for a moderator before anybody is given them (judging J97).

Own transcripts are always looked at, when an answer comes in. Where a recogniser is set, English answers wait
until the sweeper has heard them too.
"""

import io
import logging
from typing import Final

import soundfile
from django.conf import settings
from django.db import transaction

from inference import identity
from inference.adapters import sphinx
from inference.adapters.base import AdapterError
from inference.audio.clip import Clip
from inference.models import Alarm, Model, Prompt, Response, Team
from inference.services import audit, media

logger = logging.getLogger(__name__)
IDENTITY: Final = "identity"
CHECKING: Final = "checking"
REASON: Final = "Its words say who speaks; a moderator decides whether they were part of the task."
AT_ONCE: Final = 10
HEARD_LANGUAGE: Final = "en"
_ALARM: Final = {"kind": "recogniser_away", "subject": "identity"}


def names() -> frozenset[str]:
    """List what the models, their makers and teams here are called."""
    found: set[str] = set()
    for row in Model.objects.values_list("name", "provider", "slug"):
        found |= set(row)
    for team in Team.objects.values_list("name", "provider"):
        found |= set(team)
    return frozenset(found - {""})


def finds(text: str) -> list[str]:
    """List what in a text tells who speaks."""
    return identity.find(text, names=names()) if text.strip() else []


def state_of(transcript: str, *, prompt: int) -> tuple[str, str, list[str]]:
    """Say in which state, with which code, an answer begins, and what was found in its own words."""
    if found := finds(transcript):
        return Response.State.QUARANTINED, IDENTITY, found
    if settings.IDENTITY_RECOGNISER and _is_heard(prompt):
        return Response.State.QUARANTINED, CHECKING, []
    return Response.State.OK, "", []


def note(response: Response, found: list[str]) -> None:
    """Write down what was found, for the moderator who decides."""
    audit.record(
        action="response.hold",
        target=response,
        reason=REASON,
        before={"state": Response.State.OK},
        after={"state": Response.State.QUARANTINED, "state_code": IDENTITY, "found": found},
    )


def check_waiting() -> int:
    """Hear the answers that wait for it; each is let through or held. Return how many were heard."""
    waiting = Response.objects.filter(state=Response.State.QUARANTINED, state_code=CHECKING)
    heard = 0
    for response in waiting.select_related("playback").order_by("pk")[:AT_ONCE]:
        try:
            words = _heard(response)
        except (AdapterError, OSError) as error:
            logger.warning("recogniser_away response=%s", response.pk, exc_info=True)
            Alarm.objects.get_or_create(**_ALARM, closed_at=None, defaults={"detail": str(error)})
            return heard
        _decide(response, finds(words))
        heard += 1
    return heard


@transaction.atomic
def _decide(response: Response, found: list[str]) -> None:
    waiting = Response.objects.filter(pk=response.pk, state=Response.State.QUARANTINED, state_code=CHECKING)
    if not found:
        waiting.update(state=Response.State.OK, state_code="")
    elif waiting.update(state_code=IDENTITY):
        note(response, found)


def _heard(response: Response) -> str:
    samples, rate = soundfile.read(io.BytesIO(media.read(response.playback)), dtype="float32")
    return sphinx.ENGLISH.recognise(Clip(samples=samples, rate=rate)).text


def _is_heard(prompt: int) -> bool:
    return Prompt.objects.filter(pk=prompt, answer_language__code__startswith=HEARD_LANGUAGE).exists()
