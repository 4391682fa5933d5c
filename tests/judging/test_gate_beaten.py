"""Over fifty ways to get a vote in without listening: each is refused with a sentence (Y7, X10, J138)."""

import html
import json
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inference.models import Response
from judging.models import Annotator, Ballot, Batch, Beat, Verdict, Vote
from judging.services import ballots, batches, votes
from tests import factories
from tests.judging.casting import cast

pytestmark = pytest.mark.django_db
CLIPS = ("prompt", "left", "right")
LENGTH = 10_000
WHOLE = {clip: [[0, LENGTH]] for clip in CLIPS}
NAMES = [f"verdict-{slug}" for slug in ("semantic", "paralinguistic", "overall")]


def long_pair():
    """Three clips of ten seconds each."""
    prompt = factories.prompt(playback=clip())
    one, other = factories.system(), factories.system()
    for system in (one, other):
        factories.response(system, prompt, playback=clip())
    return factories.pair(prompt, one, other)


def clip():
    return factories.playback_audio(factories.raw_audio(), duration_ms=LENGTH)


@pytest.fixture
def ballot(ben):
    return factories.ballot(long_pair(), ben.annotator)


@pytest.fixture
def browser(ben, as_user):
    return as_user(ben)


def form(ballot, *, ranges=None, played=None, beat=None, page=None, **fields):
    """What an honest page sends, but for what a test changes."""
    page = page or ballots.hold(ballot)
    ranges = WHOLE if ranges is None else ranges
    lengths = [sum(end - start for start, end in ranges.get(each, [])) for each in CLIPS]
    said = {"page": str(page), "number": 1, "ranges": ranges, "played_ms": played or lengths}
    said |= beat or {}
    return (
        {"mark": uuid.uuid4(), "page": page, "beat": json.dumps(said)} | dict.fromkeys(NAMES, "left") | fields
    )


def post(browser, ballot, **fields):
    return browser.post(f"/ballots/{ballot.public_id}/vote", fields)


def sentence(answer) -> str:
    """What the page tells the person."""
    page = answer.content.decode()
    found = re.search(r"data-refusal[^>]*>([^<]*)<", page) or re.search(r'class="lead"[^>]*>([^<]*)<', page)
    found = found or re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found, page
    return html.unescape(found[1]).strip()


def only(clip, ranges):
    return WHOLE | {clip: ranges}


# How the listening is forged: what differs from an honest beat, and what the person is told.
FORGED = {
    "nothing was played": {"ranges": {}},
    "no prompt": {"ranges": only("prompt", [])},
    "no A": {"ranges": only("left", [])},
    "no B": {"ranges": only("right", [])},
    "half of the prompt": {"ranges": only("prompt", [[0, 5000]])},
    "half of A": {"ranges": only("left", [[0, 5000]])},
    "half of B": {"ranges": only("right", [[0, 5000]])},
    "just under the gate": {"ranges": only("right", [[0, 8700]])},
    "a little less of each than asked": {"ranges": {each: [[0, 8900]] for each in CLIPS}},
    "a seek to the end": {"ranges": {each: [[9500, LENGTH]] for each in CLIPS}},
    "start and end alone": {"ranges": {each: [[0, 1000], [9000, LENGTH]] for each in CLIPS}},
    "one second in ten": {"ranges": {each: [[s, s + 100] for s in range(0, LENGTH, 1000)] for each in CLIPS}},
    "one second ten times": {"ranges": {each: [[0, 1000]] * 10 for each in CLIPS}},
    "overlapping pieces": {"ranges": {each: [[s, s + 3000] for s in range(0, 3000, 100)] for each in CLIPS}},
    "behind the clips' ends": {"ranges": {each: [[LENGTH, 3 * LENGTH]] for each in CLIPS}},
    "backwards": {"ranges": {each: [[LENGTH, 0]] for each in CLIPS}},
    "at one and a half times the speed": {"played": [6667, 6667, 6667]},
    "at double speed": {"played": [5000, 5000, 5000]},
    "at four times the speed": {"played": [2500, 2500, 2500]},
    "at sixteen times the speed": {"played": [625, 625, 625]},
    "at double speed, one clip": {"played": [LENGTH, LENGTH, 5000]},
    "in no time": {"played": [0, 0, 0], "beat": {"played_ms": [0, 0, 0]}},
    "at volume zero": {"beat": {"volume": 0}},
    "volume above all": {"beat": {"volume": 1000}},
    "negative times": {"ranges": {each: [[-5000, 5000]] for each in CLIPS}},
    "words for times": {"beat": {"ranges": {each: [["all", "of it"]] for each in CLIPS}}},
    "three-ended ranges": {"beat": {"ranges": {each: [[0, LENGTH, LENGTH]] for each in CLIPS}}},
    "clips that are not there": {"ranges": {"a": [[0, LENGTH]], "b": [[0, LENGTH]], "prompt": [[0, LENGTH]]}},
    "a number of zero": {"beat": {"number": 0}},
    "a field of one's own": {"beat": {"gate": "open"}},
    "the answer in the beat": {"beat": {"heard_enough": True}},
    "thousands of ranges": {"ranges": {each: [[s, s + 1] for s in range(0, 9000, 3)] for each in CLIPS}},
    "a beat of another page": {"beat": {"page": str(uuid.UUID(int=7))}},
}


