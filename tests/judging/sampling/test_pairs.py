"""Which two systems next: properties of every rule (J115), and what each rule prefers."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.sampling import pairs
from judging.sampling.chances import draw
from judging.sampling.pairs import Candidate, Counts, Factors, Strength
from judging.sampling.placing import Placing

RULES = sorted(pairs.RULES)
rules = st.sampled_from(RULES)
floors = st.sampled_from([0.0, 0.1, 1.0])
PEOPLE = 6


@st.composite
def arenas(draw):
    size = draw(st.integers(min_value=0, max_value=PEOPLE))
    candidates = [
        Candidate(
            system=number,
            family=draw(st.integers(0, 2)),
            owner=draw(st.sampled_from([None, 1, 2])),
            demonstration=draw(st.booleans()),
            codenamed=draw(st.booleans()),
            prompts=draw(st.integers(0, 15)),
        )
        for number in range(size)
    ]
    met = {(one, other): draw(st.integers(0, 500)) for one in range(size) for other in range(one + 1, size)}
    strengths = {n: Strength(draw(st.floats(500, 1500)), draw(st.floats(1, 600))) for n in range(size)}
    components = [{n: draw(st.integers(0, 1)) for n in range(size)}]
    new = frozenset(draw(st.sets(st.integers(0, PEOPLE - 1))))
    counts = Counts(
        met=met,
        strengths=strengths,
        components=components,
        crowded=frozenset(draw(st.sets(st.sampled_from([1, 2])))),
        placing=Placing(systems=new, full=draw(st.booleans())),
    )
    return candidates, counts


def candidate(system, *, family=None, prompts=1, **fields):
    return Candidate(system, system if family is None else family, prompts, **fields)


def chances(candidates, counts, *, rule, floor=0.1):
    return pairs.chances(pairs.eligible(candidates, counts=counts), counts, rule=rule, floor=floor)


@given(arenas(), rules, floors)
def test_chances_sum_to_one_over_the_eligible_and_keep_the_floor(arena, rule, floor):
    candidates, counts = arena
    two = {
        (one.system, other.system)
        for one in candidates
        for other in candidates
        if one.system < other.system
        and one.prompts & other.prompts
        and one.demonstration == other.demonstration
        and not (one.codenamed and other.codenamed)
    }
    old = {systems for systems in two if not counts.placing.systems.intersection(systems)}
    eligible = old if counts.placing.full and old else two

    found = chances(candidates, counts, rule=rule, floor=floor)

    assert set(found) == eligible
    assert all(chance >= floor / len(eligible) * (1 - 1e-9) for chance in found.values())
    assert math.isclose(sum(found.values()), 1) or not eligible


@given(arenas(), rules, st.permutations(range(PEOPLE)))
def test_chances_follow_a_renaming_of_the_systems(arena, rule, names):
    candidates, counts = arena

    def key(one, other):
        return tuple(sorted((names[one], names[other])))

    renamed = [
        Candidate(
            names[each.system], each.family, each.prompts, each.owner, each.demonstration, each.codenamed
        )
        for each in candidates
    ]
    others = Counts(
        met={key(*systems): times for systems, times in counts.met.items()},
        strengths={names[system]: strength for system, strength in counts.strengths.items()},
        components=[{names[system]: part for system, part in parts.items()} for parts in counts.components],
        crowded=counts.crowded,
        placing=Placing(
            systems=frozenset(names[system] for system in counts.placing.systems), full=counts.placing.full
        ),
    )

    before = chances(candidates, counts, rule=rule)
    after = chances(renamed, others, rule=rule)

    assert {key(*systems): pytest.approx(chance) for systems, chance in before.items()} == after


@given(arenas(), st.data())
def test_coverage_never_lowers_a_pair_that_has_fewer_ballots(arena, data):
    candidates, counts = arena
    before = chances(candidates, counts, rule="coverage")
    if not before:
        return
    systems = data.draw(st.sampled_from(sorted(before)))
    met = dict(counts.met) | {systems: data.draw(st.integers(0, counts.met[systems]))}
    fewer = Counts(met, counts.strengths, counts.components, counts.crowded, counts.placing)

    after = chances(candidates, fewer, rule="coverage")

    assert after[systems] >= before[systems] * (1 - 1e-9)


@given(arenas(), rules, st.integers())
def test_draw_gives_one_result_for_one_seed(arena, rule, seed):
    candidates, counts = arena
    found = chances(candidates, counts, rule=rule)
    if not found:
        return

    drawn = [draw(dict(order), Random(seed)) for order in (found.items(), reversed(found.items()))]

    assert drawn[0] == drawn[1]
    assert drawn[0] in found


@given(arenas(), rules)
def test_a_pairs_factors_are_what_its_chance_comes_from(arena, rule):
    candidates, counts = arena
    eligible = pairs.eligible(candidates, counts=counts)
    found = pairs.chances(eligible, counts, rule=rule, floor=0.0)

    weights = {systems: math.prod(pairs.weigh(eligible, counts, rule=rule)[systems]) for systems in found}

    total = sum(weights.values())
    assert found == {
        systems: pytest.approx(weight / total if total else 1 / len(found))
        for systems, weight in weights.items()
    }


@pytest.mark.parametrize("rule", RULES)
def test_the_only_pair_is_certain_and_never_more_than_that(rule):
    two = [candidate(1), candidate(2)]

    found = [chances(two, Counts(met={(1, 2): times}), rule=rule)[1, 2] for times in range(200)]

    assert max(found) <= 1
    assert min(found) == pytest.approx(1)


@pytest.mark.parametrize("rule", RULES)
def test_chances_of_nobody_are_empty(rule):
    assert chances([], Counts(), rule=rule) == {}
    assert chances([candidate(1)], Counts(), rule=rule) == {}


def test_a_barred_pair_is_not_eligible():
    three = [candidate(n) for n in (1, 2, 3)]

    found = pairs.eligible(three, barred={(1, 2)})

    assert [pairs.keys(two) for two in found] == [(1, 3), (2, 3)]


@pytest.mark.parametrize("rule", ["paper", "uniform"])
def test_equal_strengths_are_drawn_evenly(rule):
    found = chances([candidate(n) for n in range(4)], Counts(met={(0, 1): 90}), rule=rule)

    assert list(found.values()) == pytest.approx([1 / 6] * 6)


def test_coverage_follows_its_formula():
    """Each factor of J104 once, beside a pair for which it is 1."""
    candidates = [
        candidate(1, family=7),
        candidate(2, family=7),
        candidate(3),
        candidate(4, owner=9),
        candidate(5),
    ]
    counts = Counts(
        met={(1, 3): 20},
        strengths={1: Strength(1000, 100), 2: Strength(1300, 10), 5: Strength(1000, 9999)},
        components=[{1: 1, 2: 1, 3: 1, 4: 1, 5: 5}],
        crowded=frozenset({9}),
        placing=Placing(systems=frozenset({2}), least={2: frozenset({1})}),
    )
    eligible = pairs.eligible(candidates)

    def factors(*systems):
        return pairs.weigh(eligible, counts, rule="coverage")[systems]

    assert factors(1, 2) == Factors(
        uncertainty=pytest.approx(math.exp(-1) * 60),
        coverage=1,
        placement=4,
        connection=1,
        owner=1,
        family=0.25,
    )
    assert factors(1, 3) == Factors(uncertainty=250, coverage=0.5)
    assert factors(2, 3).placement == 0
    assert factors(1, 4) == Factors(uncertainty=250, owner=0.25)
    assert factors(1, 5) == Factors(uncertainty=250, connection=5)


def test_newcomers_meet_each_other_where_nobody_else_is_left():
    counts = Counts(placing=Placing(systems=frozenset({1, 2})))

    assert chances([candidate(1), candidate(2)], counts, rule="coverage") == {(1, 2): 1}


def test_paper_prefers_a_third_of_the_largest_gap():
    counts = Counts(strengths={1: Strength(1000), 2: Strength(1100), 3: Strength(1300)})

    found = chances([candidate(n) for n in (1, 2, 3)], counts, rule="paper", floor=0.0)

    # Middle 100, width 50: gaps of 100, 200 and 300 are 0, 2 and 4 widths away.
    assert found[2, 3] / found[1, 2] == pytest.approx(math.exp(-2))
    assert found[1, 3] / found[1, 2] == pytest.approx(math.exp(-8))


def test_draw_follows_the_chances():
    rng = Random(1)

    drawn = [draw({(1, 2): 0.75, (1, 3): 0.25}, rng) for _ in range(4000)]

    assert drawn.count((1, 2)) / 4000 == pytest.approx(0.75, abs=0.03)
