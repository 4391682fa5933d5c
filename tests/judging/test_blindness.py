"""Blindness in bulk (J96, J98; X1 to X3): what is served tells nothing of who made a clip but its sound.

Short by default, as with all tests; `make leaks` runs it at the size of the goals.
"""

import os
import re
import time
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
import soundfile
from django.core import mail
from django.test import Client

from inference.audio import flac
from inference.models import Prompt
from inference.services import media
from judging.models import Ballot, Batch, Vote
from tests import classifier, factories, leaks
from tests.judging.test_views import said

pytestmark = pytest.mark.django_db
FULL = os.environ.get("LEAKS") == "full"
SYSTEMS = 6
RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]
WORDS = [leaks.canary(number, kind) for number in range(SYSTEMS) for kind in leaks.KINDS]
SOME = ["/judge/", "/me/", "/join/", "/account/", "/no-such-page", "/ballots/nothing/"]
PER_REQUEST = {"Content-Length", "X-Request-ID", "Request-Id"}


def asked():
    """A prompt with a real playback file."""
    prompt = factories.prompt()
    Prompt.objects.filter(pk=prompt.pk).update(playback=media.playback_at(prompt.raw, target_lufs=-26))
    prompt.refresh_from_db()
    return prompt


@pytest.fixture
def ballots_of(ben):
    """Open ballots one by one, each on a prompt of its own that two systems with canaries answered.

    Yields each with the numbers of the systems by side.
    """
    rng = np.random.default_rng(7)
    systems = [leaks.system(number) for number in range(SYSTEMS)]

    def opened(count: int):
        for _ in range(count):
            one, other = sorted(int(each) for each in rng.choice(SYSTEMS, size=2, replace=False))
            prompt = asked()
            for place in (one, other):
                leaks.answer(systems[place], place, prompt, rng=rng, rate=RATES[place])
            pair = factories.pair(prompt, systems[one], systems[other])
            left = str(rng.choice(["a", "b"]))
            ballot = factories.ballot(pair, ben.annotator, left=left, target_lufs=-26)
            yield (
                ballot,
                dict(zip(("left", "right"), (one, other) if left == "a" else (other, one), strict=True)),
            )
            Ballot.objects.filter(pk=ballot.pk).update(state="skipped")

    return opened


class Found:
    """The canaries in a number of answers."""

    def __init__(self) -> None:
        self.answers = 0
        self.words: list[tuple[str, str]] = []

    def look(self, visits) -> None:
        """Look through addresses and what came from them."""
        for address, content in visits:
            self.answers += 1
            self.words += [(address, word) for word in leaks.leaks(content, WORDS)]


def test_a_crawl_finds_no_canary(ben, as_user, ballots_of):
    """X1: at least 2,000 answers in full; 100 in short."""
    browser, found = as_user(ben), Found()

    for ballot, _ in ballots_of(70 if FULL else 4):
        at = f"/ballots/{ballot.public_id}/"
        found.look(leaks.ballot_visit(browser, at))
        found.look(leaks.crawl(browser, [at], limit=30))
    found.look(leaks.crawl(browser, SOME, limit=60))
    found.look(("a mail", each.message().as_bytes()) for each in mail.outbox)

    print(f"{found.answers} answers crawled, words found: {found.words}")  # noqa: T201 -- the figure for docs/blindness.md
    assert found.words == []
    assert found.answers >= (2000 if FULL else 100)


def test_a_whole_batch_from_its_start_to_its_end_names_nobody(ben, as_user):
    """X1, with the pairs that the site itself draws, and what is shown of them after closing."""
    rng, browser, found = np.random.default_rng(3), as_user(ben), Found()
    systems = [leaks.system(number) for number in range(SYSTEMS)]
    prompts = [asked() for _ in range(12 if FULL else 5)]
    for place, system in enumerate(systems):
        for prompt in prompts:
            leaks.answer(system, place, prompt, rng=rng, rate=RATES[place])

    at = browser.post("/judge/").url
    while at.startswith("/ballots/"):
        ballot = Ballot.objects.get(public_id=at.split("/")[2])
        found.look(leaks.crawl(browser, [at], limit=12))
        with factories.unguarded():
            Ballot.objects.filter(pk=ballot.pk).update(opened_at=ballot.issued_at - timedelta(minutes=5))
        at = browser.post(f"/ballots/{ballot.public_id}/vote", said(ballot)).url
    batch = Batch.objects.get()
    browser.post(f"/batches/{batch.public_id}/finish")
    found.look(leaks.crawl(browser, [at, *SOME], limit=60))

    batch.refresh_from_db()
    assert (batch.state, Vote.objects.count()) == ("closed", batch.ballots.filter(state="voted").count())
    assert Vote.objects.count() >= 4
    assert found.words == []


@pytest.mark.parametrize("kind", leaks.KINDS)
def test_the_search_finds_a_canary_of_every_kind(kind):
    word = leaks.canary(3, kind)
    hidden = [word, word.upper(), word[::-1], word.encode().hex(), f"?by={word}&x=1"]

    assert [leaks.leaks(each.encode(), WORDS) for each in hidden] == [[word]] * len(hidden)