@pytest.mark.parametrize("how", FORGED)
def test_forged_listening_is_refused_with_what_is_missing(browser, ballot, how):
    answer = post(browser, ballot, **form(ballot, **FORGED[how]))

    assert answer.status_code == 422
    assert re.fullmatch(r"(Please hear \d+ more seconds? of (the prompt|A|B)\. ?)+", sentence(answer))
    assert not Vote.objects.exists()


@pytest.mark.parametrize("beat", [None, "", "all of it", "[]", "{}", '{"page": 1}'])
def test_a_direct_post_without_a_beat_is_refused(browser, ballot, beat):
    fields = form(ballot)
    if beat is None:
        del fields["beat"]
    else:
        fields["beat"] = beat

    answer = post(browser, ballot, **fields)

    assert (answer.status_code, sentence(answer)[:11]) == (422, "Please hear")
    assert not Vote.objects.exists()


@pytest.mark.parametrize("seconds", [0, 5, 15, 26])
def test_listening_that_the_clock_does_not_allow_is_refused(browser, ben, seconds):
    opened_at = timezone.now() - timedelta(seconds=seconds)
    early = factories.ballot(long_pair(), ben.annotator, opened_at=opened_at)

    answer = post(browser, early, **form(early))

    assert (answer.status_code, sentence(answer)[:11]) == (422, "Please hear")
    assert not Vote.objects.exists()


def replayed(browser, ballot, ben):
    """The log of another ballot that was really heard."""
    other = factories.ballot(long_pair(), factories.annotator())
    return post(browser, ballot, **(form(ballot) | {"beat": form(other)["beat"]}))


def older_tab(browser, ballot, ben):
    fields = form(ballot)
    ballots.hold(ballot)
    return post(browser, ballot, **fields)


def two_tabs(browser, ballot, ben):
    """Each of two tabs plays half at the same time; the older one's half came with a mark of its own."""
    Ballot.objects.filter(pk=ballot.pk).update(opened_at=timezone.now() - timedelta(seconds=14))
    halves = [{each: [[0, 5000]] for each in CLIPS}, {each: [[5000, LENGTH]] for each in CLIPS}]
    first = form(ballot, ranges=halves[0])
    browser.post(f"/ballots/{ballot.public_id}/heard", {"beat": first["beat"]})
    return post(browser, ballot, **form(ballot, ranges=halves[1]))


def before_its_turn(browser, ballot, ben):
    """Hear the next pair, whose clips are there already, while this one is open."""
    waiting = factories.ballot(long_pair(), ben.annotator, state="issued")
    fields = form(waiting)
    browser.post(f"/ballots/{waiting.public_id}/heard", {"beat": fields["beat"]})
    return post(browser, waiting, **fields)


def stale(change):
    def act(browser, ballot, ben):
        fields = form(ballot)
        change(ballot, ben)
        return post(browser, ballot, **fields)

    return act


def with_fields(**fields):
    return lambda browser, ballot, ben: post(browser, ballot, **(form(ballot) | fields))


def without(name):
    def act(browser, ballot, ben):
        fields = form(ballot)
        del fields[name]
        return post(browser, ballot, **fields)

    return act


def again(**fields):
    """After the ballot was cast: another content, another mark, or the back button's old form."""

    def act(browser, ballot, ben):
        cast(ballot, "tie", mark=uuid.UUID(int=3))
        return post(browser, ballot, **(form(ballot) | fields))

    return act


def as_somebody_else(browser, ballot, ben):
    other = Client()
    other.force_login(factories.annotator().user)
    return post(other, ballot, **form(ballot))


