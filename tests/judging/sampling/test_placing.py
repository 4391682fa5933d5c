"""Newcomers: who is one, whom they meet, and when they have had enough."""

from itertools import combinations

from judging.sampling.placing import Settled, placing

OLD = range(1, 10)
RATINGS = {system: 1000 + 10 * system for system in OLD}
COUNTED = dict.fromkeys(combinations(OLD, 2), 20)
FEW = Settled(votes=60, opponents=5)


def find(*newcomers, counted=(), met=(), **fields):
    systems = [*OLD, *newcomers]
    counts = COUNTED | dict(counted)
    return placing(systems, counted=counts, met=counts | dict(met), ratings=RATINGS, settled=FEW, **fields)


def test_a_system_is_new_until_it_has_the_votes_and_the_opponents():
    votes = {(host, 10): 60 for host in range(1, 5)} | {(host, 11): 12 for host in range(1, 6)}

    found = find(10, 11, 12, counted=votes)

    assert found.systems == {10, 12}


def test_in_a_new_arena_nobody_is_new():
    found = placing(range(4), counted={}, met={}, ratings={}, settled=FEW)

    assert found.systems == frozenset()
    assert found.factors([(0, 1)]) == [1.0]


def test_the_first_meetings_go_to_the_thirds_in_turn():
    met: dict[tuple[int, int], int] = {}
    hosts = []

    for _ in range(20):
        found = find(10, met=met)
        allowed = [host for host in OLD if found.factors([(host, 10), (1, 2)])[0]]
        hosts.append(allowed[0])
        met[allowed[0], 10] = met.get((allowed[0], 10), 0) + 1

    by_third = [sum((host - 1) // 3 == third for host in hosts) for third in range(3)]
    assert max(by_third) - min(by_third) <= 1
    assert find(10, met=met).least == {}


def test_newcomers_weigh_four_with_the_established_and_nothing_with_each_other():
    met = {(1, 10): 10, (9, 10): 10, (1, 11): 10, (9, 11): 10}

    found = find(10, 11, met=met)

    assert found.factors([(1, 2), (5, 10), (10, 11)]) == [1.0, 4.0, 0.0]
    assert found.factors([(10, 11)]) == [1.0]
