"""How an answer came about: its owner and the moderators see it, and nobody else (issue 4, point 4)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from inference.models import Stage
from tests import factories

PARAMETERS = {
    "seed": 7,
    "device": "NVIDIA A6000",
    "libraries": {"python": "3.11.7", "torch": "2.13.0"},
    "generation": {"temperature": 0.7, "stops": [1, 2]},
    "voices": 2,
}


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def answered(ada):
    """An answer of a system of Ada's team."""
    system = factories.system("alpha", model=factories.model(team=factories.team(ada)))
    found = factories.response(
        system,
        factories.prompt(slug="door/fearful"),
        own_transcript="It is only the wind.",
        first_audio_ms=80,
        stop_reason="length",
        parameters=PARAMETERS,
    )
    Stage.objects.create(
        job=found.job, name="recognise", key="k", text="Who is there?", tags={"emotion": "SAD"}, total_ms=12
    )
    return found


def page(response):
    return reverse("my_answer", args=[response.system.slug, response.prompt.public_id])


def listing(response):
    return reverse("my_answers", args=[response.system.slug])


SHOWN = [
    "It is only the wind.",
    "To the first sound 0.08 s",
    "In all 0.10 s",
    "Real-time factor 0.10",
    "1.00 s, audio/wav, 24,000 Hz × 1",
    "Stopped by length",
    "Device NVIDIA A6000",
    "python 3.11.7, torch 2.13.0",
    "stops [1, 2], temperature 0.7",
    "Other voices 2",
    "recognise Who is there? emotion: SAD 12 ms",
]


def test_a_member_of_the_team_sees_how_an_answer_came_about(ada, answered, as_user):
    shown = text(as_user(ada).get(page(answered)))

    assert [one for one in SHOWN if one not in shown] == [], shown
    assert "factory" not in shown  # the worker's name is the site's business


def test_a_moderator_sees_it_on_the_answers_page_of_the_admin(mo, answered, as_user):
    shown = text(as_user(mo).get(reverse("admin:inference_response_change", args=[answered.pk])))

    assert [one for one in SHOWN if one not in shown] == [], shown
    assert "factory" in shown


def test_nobody_else_finds_it(ben, cleo, mo, answered, as_user):
    addresses = [page(answered), listing(answered)]

    assert [as_user(who).get(one).status_code for who in (ben, cleo, mo) for one in addresses] == [404] * 6
    assert [Client().get(one).status_code for one in addresses] == [302] * 2


def test_the_list_leads_to_each_answer(ada, answered, as_user):
    answer = as_user(ada).get(listing(answered))

    assert page(answered) in answer.content.decode()
    assert "door/fearful 80 ms 100 ms 1,000 ms 0.10 length" in text(answer)


def test_answers_to_hidden_prompts_stay_closed_to_the_owner(ada, answered, as_user):
    hidden = factories.response(answered.system, factories.prompt(slug="unheard", split="hidden"))

    shown = text(as_user(ada).get(listing(answered)))

    assert "unheard" not in shown
    assert "One answer to a hidden prompt is not listed" in shown
    assert as_user(ada).get(page(hidden)).status_code == 404


def test_a_rejected_answer_and_that_of_another_system_are_not_found(ada, answered, as_user):
    rejected = factories.response(answered.system, factories.prompt(), state="rejected")
    foreign = factories.response(factories.system("foreign"), factories.prompt())
    addresses = [page(rejected), page(foreign), listing(foreign)]

    assert [as_user(ada).get(one).status_code for one in addresses] == [404] * 3


def test_what_is_not_known_of_an_answer_from_elsewhere_is_not_made_up(ada, answered, as_user):
    elsewhere = factories.response(
        answered.system,
        factories.prompt(slug="other"),
        parameters={"imported": {"shape": "trace", "place": "output/a.wav"}},
        total_ms=None,
        seed=None,
    )

    shown = text(as_user(ada).get(page(elsewhere)))

    assert "In all" not in shown
    assert "Stopped by not known Seed not known Imported from place output/a.wav, shape trace" in shown
