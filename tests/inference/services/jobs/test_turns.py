"""How owners take turns, and how many batches each has running at once."""

import itertools
import threading
from collections import Counter

import pytest
from django.db import connection

from inference.models import Job, Model, Team
from tests import factories

numbers = itertools.count(1)


@pytest.fixture
def team():
    """Makes a team."""
    return lambda: Team.objects.create(slug=f"team-{next(numbers)}", name="Team")


@pytest.fixture
def waiting():
    """A system with so many queued jobs: `waiting(3, team=…)`; the site's own without a team."""

    def made(jobs, *, team=None, batch=1, priority=0, **config):
        system = factories.system(
            adapter="scripted", config={"batch_size": batch, **config}, model=factories.model(team=team)
        )
        prompt = factories.prompt()
        for replicate in range(1, jobs + 1):
            factories.job(system, prompt, replicate=replicate, priority=priority)
        return system

    return made


@pytest.fixture
def end(rng):
    """Let what a claim took come to its end."""

    def ended(claim):
        held = Job.objects.filter(pk__in=[lease.job_id for lease in claim.leases])
        held.update(state="cancelled", lease_token=None, lease_expires_at=None, hard_deadline_at=None)

    return ended


def test_a_team_has_so_many_batches_running_and_no_more(db, take, end, team, waiting, settings):
    settings.OWNER_SLOTS = 2
    owner = team()
    waiting(4, team=owner, batch=2)
    waiting(4, team=owner, batch=2)

    first, second, third = take(), take(), take()
    end(first)
    fourth, fifth = take(), take()

    assert [len(claim.leases) for claim in (first, second, fourth)] == [2, 2, 2]
    assert (third, fifth) == (None, None)


def test_a_batch_counts_until_its_last_job_has_ended(db, take, team, waiting, settings):
    settings.OWNER_SLOTS = 1
    waiting(4, team=team(), batch=2)
    one, other = take().leases

    counted = []
    for lease in (one, other):
        counted.append(take())
        Job.objects.filter(pk=lease.job_id).update(
            state="cancelled", lease_token=None, lease_expires_at=None, hard_deadline_at=None
        )

    assert counted == [None, None]
    assert len(take().leases) == 2


def test_a_job_that_an_older_release_took_counts_as_a_batch(db, take, team, waiting, settings):
    settings.OWNER_SLOTS = 1
    waiting(2, team=team())
    take()
    Job.objects.filter(state="running").update(batch=None)

    assert take() is None


def test_the_sites_own_systems_have_no_limit(db, take, waiting, settings):
    settings.OWNER_SLOTS = 1
    waiting(3)

    assert len(list(iter(take, None))) == 3


def test_a_full_team_holds_up_nobody_else(db, take, team, waiting, settings):
    settings.OWNER_SLOTS = 1
    waiting(3, team=team(), priority=-1)
    other = waiting(1, team=team())
    take()

    assert take().system == other


def test_however_many_jobs_an_owner_queues_another_waits_for_one_batch(db, take, end, team, waiting):
    greedy, modest = waiting(8, team=team()), waiting(3, team=team())

    turns = []
    for claim in iter(take, None):
        turns.append(claim.system)
        end(claim)

    assert turns == [greedy, modest] * 3 + [greedy] * 5


def test_who_has_fewer_batches_running_comes_first(db, take, team, waiting, settings):
    settings.OWNER_SLOTS = 9
    one, other = waiting(2, team=team()), waiting(2, team=team())
    busy = [take(one), take(other), take(one)]

    # It was served before the first one was served again, yet has fewer running.
    assert [claim.system for claim in busy] == [one, other, one]
    assert take().system == other


def test_the_turns_are_owners_not_systems(db, take, end, team, waiting):
    owner = team()
    many = [waiting(2, team=owner) for _ in range(3)]
    single = waiting(3, team=team())

    turns = []
    for _ in range(6):
        claim = take()
        turns.append(claim.system)
        end(claim)

    assert [system in many for system in turns] == [True, False] * 3
    assert turns.count(single) == 3


def test_a_smaller_priority_comes_before_any_turn(db, take, end, team, waiting):
    urgent = waiting(2, team=team(), priority=-1)
    waiting(1, team=team())

    turns = []
    for _ in range(2):
        claim = take()
        turns.append(claim.system)
        end(claim)

    assert turns == [urgent, urgent]


def test_a_preferred_system_comes_first_whoevers_turn_it_is(db, take, end, team, waiting):
    loaded, other = waiting(3, team=team()), waiting(1, team=team())

    turns = []
    for _ in range(4):
        claim = take(prefer=loaded)
        turns.append(claim.system)
        end(claim)

    assert turns == [loaded, loaded, loaded, other]


def test_a_preferred_system_waits_for_a_smaller_priority(db, take, waiting):
    loaded, urgent = waiting(1), waiting(1, priority=-1)

    assert take(prefer=loaded).system == urgent


def test_a_preferred_system_has_no_more_room_than_others(db, take, team, waiting, settings):
    settings.OWNER_SLOTS = 1
    loaded = waiting(2, team=team())
    take()

    assert take(prefer=loaded) is None


def test_many_claimers_at_once_fill_a_teams_slots_and_never_exceed_them(
    committed_db, take, end, team, waiting, settings
):
    settings.OWNER_SLOTS = 2
    owners = [team(), team()]
    for owner in owners * 2:
        waiting(30, team=owner, batch=3)
    rounds, seen = 5, []

    for _ in range(rounds):
        claims = at_once(12, take)
        owned = Counter(Model.objects.get(systems=claim.system).team for claim in claims if claim)
        seen.extend(lease.job_id for claim in claims if claim for lease in claim.leases)
        assert owned == dict.fromkeys(owners, 2)
        for claim in filter(None, claims):
            end(claim)

    assert len(seen) == len(set(seen)) == rounds * len(owners) * 2 * 3


def at_once(number, do):
    """What so many threads get that all do the same at the same moment."""
    start, got = threading.Barrier(number), []

    def work():
        start.wait()
        try:
            got.append(do())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == number
    return got
