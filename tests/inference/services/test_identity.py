"""Answers that say who speaks are held when they come in, and let through by a moderator alone."""

from random import Random

import pytest

from inference.adapters.base import Reply
from inference.audio.clip import Clip
from inference.models import AuditEntry, Response
from inference.services import identity, jobs, moderation
from judging.services import draws
from tests import factories

pytestmark = pytest.mark.django_db


def answer(system, prompt, words):
    """The response to a prompt, as a worker brings it."""
    factories.job(system, prompt)
    lease = jobs.claim_one(system=system, prompt=prompt, worker="test")
    clip = Clip(samples=factories.tone(hz=300 + system.pk % 500), rate=24_000)
    return jobs.complete(lease, Reply(clip=clip, transcript=words, total_seconds=1.0), rng=Random(1))


def test_an_answer_that_says_who_speaks_is_held_until_a_moderator_accepts_it(mo):
    prompt = factories.prompt()
    maker = factories.model(name="Nightjar Omni", provider="Bramling Labs")
    factories.response(factories.system(), prompt)
    annotator = factories.annotator()

    held = answer(factories.system(model=maker), prompt, "Here is Nightjar with your poem.")

    assert (held.state, held.state_code) == (Response.State.QUARANTINED, "identity")
    assert "nightjar" in AuditEntry.objects.get(action="response.hold").after["found"]
    assert draws.draw(annotator, rng=Random(1)) is None
    moderation.accept(held, by=mo, reason="The prompt asked for a bird.")
    assert draws.draw(annotator, rng=Random(1)) is not None


def test_an_answer_that_says_nothing_of_it_is_ok():
    held = answer(factories.system(), factories.prompt(), "Roses are red.")

    assert (held.state, held.state_code) == (Response.State.OK, "")


@pytest.mark.parametrize(("language", "state"), [("en", "quarantined"), ("zh", "ok")])
def test_with_a_recogniser_english_answers_wait_until_they_were_heard(settings, language, state):
    settings.IDENTITY_RECOGNISER = "pocketsphinx"

    waiting = answer(factories.system(), factories.prompt(language=language), "Roses are red.")
    assert waiting.state == state
    identity.check_waiting()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.state_code) == (Response.State.OK, "")
