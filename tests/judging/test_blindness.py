"""The leak suite (J98; X1, X2, X3): nothing that an annotator receives tells who made a clip.

Short by default, as CI runs it; `make leaks` runs it at the size of the goals.
"""

import os
import time
from collections import Counter

import numpy as np
import pytest
import soundfile
from django.test import Client
from django.utils import timezone

from inference.audio import flac
from inference.models import Prompt
from inference.services import media
from judging.models import Ballot
from judging.sampling import sides
from tests import classifier, factories, leaks

pytestmark = pytest.mark.django_db
FULL = os.environ.get("LEAKS") == "full"
SYSTEMS = 6
BALLOTS = 200 if FULL else 6
WORDS = [leaks.canary(number, kind) for number in range(SYSTEMS) for kind in leaks.KINDS]
SOME = ["/judge/", "/me/", "/join/", "/account/", "/no-such-page", "/ballots/nothing/"]


@pytest.fixture
def ballots_of(ben):
    """Open ballots one by one, each on a prompt of its own that two systems with canaries answered."""
    rng = np.random.default_rng(7)
    systems = [leaks.system(number) for number in range(SYSTEMS)]
    rates = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]

    def opened(count: int):
        for number in range(count):
            one, other = sorted(rng.choice(SYSTEMS, size=2, replace=False))
            prompt = factories.prompt()
            Prompt.objects.filter(pk=prompt.pk).update(
                playback=media.playback_at(prompt.raw, target_lufs=-26)
            )
            for place in (one, other):
                leaks.answer(systems[place], place, prompt, leaks.speech(rng, rate=rates[place]))
            pair = factories.pair(prompt, systems[one], systems[other])
            ballot = factories.ballot(pair, ben.annotator, left=str(rng.choice(["a", "b"])), target_lufs=-26)
            yield (
                ballot,
                {"left": one if ballot.left == "a" else other, "right": other if ballot.left == "a" else one},
            )
            Ballot.objects.filter(pk=ballot.pk).update(state="skipped")
            assert number < count

    return opened


def test_a_crawl_finds_no_canary(ben, as_user, ballots_of):
    """X1: at least 2,000 answers in full; 100 in short."""
    browser, found, answers = as_user(ben), [], 0

    for ballot, _ in ballots_of(BALLOTS):
        at = f"/ballots/{ballot.public_id}/"
        visits = [*leaks.ballot_visit(browser, at), *leaks.crawl(browser, [at], limit=30)]
        for address, content in visits:
            answers += 1
            found += [(address, word) for word in leaks.leaks(content, WORDS)]
    for address, content in leaks.crawl(browser, SOME, limit=60):
        answers += 1
        found += [(address, word) for word in leaks.leaks(content, WORDS)]

    assert found == []
    assert answers >= (2000 if FULL else 100)


@pytest.mark.parametrize("kind", leaks.KINDS)
def test_the_search_finds_a_canary_of_every_kind(kind):
    word = leaks.canary(3, kind)
    hidden = [word, word.upper(), word.encode().hex(), f"?by={word}&x=1"]

    assert [leaks.leaks(each.encode(), WORDS) for each in hidden] == [[word]] * len(hidden)


def test_clips_of_all_systems_have_one_form(ben, as_user, ballots_of):
    """X2: marker, metadata blocks, rate, channels, bits and block sizes of 1,000 clips in full."""
    browser, forms = as_user(ben), Counter()

    for ballot, _ in ballots_of(BALLOTS):
        for clip in leaks.CLIPS:
            content = browser.get(f"/ballots/{ballot.public_id}/{clip}").content
            info = flac.stream_info(content)
            blocks = flac.blocks(content)
            forms[
                tuple(kind for kind, _ in blocks), blocks[0][1][:4], info.rate, info.channels, info.bits
            ] += 1
            samples, rate = soundfile.read(leaks.as_sound(content))
            heard = np.flatnonzero(samples)
            assert abs(heard[0] / rate - 0.2) < 0.02
            assert abs((len(samples) - 1 - heard[-1]) / rate - 0.2) < 0.02

    assert len(forms) == 1
    assert sum(forms.values()) == 3 * BALLOTS


