"""Blindness: nothing that an annotator receives tells who made a clip (J89, J98; X1, X2)."""

import base64
import io
import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.contrib.staticfiles import finders
from django.utils import timezone

from inference.audio import flac
from inference.models import Prompt, Response
from inference.services import media
from judging.models import Ballot, Batch
from tests import factories
from tests.judging.test_views import said
from tests.leaks import leaks as words_in
from tests.leaks import of

pytestmark = pytest.mark.django_db
CLIPS = ["prompt", "left", "right"]
STATIC = [
    f"judging/{name}"
    for name in (
        "judge.js",
        "deciding.js",
        "sending.js",
        "player.js",
        "heard.js",
        "unsent.js",
        "keys.js",
        "judge.css",
    )
]
WORDS = ("quartz", "walnut")
CANARIES = [word + kind for word in WORDS for kind in ("model", "maker", "system", "voice", "text")]


@pytest.fixture
def ballot(ben):
    """Two systems with canaries in all their names, and clips from the real normaliser."""
    prompt = factories.prompt()
    systems = [
        factories.system(
            f"{word}system",
            model=factories.model(f"{word}model", provider=f"{word}maker"),
            version=f"{word}model",
            voice=f"{word}voice",
            adapter=f"{word}system",
            config={"voice": f"{word}voice"},
        )
        for word in WORDS
    ]
    for word, system in zip(WORDS, systems, strict=True):
        answer = factories.response(system, prompt, own_transcript=f"I am {word}text")
        Response.objects.filter(pk=answer.pk).update(playback=media.playback_at(answer.raw, target_lufs=-26))
    Prompt.objects.filter(pk=prompt.pk).update(playback=media.playback_at(prompt.raw, target_lufs=-26))
    made = factories.ballot(factories.pair(prompt, *systems), ben.annotator, target_lufs=-26)
    # Read anew: the rows in memory still name the clips of before, which are of another length.
    return Ballot.objects.get(pk=made.pk)


def leaks(answer) -> list[str]:
    """The canaries in an answer's headers, cookies and body."""
    return words_in(of(answer), CANARIES)


def walk(browser, ballot):
    """Everything that an annotator can reach with a ballot, in the order of a visit."""
    at = f"/ballots/{ballot.public_id}/"
    yield from (browser.get(path) for path in ("/judge/", at, *(at + clip for clip in CLIPS)))
    yield browser.post(at + "vote", said(ballot) | {"verdict-overall": ""})
    yield browser.post(at + "skip", {"reason": "unknown"})
    yield browser.get(at + "vote")
    yield browser.get("/ballots/00000000-0000-4000-8000-000000000000/")
    yield browser.post(at + "vote", said(ballot))
    yield browser.post(at + "vote", said(ballot))
    yield from (browser.get(path) for path in ("/judge/", at, *(at + clip for clip in CLIPS)))


def test_no_answer_before_or_after_the_vote_names_a_system(ben, as_user, ballot):
    answers = list(walk(as_user(ben), ballot))

    assert [answer.status_code for answer in answers] == [
        *[200] * 5,
        422,
        422,
        405,
        404,
        302,
        409,
        *[200] * 5,
    ]
    assert [leaks(answer) for answer in answers] == [[]] * len(answers)


@pytest.mark.parametrize(
    "hidden",
    ["walnutsystem", "WalnutSystem", b"walnutsystem".hex(), base64.b64encode(b"a walnutsystem b").decode()],
)
def test_the_search_for_canaries_finds_them(ben, as_user, hidden):
    answer = as_user(ben).get("/judge/")

    answer.headers["X-Test"] = hidden

    assert leaks(answer) == ["walnutsystem"]


@pytest.mark.parametrize("name", STATIC)
def test_scripts_and_styles_know_no_system(name):
    content = Path(finders.find(name)).read_bytes()

    assert b"response_" not in content
    assert b"system" not in content.replace(b"system-ui", b"")


def test_clips_of_two_systems_differ_in_nothing_but_their_samples(ben, as_user, ballot):
    browser = as_user(ben)

    files = [browser.get(f"/ballots/{ballot.public_id}/{clip}").content for clip in CLIPS]

    for content in files:
        [(kind, _)] = flac.blocks(content)
        found = flac.stream_info(content)
        assert (kind, found.rate, found.channels, found.bits) == (flac.STREAMINFO, 24_000, 1, 16)
        samples, rate = soundfile.read(io.BytesIO(content))
        heard = np.flatnonzero(samples)
        assert len(samples) == found.frames
        assert abs(heard[0] / rate - 0.2) < 0.02
        assert abs((len(samples) - 1 - heard[-1]) / rate - 0.2) < 0.02
    # Block sizes are the encoder's settings; frame sizes, length and check sum follow from the samples.
    assert len({flac.blocks(content)[0][1][:4] for content in files}) == 1


def test_pages_of_two_pairs_have_one_shape(ben, as_user, ballot):
    browser = as_user(ben)
    with factories.unguarded():
        # A batch of one pair: nothing is drawn ahead, and both are the first of it.
        Batch.objects.update(size=1, plan=["normal"])
    other = factories.pair(ballot.pair.prompt, factories.system(), factories.system())

    def shape(shown):
        answer = browser.get(f"/ballots/{shown.public_id}/")
        marks = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        lines = re.sub(marks, "", answer.content.decode()).splitlines()
        heads = [
            (name, value)
            for name, value in answer.items()
            if name not in {"Content-Length", "Expires", "X-Request-ID", "Request-Id"}
        ]
        return heads, [line for line in lines if "csrfmiddlewaretoken" not in line]

    first = shape(ballot)
    Ballot.objects.filter(pk=ballot.pk).update(state="skipped")
    late = timezone.now() + timedelta(hours=3)
    second = shape(
        factories.ballot(other, ben.annotator, position=1, rule="paper", probability=0.01, expires_at=late)
    )

    assert first == second
