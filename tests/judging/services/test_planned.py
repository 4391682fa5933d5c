"""Repeats and gold: which pair, shown how, and that nothing tells them apart (J109, J93, J98.1)."""

import difflib
import itertools
import re
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.models import Language, Prompt, Response, System
from judging.models import (
    Annotator,
    Ballot,
    Batch,
    Criterion,
    GoldAnswer,
    Pair,
    Policy,
    SystemPair,
    TrainingSet,
)
from judging.services import ballots, batches, material, planned, pools, positions, tallies
from tests import factories
from tests.judging import casting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def history(annotator, *, pairs=25, ago=2 * DAY):
    """So many pairs that the person judged some days ago, the first of them the longest ago."""
    made = []
    for number in range(pairs):
        pair = factories.pair(factories.prompt(), factories.system(), factories.system())
        vote = factories.vote(pair, annotator, "a")
        opened = timezone.now() - ago + number * timedelta(minutes=1)
        Ballot.objects.filter(pk=vote.ballot_id).update(opened_at=opened)
        made.append(vote.ballot)
    return made


def gold(*, key="overall", accepted=("a", "both_bad"), origin="control", **fields):
    """A pair of a live system and a control."""
    live, control = factories.system(), factories.system(state="private")
    pair = factories.pair(factories.prompt(**fields), live, control)
    GoldAnswer.objects.create(
        pair=pair,
        criterion=Criterion.objects.get(slug=key),
        key=True,
        accepted=list(accepted),
        origin=origin,
    )
    return pair


def batch_of(annotator, purpose):
    # Every batch has something planned, though its second pair be normal.
    plan = ["normal", purpose, "repeat" if purpose == "normal" else "normal"]
    sketch = Batch(annotator=annotator, policy=Policy.objects.get(current=True), plan=plan)
    return factories.batch(annotator, size=3, plan=plan, known=planned.known(sketch, rng=Random(2)))


def draw(batch):
    """The ballots of the first two positions; the first is opened, as on a page."""
    first = batches.issue(batch.annotator, rng=Random(2))
    ballots.open_(first)
    return first, batches.draw_ahead(first, rng=Random(2))


@pytest.fixture
def ready(arena):
    """Somebody with a history in an arena with more to judge, and gold."""
    arena(prompts=4, systems=3)
    person = factories.annotator()
    history(person)
    gold()
    return person


def test_a_repeat_has_its_sides_turned_and_the_same_side_first(ready):
    earlier = Ballot.objects.filter(annotator=ready).order_by("opened_at").first()

    _, repeat = draw(batch_of(ready, "repeat"))

    assert (repeat.purpose, repeat.repeat_of, repeat.pair) == ("repeat", earlier, earlier.pair)
    assert repeat.left != earlier.left
    assert repeat.first == earlier.first


def test_only_old_normal_pairs_of_ones_own_come_again_and_each_once(ready):
    def oldest():
        return list(planned.repeatable(ready).values_list("pk", flat=True))

    own = list(Ballot.objects.filter(annotator=ready).order_by("opened_at"))
    # The last 24 are too near, whatever the time.
    assert oldest() == [own[0].pk]
    Ballot.objects.filter(pk=own[0].pk).update(opened_at=timezone.now() - 61 * DAY)
    assert oldest() == []
    Ballot.objects.filter(pk=own[0].pk).update(opened_at=timezone.now() - 59 * DAY)
    assert oldest() == [own[0].pk]
    System.objects.filter(pk=own[0].pair.system_a_id).update(
        state="retired", retire_reason="old", retired_at=timezone.now()
    )
    assert oldest() == []
    history(ready, pairs=1, ago=DAY / 2)
    assert oldest() == [own[1].pk]
    draw(batch_of(ready, "repeat"))
    assert oldest() == []


def test_nothing_is_repeated_within_a_day(arena):
    person = factories.annotator()
    history(person, pairs=30, ago=DAY / 2)

    assert not planned.repeatable(person).exists()


def test_where_nothing_fits_the_position_is_normal(arena):
    arena(prompts=4, systems=3)
    for purpose in ("repeat", "gold"):
        _, second = draw(batch_of(factories.annotator(), purpose))
        assert second.purpose == "normal"


