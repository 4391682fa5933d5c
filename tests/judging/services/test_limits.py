"""Breaks, days, and what an hour holds; nothing is ever taken away (J33, J34, J134)."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.utils import timezone

from inference.errors import Refused
from judging.models import Annotator, Ballot, Batch, PanelMembership, Policy, Vote
from judging.services import ballots, batches, languages, limits, reports
from tests import factories
from tests.judging import casting

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULES = {"after": 25 * MINUTE, "after_pairs": 30, "length": 5 * MINUTE}


@pytest.fixture
def old():
    """Somebody who has been here for long."""
    person = factories.annotator()
    Annotator.objects.filter(pk=person.pk).update(created_at=datetime(2025, 1, 1, tzinfo=UTC))
    person.refresh_from_db()
    return person


@pytest.fixture
def pair():
    return factories.pair(factories.prompt(), factories.system(), factories.system())


def ended(annotator, count, *, state="voted", at=None, **fields):
    """So many pairs that are over, in a closed batch of their own."""
    opened = at or timezone.now()
    for _ in range(count):
        each = factories.pair(factories.prompt(), *SYSTEMS())
        within = factories.closed(factories.batch(annotator, size=1, state="closed"))
        factories.ballot(each, annotator, state=state, batch=within, opened_at=opened, **fields)


def SYSTEMS():  # noqa: N802
    return factories.system(), factories.system()


def refusal(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code, refused.value.status


def stretch(*, pairs, each, end=AT):
    """Pairs without a break, the newest first."""
    return [(end - (n + 1) * each, end - n * each) for n in range(pairs)]


def test_a_break_is_due_after_25_minutes_or_30_pairs_and_ends_after_five():
    assert limits.due_break(stretch(pairs=24, each=MINUTE), now=AT, **RULES) is None
    assert limits.due_break(stretch(pairs=25, each=MINUTE), now=AT, **RULES) == AT + 5 * MINUTE
    assert limits.due_break(stretch(pairs=29, each=MINUTE / 2), now=AT, **RULES) is None
    assert limits.due_break(stretch(pairs=30, each=MINUTE / 2), now=AT, **RULES) == AT + 5 * MINUTE
    assert limits.due_break(stretch(pairs=30, each=MINUTE), now=AT + 5 * MINUTE, **RULES) is None
    assert limits.due_break([], now=AT, **RULES) is None


def test_whoever_paused_in_between_began_anew():
    before = stretch(pairs=20, each=MINUTE, end=AT - 16 * MINUTE)

    assert limits.due_break(stretch(pairs=11, each=MINUTE) + before, now=AT, **RULES) is None


def test_no_batch_starts_during_a_break_and_an_open_one_goes_on(old, arena):
    arena(prompts=3, systems=3)
    ended(old, 30)

    assert refusal(lambda: batches.start(old, rng=Random(1))) == ("break_due", 429)
    assert limits.break_until(old, Policy.objects.get(current=True)) is not None
    factories.batch(old)
    assert batches.issue(old, rng=Random(1)) is not None


def test_the_daily_cap_holds_until_midnight_where_the_person_is(old):
    old.user.time_zone = "Asia/Shanghai"
    policy = Policy(daily_hint=2, daily_cap=3)
    noon = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    ended(old, 1, at=datetime(2026, 2, 28, 15, 59, tzinfo=UTC))
    ended(old, 2, at=datetime(2026, 2, 28, 16, 1, tzinfo=UTC))

    day = limits.today(old, policy, now=noon)
    assert (day.pairs, day.cap, day.hint) == (2, 3, True)
    assert day.ends_at == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    ended(old, 1, state="skipped", at=noon)
    day = limits.today(old, policy, now=noon)
    assert (day.pairs, day.hint) == (3, False)


def test_a_day_ends_at_the_wall_clocks_midnight_although_the_clock_is_changed(old):
    old.user.time_zone = "Europe/Berlin"

    day = limits.today(old, Policy(), now=datetime(2026, 3, 29, 10, 0, tzinfo=UTC))

    assert day.ends_at == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


def test_no_batch_starts_after_the_cap_and_an_open_one_goes_on(old, arena):
    arena(prompts=3, systems=3)
    with factories.unguarded():
        Policy.objects.update(daily_cap=2)
    ended(old, 2)

    assert refusal(lambda: batches.issue(old, rng=Random(1))) == ("daily_cap", 429)
    assert not Batch.objects.filter(state="open").exists()
    factories.batch(old)
    assert batches.issue(old, rng=Random(1)) is not None


def test_a_new_account_has_a_smaller_first_and_second_day_and_the_panel_has_not(mo):
    new = factories.annotator()
    policy = Policy.objects.get(current=True)
    today = timezone.now()

    caps = [limits.today(new, policy, now=today + timedelta(days=days)).cap for days in range(3)]
    assert caps == [24, 48, 120]
    PanelMembership.objects.create(annotator=new, reason="vetted", added_by=mo)
    assert limits.today(new, policy, now=today).cap == 120


def test_training_is_no_part_of_a_day(old):
    ended(old, 2, purpose="training")

    assert limits.today(old, Policy()).pairs == 0


def test_an_hour_holds_so_many_casts(old, pair, monkeypatch):
    monkeypatch.setattr(limits, "CASTS_AN_HOUR", 2)
    for _ in range(2):
        factories.vote(factories.pair(factories.prompt(), *SYSTEMS()), old, "a")
    ballot = factories.ballot(pair, old)

    assert refusal(lambda: casting.cast(ballot)) == ("too_many", 429)
    with factories.unguarded():
        Vote.objects.update(cast_at=timezone.now() - limits.HOUR)
    assert casting.cast(ballot)
    assert Vote.objects.count() == 3


def test_an_hour_holds_so_many_skips_and_reports(old, pair, monkeypatch):
    monkeypatch.setattr(limits, "SKIPS_AN_HOUR", 1)
    monkeypatch.setattr(limits, "REPORTS_AN_HOUR", 1)
    ended(old, 1, state="skipped")
    ballot = factories.ballot(pair, old)
    reports.file(ballot, by=old, kind="noise")

    assert refusal(lambda: ballots.skip(ballot, reason="other")) == ("too_many", 429)
    assert refusal(lambda: reports.file(ballot, by=old, kind="noise")) == ("too_many", 429)
    ballot.refresh_from_db()
    assert ballot.state == "opened"


def test_three_skips_for_a_language_ask_to_review_it_once(old):
    languages_before = {skill.language: skill.level for skill in old.skills.select_related("language")}
    ended(old, 2, state="skipped", closing_code="language")
    assert languages.to_review(old) == []
    ended(old, 1, state="skipped", closing_code="language")

    assert [language.code for language in languages.to_review(old)] == ["en"]
    languages.state(old, languages_before)
    assert languages.to_review(old) == []


def test_a_batch_can_be_narrowed_to_some_of_the_languages(old):
    for code in ("en", "zh"):
        prompt = factories.prompt(language=code)
        for system in SYSTEMS():
            factories.response(system, prompt)

    ballot = batches.issue(old, rng=Random(3), narrowed=["zh", "de"])

    assert ballot.batch.languages == ["zh"]
    assert ballot.pair.prompt.language.code == "zh"
    assert Ballot.objects.count() == 1
    batches.finish(ballot.batch, by="annotator")
    assert batches.start(old, rng=Random(3), narrowed=["en", "zh"]).languages == []
