"""The annotator's pages: the way from start to vote, refusals, and who may see a ballot."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from inference.services import media
from judging.models import Annotator, Ballot, Report, Verdict, Vote
from judging.services import ballots, batches, clips, pools, tallies
from tests import factories

pytestmark = pytest.mark.django_db
CLIPS = ["prompt", "left", "right"]


@pytest.fixture
def ballot(ben):
    pair = factories.pair(
        factories.prompt(transcript="Say it kindly."), factories.system(), factories.system()
    )
    return factories.ballot(pair, ben.annotator, left="b")


@pytest.fixture
def browser(ben, as_user):
    return as_user(ben)


def at(ballot, part=""):
    return f"/ballots/{ballot.public_id}/{part}"


def said(ballot, answer="left", **fields):
    """What the page sends when all was heard."""
    page = ballots.hold(ballot)
    lengths = clips.durations_ms(ballot)
    ranges = {clip: [[0, ms]] for clip, ms in lengths.items()}
    beat = {"page": str(page), "number": 1, "ranges": ranges, "played_ms": list(lengths.values())}
    names = [f"verdict-{slug}" for slug in ("semantic", "paralinguistic", "overall")]
    sent = {"mark": uuid.uuid4(), "page": page, "beat": json.dumps(beat)}
    return sent | dict.fromkeys(names, answer) | fields


def send(browser, ballot, answer="left", **fields):
    return browser.post(at(ballot, "vote"), said(ballot, answer, **fields))


def test_judging_needs_a_login(client):
    answer = client.get("/judge/")

    assert (answer.status_code, answer.url) == (302, "/account/login/?next=/judge/")


def test_who_never_judged_is_led_to_the_way_in(cleo, as_user):
    browser = as_user(cleo)

    assert [browser.get("/judge/").url, browser.post("/judge/").url] == ["/join/", "/join/"]
    assert not Annotator.objects.exists()


def test_moderators_are_told_why_they_do_not_judge(mo, as_user):
    answer = as_user(mo).get("/judge/")

    assert answer.status_code == 403
    assert "do not judge" in answer.content.decode()


def test_start_says_so_where_nothing_waits(browser):
    page = browser.get("/judge/").content.decode()
    answer = browser.post("/judge/")

    assert "Nothing is waiting for you just now." in page
    assert "Start" not in page
    assert (answer.status_code, answer.url) == (302, "/judge/")


def test_start_issues_a_ballot_and_then_offers_to_go_on(browser, arena):
    arena()

    before = browser.get("/judge/").content.decode()
    answer = browser.post("/judge/")
    after = browser.get("/judge/").content.decode()

    issued = Ballot.objects.get()
    assert (answer.status_code, answer.url) == (302, at(issued))
    assert "Start" in before
    assert "Go on with your batch" in after


def test_the_page_opens_the_ballot_and_a_reload_does_not_restart_it(browser, ben, arena):
    arena()
    browser.post("/judge/")
    issued = Ballot.objects.get()

    first = browser.get(at(issued))
    issued.refresh_from_db()
    opened_at = issued.opened_at
    second = browser.get(at(issued))
    issued.refresh_from_db()

    assert (first.status_code, second.status_code) == (200, 200)
    assert (issued.state, issued.opened_at) == ("opened", opened_at)


def test_the_page_shows_task_language_text_question_and_answers(browser, ballot):
    page = browser.get(at(ballot)).content.decode()

    task = ballot.pair.prompt.task
    for text in (task.name_en, "English", "Say it kindly.", "Which answer would you rather get?"):
        assert text in page
    assert escape(task.guidance_at(1)) in page
    assert re.findall(r'name="verdict-overall"\s+value="(\w+)"', page) == ["left", "tie", "both_bad", "right"]
    assert [f'data-address="{at(ballot, clip)}"' in page for clip in CLIPS] == [True] * 3


def test_every_page_has_a_mark_of_its_own(browser, ballot):
    marks = {
        re.search(r'name="mark" value="([^"]+)"', browser.get(at(ballot)).content.decode())[1] for _ in "ab"
    }

    assert len(marks) == 2


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_is_the_file_of_its_side_at_the_ballots_loudness(browser, ballot, clip):
    pair = ballot.pair
    owner = {"prompt": pair.prompt, "left": pair.response_b, "right": pair.response_a}[clip]

    answer = browser.get(at(ballot, clip))

    assert answer.content == media.read(owner.playback)


def test_a_clip_comes_at_the_loudness_of_the_ballot(browser, ben, ballot):
    pair = ballot.pair
    quiet = [
        factories.playback_audio(raw, target_lufs=-27)
        for raw in (pair.prompt.raw, pair.response_a.raw, pair.response_b.raw)
    ]
    other = factories.pair(pair.prompt, pair.system_a, factories.system())
    Ballot.objects.filter(pk=ballot.pk).update(state="skipped")
    even = factories.ballot(other, ben.annotator, target_lufs=-27)

    answer = browser.get(at(even, "prompt"))

    assert answer.content == media.read(quiet[0])


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_has_exactly_the_headers_of_the_rule(browser, ballot, clip):
    answer = browser.get(at(ballot, clip))

    assert answer["Content-Type"] == "audio/flac"
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "inline"
    assert answer["Accept-Ranges"] == "bytes"
    forbidden = {"ETag", "Last-Modified", "Server-Timing", "Location"}
    assert forbidden & set(answer.headers) == set()


def test_a_part_of_a_clip_is_sent_where_it_is_asked_for(browser, ballot):
    whole = browser.get(at(ballot, "left")).content

    part = browser.get(at(ballot, "left"), headers={"range": "bytes=10-19"})

    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(whole)}"


def test_clips_differ_in_no_header_but_their_length_and_the_requests_random_name(browser, ballot):
    answers = [browser.get(at(ballot, clip)) for clip in CLIPS]

    shapes = {
        tuple(
            (name, name in {"Content-Length", "X-Request-ID", "Request-Id"} or value)
            for name, value in each.items()
        )
        for each in answers
    }
    assert len(shapes) == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [("issued", 200), ("opened", 200), ("voted", 200), ("skipped", 404), ("expired", 404), ("void", 404)],
)
@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_is_there_only_while_it_can_be_heard_and_its_batch_is_open(browser, ben, clip, state, status):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    closed = factories.ballot(pair, ben.annotator, state=state)
    within = browser.get(at(closed, clip)).status_code
    batches.finish(closed.batch, by="annotator")

    assert (within, browser.get(at(closed, clip)).status_code) == (status, 404)


def test_a_clip_is_gone_when_the_ballots_time_is_over(browser, ben):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    late = factories.ballot(pair, ben.annotator, expires_at=timezone.now() - timedelta(seconds=1))

    assert browser.get(at(late, "left")).status_code == 404


def test_a_clip_that_cannot_be_read_is_refused_in_words(browser, ballot):
    default_storage.delete(ballot.pair.prompt.playback.storage_key)

    answer = browser.get(at(ballot, "prompt"))

    assert answer.status_code == 503
    assert "nothing is lost" in answer.content.decode()


@pytest.mark.parametrize("who", ["ada", "cleo", "mo", "nobody", "another annotator"])
def test_for_everybody_else_a_ballot_does_not_exist(request, as_user, ballot, who):
    others = {"nobody": Client, "another annotator": lambda: as_user(factories.annotator().user)}
    browser = others[who]() if who in others else as_user(request.getfixturevalue(who))

    statuses = [browser.get(at(ballot, part)).status_code for part in ("", *CLIPS)]
    statuses += [
        send(browser, ballot).status_code,
        browser.post(at(ballot, "skip"), {"reason": "other"}).status_code,
    ]

    assert statuses == [404] * 6
    assert Ballot.objects.get(pk=ballot.pk).state == "opened"
    assert not Vote.objects.exists()


def test_casting_saves_and_gives_the_next_pair(browser, ben, ballot, arena):
    arena()

    answer = send(browser, ballot, "left")
    following = Ballot.objects.get(state="issued")
    page = browser.get(answer.url).content.decode()

    assert (answer.status_code, answer.url) == (302, f"{at(following)}?saved=")
    assert set(Verdict.objects.values_list("answer", flat=True)) == {"b"}
    assert "Saved." in page


def test_casting_the_last_pair_says_saved_and_shows_the_batch(browser, ballot):
    page = browser.post(at(ballot, "vote"), said(ballot, "tie"), follow=True).content.decode()

    assert "Saved." in page
    assert "Look over your batch" in page
    assert "Overall: Tie" in page


@pytest.fixture
def unheard():
    """A pair whose one clip needs a quieter copy: returns the file that the copy would be made of."""
    prompt = factories.prompt()
    factories.response(factories.system(), prompt)
    quiet = factories.playback_audio(factories.raw_audio(), target_lufs=-26)
    factories.response(factories.system(), prompt, playback=quiet)
    return prompt.raw


def damage(file, content):
    default_storage.delete(file.storage_key)
    if content is not None:
        default_storage.save(file.storage_key, ContentFile(content))


@pytest.mark.parametrize("content", [None, b"no sound at all"])
def test_a_vote_stays_saved_where_the_next_pairs_audio_fails(browser, ballot, unheard, caplog, content):
    damage(unheard, content)

    answer = send(browser, ballot, "left")

    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Your answer is saved; the next pair is not there yet." in page
    assert "The audio could not be loaded; nothing is lost." in page
    assert set(Verdict.objects.values_list("answer", flat=True)) == {"b"}
    assert set(Ballot.objects.values_list("state", flat=True)) == {"voted"}
    assert f"audio_copy_failed file={unheard.pk} target_lufs=-26" in caplog.text


def test_a_skip_stays_where_the_next_pairs_audio_fails(browser, ballot):
    prompt = factories.prompt()
    factories.response(ballot.pair.system_a, prompt)
    quiet = factories.playback_audio(factories.raw_audio(), target_lufs=-26)
    factories.response(ballot.pair.system_b, prompt, playback=quiet)
    damage(prompt.raw, None)

    answer = browser.post(at(ballot, "skip"), {"reason": "other"})

    assert answer.status_code == 503
    assert "You have skipped this pair; the next one is not there yet." in answer.content.decode()
    assert Ballot.objects.get().state == "skipped"


def test_a_start_whose_audio_fails_is_refused_in_words(browser, unheard):
    damage(unheard, None)

    answer = browser.post("/judge/")

    assert answer.status_code == 503
    assert "The audio could not be loaded; nothing is lost." in answer.content.decode()
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("ready_ms", ["812", 5000 * "9", "soon"])
def test_a_beat_is_kept_whatever_it_says_of_the_time_until_ready(browser, ballot, ready_ms):
    browser.get(at(ballot))
    beat = said(ballot)["beat"]

    answer = browser.post(at(ballot, "heard"), {"beat": beat, "ready_ms": ready_ms})

    assert (answer.status_code, ballot.beats.count()) == (204, 1)


def test_sending_the_same_form_twice_is_one_vote_and_no_error(browser, ballot):
    mark = str(uuid.uuid4())

    answers = [send(browser, ballot, mark=mark) for _ in "ab"]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Vote.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"verdict-overall": ""}, "Please answer: Overall."),
        ({"mark": "none"}, "This page is out of date."),
    ],
)
def test_a_rejected_form_comes_back_with_its_sentence(browser, ballot, fields, sentence):
    answer = send(browser, ballot, **fields)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Vote.objects.exists()


def test_a_vote_that_comes_too_early_keeps_its_answer_on_the_page(browser, ben):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    early = factories.ballot(pair, ben.annotator, opened_at=timezone.now())

    answer = send(browser, early, "both_bad")

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Please hear" in page
    assert len(re.findall(r'value="both_bad"[^>]*checked', page)) == 3


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("skipped", "You have skipped this pair."),
        ("expired", "This pair had been waiting too long; here is another one."),
        ("void", "One of these clips was taken out; here is another pair."),
    ],
)
def test_a_closed_ballot_says_so_and_offers_the_next(browser, ben, state, sentence):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    closed = factories.ballot(pair, ben.annotator, state=state)

    for answer in (browser.get(at(closed)), send(browser, closed)):
        assert answer.status_code == 409
        assert sentence in answer.content.decode()
        assert 'action="/judge/"' in answer.content.decode()


def test_a_judged_ballot_is_shown_with_its_answers_and_changes_only_by_name(browser, ben, ballot):
    send(browser, ballot, "tie")
    page = browser.get(at(ballot)).content.decode()
    supersedes = re.search(r'name="supersedes" value="([^"]+)"', page)[1]

    refused = send(browser, ballot, "left")
    changed = send(browser, ballot, "left", supersedes=supersedes)

    assert len(re.findall(r'value="tie"[^>]*checked', page)) == 3
    assert (refused.status_code, changed.status_code) == (409, 302)
    assert "You have already judged this pair. Press U to change it." in refused.content.decode()
    assert str(Vote.objects.get(supersedes=None).public_id) == supersedes
    assert Vote.objects.count() == 2


def test_finishing_closes_the_batch_and_its_votes_change_no_more(browser, ben, ballot):
    send(browser, ballot, "tie")
    batch = f"/batches/{ballot.batch.public_id}/"

    before = browser.get(batch).content.decode()
    after = browser.post(f"{batch}finish", follow=True).content.decode()
    late = browser.get(at(ballot))

    assert "Look over your batch" in before
    assert at(ballot) in before
    assert "This batch is finished" in after
    assert at(ballot) not in after
    assert late.status_code == 409
    assert "This batch is finished and can no longer be changed." in late.content.decode()


@pytest.mark.parametrize("who", ["ada", "cleo", "mo", "nobody", "another annotator"])
def test_for_everybody_else_a_batch_does_not_exist(request, as_user, ballot, who):
    others = {"nobody": Client, "another annotator": lambda: as_user(factories.annotator().user)}
    browser = others[who]() if who in others else as_user(request.getfixturevalue(who))
    address = f"/batches/{ballot.batch.public_id}/"

    assert [browser.get(address).status_code, browser.post(f"{address}finish").status_code] == [404, 404]


def test_a_report_is_kept_with_its_moment_and_the_pair_is_shown_again(browser, ben, ballot):
    fields = {"kind": "says_name", "clip": "left", "time_ms": "1200", "text": "It says who it is."}

    answer = browser.post(at(ballot, "report"), fields, follow=True)

    report = Report.objects.get()
    assert (report.source, report.kind, report.clip, report.time_ms) == (
        "annotator",
        "says_name",
        "left",
        1200,
    )
    assert (report.response, report.reporter, report.text) == (ballot.pair.response_b, ben, fields["text"])
    assert "the report is with the moderators" in answer.content.decode()
    assert Ballot.objects.get(pk=ballot.pk).state == "opened"


def test_a_report_that_says_nothing_is_refused(browser, ballot):
    answer = browser.post(at(ballot, "report"), {"kind": "bored"})

    assert answer.status_code == 422
    assert "Please say what is wrong." in answer.content.decode()


@pytest.mark.parametrize(("broken", "code"), [(True, "faulty"), (False, "faulty_unconfirmed")])
def test_a_clip_that_does_not_play_gives_way_to_another_pair(browser, ballot, arena, broken, code):
    arena()
    if broken:
        default_storage.delete(ballot.pair.prompt.playback.storage_key)

    answer = browser.post(at(ballot, "report"), {"kind": "clip_faulty", "clip": "prompt"})

    ballot.refresh_from_db()
    assert (ballot.state, ballot.closing_code) == ("void", code)
    assert (answer.status_code, Report.objects.get().source) == (302, "automatic")


def test_who_was_paused_is_told(browser, ben, ballot):
    ben.annotator.state = "paused"
    ben.annotator.save()

    for answer in (browser.get("/judge/"), browser.get(at(ballot)), send(browser, ballot)):
        assert answer.status_code == 403
        assert "Your judging is paused." in answer.content.decode()


def test_skipping_closes_the_ballot_and_gives_the_same_two_systems_again(browser, ballot):
    pair = ballot.pair
    factories.pair(factories.prompt(), pair.system_a, pair.system_b)
    factories.pair(factories.prompt(), pair.system_a, factories.system())

    answer = browser.post(at(ballot, "skip"), {"reason": "upsetting"})

    ballot.refresh_from_db()
    assert (ballot.state, ballot.closing_code) == ("skipped", "upsetting")
    following = Ballot.objects.get(state="issued")
    assert answer.url == at(following)
    assert (following.pair.system_a, following.pair.system_b) == (pair.system_a, pair.system_b)
    assert (following.position, following.rule) == (ballot.position, "same_two")


def test_skipping_without_a_reason_is_rejected(browser, ballot):
    answer = browser.post(at(ballot, "skip"))

    assert answer.status_code == 422
    assert "Please say why" in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "part"),
    [("get", "vote"), ("get", "skip"), ("post", ""), ("post", "left"), ("put", "vote"), ("head", "left")],
)
def test_other_methods_are_not_allowed(browser, ballot, method, part):
    assert getattr(browser, method)(at(ballot, part)).status_code == 405


def test_a_form_from_elsewhere_is_refused(ben, ballot):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)

    assert send(strict, ballot).status_code == 403
    assert not Vote.objects.exists()


def test_a_page_needs_as_many_queries_for_many_votes_as_for_few(browser, ben, ballot):
    counts = []
    for votes in (1, 3):
        for _ in range(votes):
            pair = factories.pair(factories.prompt(), factories.system(), factories.system())
            factories.vote(pair, ben.annotator, "a")
        paths = ("/judge/", at(ballot), at(ballot, "left"))
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                browser.get(path)
            found.append(len(queries))
        counts.append(found)

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 50


def test_casting_needs_sixteen_queries_where_the_next_pair_was_drawn_ahead(browser, ballot, arena, settings):
    """Source: J137."""
    arena(prompts=3, systems=3)
    # As between two readings of the pool: one is made a minute, not one a draw.
    settings.POOL_SECONDS = 60
    pools.current(fresh=True)
    tallies.issue(ballot)
    browser.post(at(ballot, "ahead"))
    following = Ballot.objects.get(state="issued")

    with CaptureQueriesContext(connection) as queries:
        answer = send(browser, ballot)

    assert answer.url.startswith(f"/ballots/{following.public_id}/")
    # Two more begin and end the transaction; within a test's transaction one comes on top.
    assert len(queries) <= 16 + 3


def test_where_nothing_is_left_in_the_middle_of_a_batch_its_page_says_so(ben, as_user, arena):
    arena(prompts=1)
    browser = as_user(ben)
    ballot = Ballot.objects.get(public_id=browser.post("/judge/").url.split("/")[2])
    browser.get(at(ballot))
    with factories.unguarded():
        Ballot.objects.filter(pk=ballot.pk).update(opened_at=ballot.issued_at - timedelta(minutes=5))

    after = browser.post(at(ballot, "vote"), said(ballot))
    page = browser.get(after.url).content.decode()

    assert after.url.startswith(f"/batches/{ballot.batch.public_id}/")
    assert "Nothing more is left for you to judge at present" in page
    assert "Go on with your batch" not in page