def test_gold_is_unheard_known_playable_and_in_ones_languages(ready):
    [pair] = Pair.objects.filter(pk__in=planned.gold_for(batch_of(ready, "gold")))
    chinese = gold(language="zh")
    gold(origin="consensus")
    closed = gold()
    GoldAnswer.objects.filter(pair=closed).update(retired_at=timezone.now())
    batch = Batch.objects.get(state="open")

    assert planned.gold_for(batch) == [pair.pk, chinese.pk]
    ready.skills.filter(language__code="zh").delete()
    assert planned.gold_for(batch) == [pair.pk]
    Response.objects.filter(pk=pair.response_b_id).update(state="rejected", state_code="test")
    assert planned.gold_for(batch) == []
    Response.objects.filter(pk=pair.response_b_id).update(state="ok", state_code="")
    factories.ballot(pair, ready, batch=batch)
    assert planned.gold_for(batch) == []


def test_gold_is_never_of_ones_own_maker(ready):
    [pair] = Pair.objects.filter(pk__in=planned.gold_for(batch_of(ready, "gold")))
    ready.affiliations.create(provider=pair.system_a.model.provider, kind="employer")

    assert planned.gold_for(Batch.objects.get(state="open")) == []


def test_repeats_and_gold_move_no_count(ready):
    for purpose in ("repeat", "gold"):
        tallies.rebuild()
        before = list(SystemPair.objects.order_by("pk").values())
        batch = batch_of(ready, purpose)
        first, second = draw(batch)
        ballots.void(first, code="test")
        before_opening = timezone.now() - timedelta(minutes=5)
        Ballot.objects.filter(pk=second.pk).update(state="opened", opened_at=before_opening)
        casting.cast(Ballot.objects.get(pk=second.pk))
        batches.finish(batch, by="annotator")
        assert tallies.differences() == []
        counted = {row["id"]: row["counted"] for row in SystemPair.objects.values()}
        assert {row["id"]: row["counted"] for row in before}.items() <= counted.items()


def test_a_plan_holds_one_of_each_and_two_gold_at_first(arena):
    arena(prompts=2, systems=2)
    person, policy = factories.annotator(), Policy.objects.get(current=True)

    def count():
        plan = planned.plan(person, policy, rng=Random(4))
        return plan[0], plan.count("repeat"), plan.count("gold"), len(plan)

    assert count() == ("normal", 1, 2, 12)
    for _ in range(2):
        factories.closed(factories.batch(person, size=1, state="closed"))
    assert count() == ("normal", 1, 1, 12)


def skipped(batch):
    """What comes for the second pair of a batch, which its annotator skips."""
    first, second = draw(batch)
    Ballot.objects.filter(pk=first.pk).update(state="voted")
    ballots.open_(second)
    ballots.skip(second, reason="other")
    assert positions.overview(batch).free == 2
    return second, batches.issue(batch.annotator, rng=Random(2))


def test_a_skipped_gold_pair_gives_way_to_one_that_has_its_system(ready):
    answered = System.objects.get(pk=GoldAnswer.objects.get(key=True).pair.system_a_id)
    others = System.objects.filter(label=answered.label, state="live").exclude(pk=answered.pk)
    for prompt in Prompt.objects.filter(split="public").exclude(responses__system=answered):
        factories.response(answered, prompt)

    gold_pair, again = skipped(batch_of(ready, "gold"))

    assert (gold_pair.purpose, again.purpose, again.rule) == ("gold", "normal", "same_one")
    assert answered.pk in {again.pair.system_a_id, again.pair.system_b_id}
    assert {again.pair.system_a_id, again.pair.system_b_id} <= {
        answered.pk,
        *others.values_list("pk", flat=True),
    }


def test_where_the_system_of_a_skipped_gold_pair_answered_nothing_else_the_position_stays_empty(ready):
    """As after a normal pair of two systems that have no other prompt."""
    batch = batch_of(ready, "gold")

    _, following = skipped(batch)

    assert following.position == 3


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SECRET = re.compile(r'(csrfmiddlewaretoken" value="|data-person="|data-first=")[^"]+')


# They go by the clock, by the clips, and by chance.
MOVING = {"Expires", "Content-Length", "X-Request-ID", "Request-Id"}