def seen(browser, address: str) -> list[float]:
    """Everything about a clip but its samples: status, headers, their order and lengths, size, time, form."""
    started = time.perf_counter()
    answer = browser.get(address)
    waited = time.perf_counter() - started
    content = answer.content
    heads = [
        (name, value) for name, value in answer.items() if name not in {"Content-Length", "X-Request-ID"}
    ]
    return [
        answer.status_code,
        len(heads),
        hash(tuple(name for name, _ in heads)) % 1000,
        hash(tuple(heads)) % 1000,
        round(np.log2(len(content)), 1),
        round(1000 * waited),
        len(flac.blocks(content)),
        int.from_bytes(flac.blocks(content)[0][1][:4]),
        len(address.rsplit("/", 1)[0]),
    ]


def test_no_classifier_tells_systems_by_form(ben, as_user, ballots_of):
    """X3: 5-NN and boosted trees; in full the 95 % upper bound is at most 5 points over chance."""
    browser, features, labels, groups = as_user(ben), [], [], []

    for number, (ballot, systems) in enumerate(ballots_of(3 * BALLOTS if FULL else BALLOTS)):
        for side, made_by in systems.items():
            features.append(seen(browser, f"/ballots/{ballot.public_id}/{side}"))
            labels.append(made_by)
            groups.append(number)

    table, who, prompt = np.array(features, dtype=float), np.array(labels), np.array(groups)
    for classify in (classifier.nearest, classifier.boosted):
        right, cases = classifier.accuracy(table, who, prompt, classify)
        if FULL:
            assert classifier.upper_bound(right, cases) <= 1 / SYSTEMS + 0.05, classify.__name__
    # All but size and time is equal to the last bit.
    assert len(np.unique(np.delete(table, [4, 5], axis=1), axis=0)) == 1


def test_the_classifiers_find_what_is_there():
    rng = np.random.default_rng(1)
    who = rng.integers(0, 3, 300)
    table = np.column_stack([who * 2 + rng.normal(0, 0.5, 300), rng.normal(0, 1, 300)])

    for classify in (classifier.nearest, classifier.boosted):
        right, cases = classifier.accuracy(table, who, np.arange(300), classify)
        assert right / cases > 0.8


def test_sides_and_first_clips_are_independent_of_the_system():
    """J98.6: 10,000 ballots of 15 pairs, chi-square at one in a thousand."""
    from random import Random  # noqa: PLC0415 -- beside its only use

    rng = Random(3)
    counts = {pair: Counter() for pair in range(15)}
    left_of, first_of = Counter(), Counter()
    for _ in range(10_000):
        pair = rng.randrange(15)
        had = counts[pair]
        left = sides.left(a_left=had["left"], a_right=had["right"], rng=rng)
        first = sides.first(a_first=had["a"], b_first=had["b"], left=left, rng=rng)
        had["left" if left == "a" else "right"] += 1
        had["a" if (first == "left") == (left == "a") else "b"] += 1
        left_of[pair, left] += 1
        first_of[pair, first] += 1
        assert abs(had["left"] - had["right"]) <= 1
        assert abs(had["a"] - had["b"]) <= 1

    for table in (left_of, first_of):
        observed = np.array(sorted(table.items(), key=lambda item: str(item[0])), dtype=object)[:, 1].astype(
            float
        )
        rows = observed.reshape(-1, 2)
        even = rows.sum(axis=1, keepdims=True) / 2
        # 36.1: the 99.9 % quantile of chi-square with 15 - 1 degrees of freedom.
        assert ((rows - even) ** 2 / even).sum() < 36.1


def test_a_ballot_is_nobody_elses(cleo, as_user, ballots_of):
    """J98.4: strangers and the signed-out get 404 for page, clip and every act."""
    for ballot, _ in ballots_of(1):
        at = f"/ballots/{ballot.public_id}/"
        for browser in (as_user(cleo), Client()):
            for path in ("", *leaks.CLIPS):
                assert browser.get(at + path).status_code == 404
            for act in ("heard", "vote", "skip"):
                assert browser.post(at + act, {}).status_code == 404
        assert timezone.now() >= ballot.issued_at
