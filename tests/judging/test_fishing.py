"""No fishing (X5, J138.16): skipping, leaving, reloading and tabs bring nobody a chosen system more often.

Short by default; `make leaks` runs it at its full size. The assigner, its limits and its tables are the real
ones.
"""

import math
import os
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from inference.errors import Refused
from judging.models import Ballot
from judging.services import ballots, batches, listeners, owed, pools, positions, reports, votes
from tests import factories
from tests.judging.casting import cast

pytestmark = pytest.mark.django_db
FULL = os.environ.get("LEAKS") == "full"
SYSTEMS, PROMPTS = (8, 120) if FULL else (6, 40)
# So many people, each of whom judges so many pairs.
PEOPLE, EACH = (40, 12) if FULL else (2, 12)
LIMIT = 1.1


@pytest.fixture
def chosen(arena, settings):
    """The system that they want, in an arena where much is left to hear."""
    settings.POOL_SECONDS = 3600
    _, systems = arena(prompts=PROMPTS, systems=SYSTEMS)
    pools.current(fresh=True)
    return systems[3].pk


def voted(ballot: Ballot) -> None:
    """What casting leaves, without its evidence; the rows are the sampling's."""
    Ballot.objects.filter(pk=ballot.pk).update(state="voted")


def holds(ballot: Ballot, system: int) -> bool:
    return system in (ballot.pair.system_a_id, ballot.pair.system_b_id)


def given(annotator, rng: Random) -> Ballot | None:
    """The pair that waits, its page opened; where the batch is at its end, the first of the next."""
    ballot = batches.issue(annotator, rng=rng)
    if ballot is None and (batch := batches.current(annotator)):
        batches.finish(batch, by="annotator")
        ballot = batches.issue(annotator, rng=rng)
    if ballot is not None:
        ballots.open_(ballot)
        batches.draw_ahead(ballot, rng=rng)
    return ballot


def finish(ballot, rng):
    batches.finish(ballot.batch, by="annotator")


def skip(ballot: Ballot, rng: Random) -> None:
    ballots.skip(ballot, reason="other")


def abandon(ballot: Ballot, rng: Random) -> None:
    """Leave it for a day."""
    days_ago = [timezone.now() - timedelta(days=days) for days in (2, 1)]
    with factories.unguarded():
        Ballot.objects.filter(pk=ballot.pk).update(issued_at=days_ago[0], expires_at=days_ago[1])


def report(ballot: Ballot, rng: Random) -> None:
    """Say that a clip does not play; the server finds that it does."""
    reports.faulty(ballot, clip="left")


def reload_in_tabs(ballot, rng):
    """Ask again, from the start and for the pair ahead, and then let it be."""
    for _ in range(3):
        assert batches.issue(ballot.annotator, rng=rng).pk == ballot.pk
        batches.draw_ahead(ballot, rng=rng)
    rng.choice([finish, skip])(ballot, rng)


TACTICS = {
    "skip": [skip],
    "finish": [finish],
    "abandon": [abandon],
    "report": [report],
    "tabs": [reload_in_tabs],
    "all": [skip, finish, abandon, report, reload_in_tabs],
}


def honest(chosen):
    """Votes on the chosen system, and votes, of people who judge what they get."""
    pairs = []
    for number in range(PEOPLE):
        annotator, rng = factories.annotator(), Random(number)
        for _ in range(EACH):
            ballot = given(annotator, rng)
            voted(ballot)
            pairs.append(holds(ballot, chosen))
    return sum(pairs), len(pairs)


def turns(annotator, rng: Random, times: int) -> Iterator[Ballot]:
    """What is given in so many positions, or until nothing is left to hear of what was left."""
    seen = set()
    while len(seen) < times and (ballot := given(annotator, rng)):
        seen.add((ballot.batch_id, ballot.position))
        yield ballot


