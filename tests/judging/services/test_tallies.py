"""Tallies: moved with the ballot, equal to what ballots and votes say, and rebuilt from them."""

from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inference.errors import Refused
from judging.models import Audience, Ballot, PairTally, SystemPair, Vote, VoteExclusion
from judging.services import ballots, batches, exclusions, pools, tallies
from tests import factories
from tests.judging import casting

pytestmark = pytest.mark.django_db


def cast(ballot: Ballot) -> Vote:
    """Cast a ballot after enough time."""
    before = timezone.now() - timedelta(minutes=5)
    Ballot.objects.filter(pk=ballot.pk).update(state="opened", opened_at=before)
    ballot.refresh_from_db()
    return casting.cast(ballot)


def counts() -> tuple[int, int, int]:
    """Counted and pending ballots, and people that judged pairs; cells and systems say the same."""
    cells = [(row.counted, row.pending) for row in PairTally.objects.all()]
    systems = [(row.counted, row.pending) for row in SystemPair.objects.all()]
    sums = [tuple(map(sum, zip((0, 0), *rows, strict=True))) for rows in (cells, systems)]
    assert sums[0] == sums[1]
    counted, pending = sums[0]
    return (counted, pending, sum(row.people for row in Audience.objects.all()))


def test_a_ballot_is_pending_until_it_is_cast_and_counted_from_then_on(arena):
    arena()
    found = []

    ballot = batches.issue(factories.annotator(), rng=Random(1))
    found.append(counts())
    vote = cast(ballot)
    found.append(counts())
    [exclusion] = exclusions.exclude([vote], rule="moderator", reason="a test", by=None)
    found.append(counts())
    exclusions.lift(exclusion, reason="a test", by=factories.user("mo@example.org"))
    found.append(counts())

    assert found == [(0, 1, 0), (1, 0, 1), (0, 0, 0), (1, 0, 1)]
    assert tallies.differences() == []


@pytest.mark.parametrize("end", ["skip", "void"])
def test_a_ballot_that_ends_without_a_vote_leaves_no_count(arena, end):
    arena()
    ballot = batches.issue(factories.annotator(), rng=Random(1))

    if end == "skip":
        ballots.skip(ballot, reason="other")
    else:
        ballots.void_with(ballot.pair.response_a)

    assert counts() == (0, 0, 0)
    row = SystemPair.objects.get()
    assert (row.a_left, row.a_right, row.a_first, row.b_first) == (0, 0, 0, 0)
    assert tallies.differences() == []


def test_a_vote_with_two_exclusions_counts_again_when_both_are_lifted(arena):
    arena()
    mo = factories.user("mo@example.org")
    vote = cast(batches.issue(factories.annotator(), rng=Random(1)))
    found = []

    for rule in ("moderator", "withdrawn"):
        exclusions.exclude([vote], rule=rule, reason="a test", by=None)
        found.append(counts()[0])
    for exclusion in VoteExclusion.objects.all():
        exclusions.lift(exclusion, reason="a test", by=mo)
        found.append(counts()[0])

    assert found == [0, 0, 0, 1]
    assert tallies.differences() == []


def test_a_busy_day_leaves_tallies_that_equal_the_ballots_and_votes(arena, settings):
    arena(prompts=4, systems=4)
    settings.POOL_SECONDS = 60
    pools.current(fresh=True)
    rng = Random(5)
    people = [factories.annotator() for _ in range(12)]
    mo = factories.user("mo@example.org")

    for _ in range(120):
        ballot = batches.issue(rng.choice(people), rng=rng)
        if ballot is None:
            continue
        match rng.randrange(4):
            case 0:
                ballots.skip(ballot, reason="other")
            case 1:
                exclusions.exclude([cast(ballot)], rule="moderator", reason="a test", by=None)
            case _:
                cast(ballot)
        if standing := VoteExclusion.objects.filter(lift=None).first():
            exclusions.lift(standing, reason="a test", by=mo)

    assert counts()[0] >= 20
    assert tallies.differences() == []


def test_rebuilding_mends_every_count(arena):
    arena(prompts=3, systems=3)
    for number in range(6):
        cast(batches.issue(factories.annotator(), rng=Random(number)))
    batches.issue(factories.annotator(), rng=Random(9))
    true = counts()
    PairTally.objects.filter(pk=PairTally.objects.first().pk).update(counted=7)
    SystemPair.objects.update(a_left=3)
    Audience.objects.first().delete()

    with pytest.raises(CommandError, match="counts are wrong"):
        call_command("rebuild_tallies", "--check", stderr=StringIO())
    call_command("rebuild_tallies", stdout=StringIO(), stderr=StringIO())

    assert tallies.differences() == []
    assert counts() == true
    call_command("rebuild_tallies", "--check", stdout=(said := StringIO()))
    assert said.getvalue() == "All counts are what the ballots and votes say.\n"


def test_a_refused_cast_moves_no_count(arena):
    arena()
    ballot = batches.issue(factories.annotator(), rng=Random(1))
    ballots.open_(ballot)

    with pytest.raises(Refused, match="Please hear"):
        casting.cast(ballot, heard=False)

    assert counts() == (0, 1, 0)
