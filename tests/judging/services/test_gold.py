"""Control pairs: an answer beside one that is certainly worse, in the voice of the same system (J124)."""

from io import StringIO
from random import Random

import pytest
from django.core.management import call_command

from inference.models import Response
from judging.models import GoldAnswer
from judging.services import gold
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def answers():
    """Two systems that answered in two tasks and two languages, one prompt of which asks for emotion."""
    systems = [factories.system(), factories.system()]
    prompts = [
        factories.prompt(task="poetry"),
        factories.prompt(task="emotion", level=3),
        factories.prompt(task="poetry", language="zh"),
        factories.prompt(task="storytelling", language="zh"),
    ]
    for system in systems:
        for prompt in prompts:
            factories.response(system, prompt, own_transcript="How lovely to hear that.")
    return systems


def beside(slug):
    """The answer of a control, and the one that it is heard beside."""
    made = Response.objects.get(system__slug=slug)
    [pair] = [
        answer.pair
        for answer in GoldAnswer.objects.all()
        if made in (answer.pair.response_a, answer.pair.response_b)
    ]
    return made, pair.response_a if pair.response_b == made else pair.response_b


def test_every_kind_is_made_with_one_key_and_never_twice_of_an_answer(answers):
    assert gold.make(per_kind=1, rng=Random(1)) == 5

    made = GoldAnswer.objects.select_related("pair__system_a", "pair__system_b", "criterion")
    controls = {}
    for answer in made:
        pair = answer.pair
        control = pair.system_b if pair.system_b.slug.startswith("control") else pair.system_a
        real = "a" if control == pair.system_b else "b"
        controls[control.slug] = (answer.criterion.slug, set(answer.accepted) - {real})
        assert control.state == "private"
        assert answer.key
    assert controls == {
        "control-other-answer": ("semantic", {"both_bad"}),
        "control-wrong-language": ("semantic", {"both_bad"}),
        "control-noise": ("overall", {"both_bad"}),
        "control-flat": ("paralinguistic", {"both_bad"}),
        "control-copy": ("overall", {"tie", "both_bad"}),
    }
    used = [pk for answer in made for pk in (answer.pair.response_a_id, answer.pair.response_b_id)]
    assert len(used) == len(set(used)) == 10


def test_noise_is_really_heard_and_a_copy_is_the_same(answers):
    gold.make(per_kind=1, rng=Random(2))

    copy, real = beside("control-copy")
    assert copy.raw.sha256 == real.raw.sha256
    noise, real = beside("control-noise")
    assert noise.playback.bytes > 2 * real.playback.bytes


def test_the_command_says_what_it_made_and_stops_where_nothing_is_left(answers):
    out = StringIO()
    call_command("make_gold", per_kind=20, stdout=out)
    call_command("make_gold", per_kind=20, stdout=out)

    first, second = out.getvalue().splitlines()
    assert first.startswith("8 control pairs made; 0 proposed")
    assert second.startswith("0 control pairs made; 0 proposed")