def test_no_public_number_moves_with_a_vote(ben):
    """J96: what everybody sees is the same before and after somebody judged."""

    def seen() -> dict[str, str]:
        pages = leaks.crawl(
            Client(), ["/", "/systems/", "/boards/", "/api/v1/systems"], limit=60, public=True
        )
        tokens = r'name="csrfmiddlewaretoken" value="\w+"|csrftoken=[^;]+|[Ee]xpires[=:] ?[^;\n]+'
        mask = rf"[0-9a-f]{{32}}|RateLimit-\w+: \d+|{tokens}"
        return {at: re.sub(mask, "", content.decode("utf-8", "replace")) for at, content in pages}

    pair = factories.pair(asked(), leaks.system(0), leaks.system(1))
    before = seen()
    factories.vote(pair, ben.annotator, "a")
    after = seen()

    moved = {at: set(text.splitlines()) ^ set(after[at].splitlines()) for at, text in before.items()}
    assert {at: lines for at, lines in moved.items() if lines} == {}
    assert len(before) >= 10


def test_clips_of_all_systems_have_one_form(ben, as_user, ballots_of):
    """X2: marker, metadata blocks, rate, channels, bits, block sizes and silence; 1,000 clips in full."""
    browser, forms, count = as_user(ben), Counter(), 334 if FULL else 4

    for ballot, _ in ballots_of(count):
        for clip in leaks.CLIPS:
            content = browser.get(f"/ballots/{ballot.public_id}/{clip}").content
            info, blocks = flac.stream_info(content), flac.blocks(content)
            kinds = tuple(kind for kind, _ in blocks)
            forms[kinds, blocks[0][1][:4], info.rate, info.channels, info.bits] += 1
            samples, rate = soundfile.read(leaks.as_sound(content))
            heard = np.flatnonzero(samples)
            assert abs(heard[0] / rate - 0.2) < 0.02
            assert abs((len(samples) - 1 - heard[-1]) / rate - 0.2) < 0.02

    assert list(forms.values()) == [3 * count]


def form(browser, address: str) -> tuple[list[tuple[str, str]], list[float]]:
    """Everything about a clip but its samples: the headers in their order; and size, time, blocks."""
    started = time.perf_counter()
    answer = browser.get(address)
    waited = time.perf_counter() - started
    blocks = flac.blocks(answer.content)
    figures = [
        answer.status_code,
        len(answer.headers),
        # Size in steps of a tenth of an octave: the length is heard anyway.
        round(np.log2(len(answer.content)), 1),
        1000 * waited,
        len(blocks),
        int.from_bytes(blocks[0][1][:4]),
        len(address.rsplit("/", 1)[0]),
    ]
    return [(name, value) for name, value in answer.items() if name not in PER_REQUEST], figures


def test_no_classifier_tells_systems_by_form(ben, as_user, ballots_of, record_property):
    """X3: the upper bound of the accuracy of 5-NN and of boosted trees is at most 5 points over chance."""
    browser, headers, table, who, prompt = as_user(ben), [], [], [], []

    for number, (ballot, systems) in enumerate(ballots_of(600 if FULL else 4)):
        for side, made_by in systems.items():
            heads, figures = form(browser, f"/ballots/{ballot.public_id}/{side}")
            headers.append(heads)
            table.append(figures)
            who.append(made_by)
            prompt.append(number)

    assert all(heads == headers[0] for heads in headers)
    for classify in (classifier.nearest, classifier.boosted) if FULL else ():
        right, cases = classifier.accuracy(np.array(table), np.array(who), np.array(prompt), classify)
        bound = classifier.upper_bound(right, cases)
        record_property(classify.__name__, f"{right} of {cases}, at most {bound:.3f}")
        print(f"{classify.__name__}: {right} of {cases} right, at most {bound:.3f}; chance {1 / SYSTEMS:.3f}")  # noqa: T201 -- the figure for docs/blindness.md
        assert bound <= 1 / SYSTEMS + 0.05, classify.__name__


def test_the_classifiers_find_what_is_there():
    rng = np.random.default_rng(1)
    who = rng.integers(0, 3, 300)
    table = np.column_stack([who * 2 + rng.normal(0, 0.5, 300), rng.normal(0, 1, 300)])

    for classify in (classifier.nearest, classifier.boosted):
        right, cases = classifier.accuracy(table, who, np.arange(300), classify)
        assert right / cases > 0.8


def test_a_ballot_is_nobody_elses(cleo, as_user, ballots_of):
    """J98.4: strangers and the signed-out learn nothing of a page, a clip or an act."""
    [(ballot, _)] = ballots_of(1)
    at = f"/ballots/{ballot.public_id}/"

    for browser in (as_user(cleo), Client()):
        got = [browser.get(at + path) for path in ("", *leaks.CLIPS)]
        got += [browser.post(at + act, {}) for act in ("heard", "vote", "skip", "report")]
        assert {answer.status_code for answer in got} == {404}