def without_token(browser, ballot, ben):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)
    return post(strict, ballot, **form(ballot))


def past(**change):
    return stale(lambda ballot, ben: Ballot.objects.filter(pk=ballot.pk).update(**change))


def quarantined(ballot, ben):
    Response.objects.filter(pk=ballot.pair.response_b_id).update(state="quarantined")


def paused(ballot, ben):
    Annotator.objects.filter(user=ben).update(state="paused")


WAYS = {
    "a replayed log of another ballot": (replayed, 422, "Please hear"),
    "an older tab": (older_tab, 409, "This pair is open in another tab."),
    "two tabs at once": (two_tabs, 422, "Please hear"),
    "before its turn": (before_its_turn, 409, "One of these clips was taken out"),
    "no page mark": (without("page"), 409, "This pair is open in another tab."),
    "a page mark of one's own": (
        with_fields(page=uuid.UUID(int=9)),
        409,
        "This pair is open in another tab.",
    ),
    "no cast mark": (without("mark"), 422, "This page is out of date."),
    "a cast mark that is none": (with_fields(mark="1"), 422, "This page is out of date."),
    "no answer": (with_fields(**dict.fromkeys(NAMES, "")), 422, "Please answer: What was said."),
    "two of three answers": (with_fields(**{NAMES[1]: ""}), 422, "Please answer: How it was said."),
    "an answer in the pair's terms": (with_fields(**{NAMES[2]: "a"}), 422, "Please answer: Overall."),
    "an answer that is none": (with_fields(**{NAMES[0]: "up"}), 422, "Please answer: What was said."),
    "a second vote": (again(), 409, "You have already judged this pair."),
    "a double submit with another answer": (again(mark=uuid.UUID(int=3)), 409, "You have already judged"),
    "a forged change": (again(supersedes=uuid.UUID(int=4)), 409, "You have already judged this pair."),
    "after its time": (
        past(state="expired"),
        409,
        "This pair had been waiting too long",
    ),
    "after it was void": (past(state="void"), 409, "One of these clips was taken out"),
    "after it was skipped": (past(state="skipped"), 409, "You have skipped this pair."),
    "a clip was taken out meanwhile": (stale(quarantined), 409, "One of these clips was taken out"),
    "after the batch was finished": (
        stale(lambda ballot, ben: batches.finish(ballot.batch, by="annotator")),
        409,
        "This batch is finished",
    ),
    "while paused": (stale(paused), 403, "Your judging is paused."),
    "somebody else's ballot": (as_somebody_else, 404, ""),
    "signed out": (lambda _, ballot, ben: post(Client(), ballot, **form(ballot)), 404, ""),
    "from another site": (without_token, 403, ""),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_other_way_is_refused_with_a_sentence(browser, ballot, ben, way):
    act, status, told = WAYS[way]

    answer = act(browser, ballot, ben)

    assert answer.status_code == status
    assert told in sentence(answer) if told else sentence(answer)
    before = 1 if Vote.objects.filter(public_id=uuid.UUID(int=3)).exists() else 0
    assert Vote.objects.count() == before
    assert Verdict.objects.exclude(answer="tie").count() == 0


def test_there_are_fifty_ways_at_least():
    assert len(FORGED) + 6 + 4 + len(WAYS) >= 50


def test_an_honest_listener_gets_through(browser, ballot):
    answer = post(browser, ballot, **form(ballot))

    assert answer.status_code == 302
    assert Vote.objects.get().heard.count() == 3


def test_beats_add_up_over_pages_and_the_same_number_twice_changes_nothing(browser, ballot):
    halves = [{each: [[0, 5000]] for each in CLIPS}, {each: [[5000, LENGTH]] for each in CLIPS}]
    first = form(ballot, ranges=halves[0])
    statuses = [
        browser.post(f"/ballots/{ballot.public_id}/heard", {"beat": first["beat"]}).status_code for _ in "ab"
    ]

    answer = post(browser, ballot, **form(ballot, ranges=halves[1]))

    assert statuses == [204, 204]
    assert Beat.objects.count() == 2
    assert answer.status_code == 302
    assert [row.unique_ms for row in Vote.objects.get().heard.all()] == [LENGTH] * 3


def test_a_withdrawn_vote_stays_and_is_excluded(ben, ballot):
    cast(ballot)

    votes.withdraw(ballot, by=ben.annotator)

    [exclusion] = Vote.objects.get().exclusions.all()
    assert exclusion.rule.slug == "withdrawn"
    assert Batch.objects.get().state == "open"