def fished(chosen: int, acts) -> int:
    """Votes on the chosen system of people who judge nothing else, in as many positions."""
    got = 0
    for number in range(PEOPLE):
        annotator, rng = factories.annotator(), Random(1000 + number)
        for ballot in turns(annotator, rng, EACH):
            if holds(ballot, chosen):
                voted(ballot)
                got += 1
            elif not turned_down(ballot, rng.choice(acts), rng):
                break
    return got


def turned_down(ballot: Ballot, act, rng: Random) -> bool:
    """Whether the site let them: so many skips an hour, and batches a day, and no more."""
    try:
        act(ballot, rng)
    except Refused:
        return False
    return True


def test_no_tactic_brings_a_chosen_system_more_often(chosen):
    """Of as many positions as honest people judge, it is on at most 1.1 times as many, chance aside."""
    base, votes = honest(chosen)
    chance = 2 * math.sqrt(2 * base * (1 - base / votes))

    tactics = TACTICS if FULL else {"all": TACTICS["all"]}
    got = {name: fished(chosen, acts) for name, acts in tactics.items()}

    print(f"of {votes} positions: honest {base}, {got}")  # noqa: T201 -- the figures for docs/blindness.md
    assert {name for name, times in got.items() if times > LIMIT * base + chance} == set()


def test_one_empty_position_in_twelve_lifts_a_share_by_less_than_a_tenth(chosen):
    """What the rule *picking* lets pass (J67): votes on all but the first unwanted pair of each batch."""
    seen, kept = [], []

    for number in range(PEOPLE):
        annotator, rng = factories.annotator(), Random(2000 + number)
        for _ in range(EACH // 12):
            batch, spent = None, 0
            while (ballot := batches.issue(annotator, rng=rng)) is not None:
                batch = ballot.batch
                ballots.open_(ballot)
                if spent < owed.OWN_TO_EMPTY and not holds(ballot, chosen):
                    skip(ballot, rng)
                    spent += 1
                else:
                    voted(ballot)
                    kept.append(holds(ballot, chosen))
                if spent != 1:
                    seen.append(holds(ballot, chosen))
            batches.finish(batch, by="annotator")

    ratio = (sum(kept) / len(kept)) / (sum(seen) / len(seen))
    print(f"picking within its limit: {ratio:.3f} times the base rate")  # noqa: T201 -- for docs/blindness.md
    assert len(seen) == 12 * len(kept) / 11
    assert ratio <= LIMIT


def test_what_was_left_comes_again_in_the_next_batch(chosen):
    annotator, rng = factories.annotator(), Random(5)
    first = given(annotator, rng)
    ahead = Ballot.objects.get(state="issued")
    wanted = [{each.pair.system_a_id, each.pair.system_b_id} for each in (first, ahead)]

    batches.finish(first.batch, by="annotator")
    again = [given(annotator, rng)]
    voted(again[0])
    again.append(given(annotator, rng))

    assert [{each.pair.system_a_id, each.pair.system_b_id} for each in again] == wanted
    assert {each.rule for each in again} == {"same_two"}
    assert not {each.pair_id for each in again} & {first.pair_id}


def test_what_was_taken_out_is_not_owed(chosen):
    annotator, rng = factories.annotator(), Random(6)
    ballot = given(annotator, rng)

    ballots.void(ballot, code="faulty")

    assert listeners.of(annotator, ballot.batch).owed == []


def test_a_vote_that_is_taken_back_or_changed_brings_no_other_pair(chosen):
    annotator, rng = factories.annotator(), Random(7)
    first = given(annotator, rng)
    with factories.unguarded():
        Ballot.objects.filter(pk=first.pk).update(opened_at=timezone.now() - timedelta(minutes=5))
    ahead = Ballot.objects.get(state="issued")

    vote = cast(first)
    cast(first, "right", supersedes=vote.public_id)
    votes.withdraw(first, by=annotator)

    assert given(annotator, rng).pk == ahead.pk
    assert positions.overview(first.batch).taken == {1, 2, 3}
