"""Which pair next: properties of every rule (J115), and what each rule prefers."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.sampling import pairs
from judging.sampling.pairs import Candidate, Strength

RULES = sorted(pairs.RULES)
rules = st.sampled_from(RULES)
floors = st.sampled_from([0.0, 0.1, 1.0])


@st.composite
def pools(draw):
    size = draw(st.integers(min_value=0, max_value=6))
    candidates = [
        Candidate(
            system=number,
            family=draw(st.integers(0, 2)),
            demonstration=draw(st.booleans()),
            prompts=frozenset(draw(st.sets(st.integers(0, 3)))),
        )
        for number in range(size)
    ]
    met = {(one, other): draw(st.integers(0, 500)) for one in range(size) for other in range(one + 1, size)}
    strengths = {
        number: Strength(draw(st.floats(500, 1500)), draw(st.floats(1, 600))) for number in range(size)
    }
    return candidates, met, strengths


def candidate(system, *, family=None, demonstration=False, prompts=(1,)):
    return Candidate(system, system if family is None else family, demonstration, frozenset(prompts))


@given(pools(), rules, floors)
def test_chances_sum_to_one_over_the_eligible_and_keep_the_floor(pool, rule, floor):
    candidates, met, strengths = pool

    chances = pairs.chances(candidates, met=met, rule=rule, floor=floor, strengths=strengths)

    by_key = {each.system: each for each in candidates}
    eligible = {
        (one, other)
        for one in by_key
        for other in by_key
        if one < other
        and by_key[one].demonstration == by_key[other].demonstration
        and by_key[one].prompts & by_key[other].prompts
    }
    assert set(chances) == eligible
    assert all(chance >= floor / len(eligible) * (1 - 1e-9) for chance in chances.values())
    assert math.isclose(sum(chances.values()), 1) or not eligible


@given(pools(), rules, st.permutations(range(6)))
def test_chances_follow_a_renaming_of_the_systems(pool, rule, names):
    candidates, met, strengths = pool
    renamed = [
        Candidate(names[each.system], each.family, each.demonstration, each.prompts) for each in candidates
    ]

    def key(one, other):
        return tuple(sorted((names[one], names[other])))

    before = pairs.chances(candidates, met=met, rule=rule, strengths=strengths)
    after = pairs.chances(
        renamed,
        met={key(*systems): times for systems, times in met.items()},
        rule=rule,
        strengths={names[system]: strength for system, strength in strengths.items()},
    )

    assert {key(*systems): pytest.approx(chance) for systems, chance in before.items()} == after


@given(pools(), st.data())
def test_coverage_never_lowers_a_pair_that_has_fewer_ballots(pool, data):
    candidates, met, strengths = pool
    before = pairs.chances(candidates, met=met, rule="coverage", strengths=strengths)
    if not before:
        return
    systems = data.draw(st.sampled_from(sorted(before)))
    fewer = met | {systems: data.draw(st.integers(0, met[systems]))}

    after = pairs.chances(candidates, met=fewer, rule="coverage", strengths=strengths)

    assert after[systems] >= before[systems] * (1 - 1e-9)


@given(pools(), rules, st.integers())
def test_draw_gives_one_result_for_one_seed(pool, rule, seed):
    candidates, met, strengths = pool
    chances = pairs.chances(candidates, met=met, rule=rule, strengths=strengths)
    if not chances:
        return

    drawn = [pairs.draw(dict(order), Random(seed)) for order in (chances.items(), reversed(chances.items()))]

    assert drawn[0] == drawn[1]
    assert drawn[0] in chances


@pytest.mark.parametrize("rule", RULES)
def test_the_only_pair_is_certain_and_never_more_than_that(rule):
    two = [candidate(1), candidate(2)]

    found = [pairs.chances(two, met={(1, 2): times}, rule=rule)[1, 2] for times in range(1000)]

    assert max(found) <= 1
    assert min(found) == pytest.approx(1)


@given(pools(), rules, floors, st.integers(0, 500))
def test_chance_of_a_pair_on_a_prompt_is_a_probability(pool, rule, floor, times):
    candidates, met, strengths = pool
    by_key = {each.system: each for each in candidates}

    products = [
        chance * on_prompt
        for (one, other), chance in pairs.chances(
            candidates, met=met, rule=rule, floor=floor, strengths=strengths
        ).items()
        for on_prompt in pairs.prompt_chances(by_key[one], by_key[other], shown={0: times, 1: 1}).values()
    ]

    assert all(0 < product <= 1 for product in products)


@pytest.mark.parametrize("rule", RULES)
def test_chances_of_nobody_are_empty(rule):
    assert pairs.chances([], met={}, rule=rule) == {}
    assert pairs.chances([candidate(1)], met={}, rule=rule) == {}


@pytest.mark.parametrize("rule", ["paper", "uniform"])
def test_equal_strengths_are_drawn_evenly(rule):
    chances = pairs.chances([candidate(n) for n in range(4)], met={(0, 1): 90}, rule=rule)

    assert list(chances.values()) == pytest.approx([1 / 6] * 6)


def test_coverage_follows_its_formula():
    candidates = [candidate(1, family=7), candidate(2, family=7), candidate(3)]

    chances = pairs.chances(candidates, met={(1, 3): 20}, rule="coverage", floor=0.0)

    # Family 0.25; 20 ballots 1 / (1 + 20 / 20); new 1.
    assert chances == pytest.approx({(1, 2): 0.25 / 1.75, (1, 3): 0.5 / 1.75, (2, 3): 1 / 1.75})


def test_coverage_prefers_near_and_unsure_pairs():
    strengths = {
        1: Strength(1000, 100),
        2: Strength(1000, 100),
        3: Strength(1300, 100),
        4: Strength(1000, 9999),
    }

    chances = pairs.chances(
        [candidate(n) for n in (1, 2, 3, 4)], met={}, rule="coverage", floor=0.0, strengths=strengths
    )

    assert chances[1, 3] / chances[1, 2] == pytest.approx(math.exp(-1))
    assert chances[1, 4] / chances[1, 2] == pytest.approx(2.5)


def test_paper_prefers_a_third_of_the_largest_gap():
    strengths = {1: Strength(1000), 2: Strength(1100), 3: Strength(1300)}

    chances = pairs.chances(
        [candidate(n) for n in (1, 2, 3)], met={}, rule="paper", floor=0.0, strengths=strengths
    )

    # Middle 100, width 50: gaps of 100, 200 and 300 are 0, 2 and 4 widths away.
    assert chances[2, 3] / chances[1, 2] == pytest.approx(math.exp(-2))
    assert chances[1, 3] / chances[1, 2] == pytest.approx(math.exp(-8))


def test_prompt_chances_prefer_what_these_two_met_on_least():
    one, other = candidate(1, prompts=(5, 6, 7)), candidate(2, prompts=(6, 7, 8))

    chances = pairs.prompt_chances(one, other, shown={7: 1, 8: 3})

    assert chances == pytest.approx({6: 0.8, 7: 0.2})


def test_draw_follows_the_chances():
    rng = Random(1)

    drawn = [pairs.draw({(1, 2): 0.75, (1, 3): 0.25}, rng) for _ in range(4000)]

    assert drawn.count((1, 2)) / 4000 == pytest.approx(0.75, abs=0.03)