def seen(browser, path, *, by="get"):
    """What comes of a request, with the marks masked, and how many queries it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(browser, by)(path)
    text = SECRET.sub(r"\1", UUID.sub("UUID", answer.content.decode("utf-8", "replace")))
    headers = [(name, UUID.sub("UUID", value)) for name, value in answer.items() if name not in MOVING]
    return answer.status_code, headers, text, len(queries)


def different(one, other):
    """What of two answers is not the same, line by line."""
    lines = [str(each).splitlines() if isinstance(each, str) else [str(each)] for each in (*one, *other)]
    middle = len(one)
    pairs = zip(lines[:middle], lines[middle:], strict=True)
    return [line for mine, its in pairs for line in difflib.ndiff(mine, its) if line[0] in "+-"]


def walk(as_user, annotator, batch):
    """Open the first pair and have the second drawn; then open the second, and hear its clips."""
    browser = as_user(annotator.user)
    first = batches.issue(annotator, rng=Random(2))
    browser.get(f"/ballots/{first.public_id}/")
    drawing = seen(browser, f"/ballots/{first.public_id}/ahead", by="post")
    second = Ballot.objects.get(annotator=annotator, state="issued")
    if second.purpose != "training":
        Ballot.objects.filter(pk=first.pk).update(state="voted")
    else:
        Ballot.objects.filter(pk=first.pk).update(state="skipped")
        Ballot.objects.filter(batch=batch, state="issued").update(position=2)
    at = f"/ballots/{second.public_id}/"
    page = seen(browser, at)
    clips = []
    for clip in ("prompt", "left", "right"):
        status, headers, _, queries = seen(browser, at + clip)
        clips.append((status, headers, queries))
    return second.purpose, drawing, page, clips


def test_nothing_that_is_sent_tells_a_repeat_or_gold_from_a_normal_pair(as_user, arena, settings):
    settings.POOL_SECONDS = 60
    asked, live = arena(prompts=6, systems=4)
    # As in an arena of some age, where most pairs were drawn before, and every two systems have met.
    for prompt in asked:
        for one, other in itertools.combinations(live, 2):
            tallies.locked(factories.pair(prompt, one, other))
    before = factories.annotator()
    for pair in Pair.objects.all():
        tallies.issue(factories.ballot(pair, before, state="expired"))
    tallies.issue(factories.ballot(gold(), before, state="expired"))
    found = {}
    people = [factories.annotator() for _ in range(3)]
    for person in people:
        for each in history(person):
            tallies.issue(each)
    pools.current(fresh=True)
    for purpose, person in zip(("normal", "repeat", "gold"), people, strict=True):
        # The pool is one reading for all; what comes first is measured against nothing that comes later.
        got, *answers = walk(as_user, person, batch_of(person, purpose))
        assert got == purpose
        found[purpose] = answers

    for purpose in ("repeat", "gold"):
        for mine, normal in zip(found[purpose], found["normal"], strict=True):
            assert different(mine, normal) == []


def test_a_training_pair_has_the_page_of_all_others(as_user, arena):
    arena(prompts=6, systems=4)
    into = TrainingSet.objects.create(language=Language.objects.get(code="en"), number=1)
    one, two = (factories.system(state="private") for _ in "ab")
    for position in range(1, 6):
        pair = factories.pair(factories.prompt(split=Prompt.Split.TRAINING), one, two)
        into.pairs.create(position=position, pair=pair)
        material.know(pair, accepted={"overall": ["a"]})
    learner, judge = factories.annotator(), factories.annotator()
    Annotator.objects.filter(pk=judge.pk).update(training_passed_at=timezone.now())
    plan = {"kind": "training", "training_set": into, "plan": ["training"] * 3, "languages": ["en"]}
    batch = factories.batch(learner, size=3, **plan)

    got, _, page, clips = walk(as_user, learner, batch)
    normal, _, as_ever, others = walk(as_user, judge, batch_of(judge, "normal"))

    assert (got, normal) == ("training", "normal")
    assert different(page[:2], as_ever[:2]) == []
    # The undo link stands where something was cast before; here nothing was.
    shape = [
        re.sub(r"\s+", " ", re.sub(r"<a[^>]*data-undo.*?</a>", "", text, flags=re.DOTALL))
        for text in (page[2], as_ever[2])
    ]
    assert shape[0] == shape[1]
    assert [clip[:2] for clip in clips] == [clip[:2] for clip in others]
