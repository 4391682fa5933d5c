"""Which prompt: the cell, the prompt in it, and the pairs that others have judged."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.sampling import prompts
from judging.sampling.prompts import OnPrompts

EASY, HARD = (1, 1, 7), (1, 4, None)


def known(cells, *, targets=(), met=(), shown=()):
    return OnPrompts(cells, dict(targets), dict(met), dict(shown))


def test_cells_with_a_larger_target_and_fewer_meetings_come_first():
    cells = {11: EASY, 12: EASY, 13: HARD}

    found = prompts.chances(known(cells, targets={EASY: 4, HARD: 1}, met={EASY: 1}))

    # 4 / (1 + 1) against 1.
    assert found == pytest.approx({11: 1 / 3, 12: 1 / 3, 13: 1 / 3})


def test_within_a_cell_the_prompt_they_met_on_least_comes_first():
    found = prompts.chances(known({11: EASY, 12: EASY}, shown={12: 1}))

    assert found == pytest.approx({11: 0.8, 12: 0.2})


@given(st.dictionaries(st.integers(0, 9), st.sampled_from([EASY, HARD])), st.integers(0, 5))
def test_chances_of_prompts_sum_to_one(cells, times):
    found = prompts.chances(known(cells, shown=dict.fromkeys(cells, times)))

    assert set(found) == set(cells)
    assert not cells or math.isclose(sum(found.values()), 1)


def test_those_that_two_have_judged_come_before_those_that_one_has():
    allowed = {11: EASY, 12: EASY, 13: EASY, 14: EASY}
    people = {10: 2, 11: 1, 12: 3, 13: 1}

    assert prompts.wanted(people, allowed=allowed) == [11, 13]
    assert prompts.wanted(people | {14: 2}, allowed=allowed) == [14]
    assert prompts.wanted({12: 3}, allowed=allowed) == []
