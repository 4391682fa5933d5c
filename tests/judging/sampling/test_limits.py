"""What one person may hear: each hard limit by itself."""

import pytest

from judging.sampling import limits, pairs
from judging.sampling.limits import Competitor, Heard, Person, Pool

POOL = Pool(
    prompts=(11, 12, 13),
    cells={11: (1, None, 7), 12: (1, None, 8), 13: (1, None, None)},
    languages={(7, 7): 0b001, (8, 7): 0b010, (None, None): 0b100},
    answered={1: 0b111, 2: 0b111, 3: 0b011},
)
THREE = [Competitor(n, n, None, demonstration=False, codenamed=False) for n in (1, 2, 3)]


def heard(systems, prompt, *, recent=False, counts=True):
    return Heard(systems, prompt, recent, counts)


def left(person):
    """The prompts by system."""
    return {each.system: POOL.keys(each.prompts) for each in limits.candidates(POOL, THREE, person)}


def test_somebody_new_may_hear_everything():
    assert left(Person()) == {1: [11, 12, 13], 2: [11, 12, 13], 3: [11, 12]}


def test_a_response_that_was_heard_does_not_come_again():
    assert left(Person(heard=[heard((1, 3), 12)])) == {1: [11, 13], 2: [11, 12, 13], 3: [11]}


def test_a_prompt_of_this_batch_or_the_last_does_not_come_again():
    assert left(Person(heard=[heard((4, 5), 12, recent=True)])) == {1: [11, 13], 2: [11, 13], 3: [11]}


def test_a_prompt_is_heard_at_most_three_times():
    twice = [heard((n, n + 1), 11) for n in (4, 6)]

    assert left(Person(heard=twice))[1] == [11, 12, 13]
    assert left(Person(heard=[*twice, heard((8, 9), 11)]))[1] == [12, 13]


def test_both_languages_have_to_be_known_and_unknown_ones_bar_nobody():
    assert left(Person(languages=frozenset({7})))[1] == [11, 13]
    assert left(Person(languages=frozenset({8}))) == {1: [13], 2: [13]}


def test_own_systems_are_not_heard():
    assert sorted(left(Person(own=frozenset({2})))) == [1, 3]


@pytest.mark.parametrize(
    ("met", "own", "stays"), [(18, 18, True), (19, 5, False), (19, 4, True), (99, 25, False)]
)
def test_nobody_gives_more_than_a_quarter_of_a_pairs_votes(met, own, stays):
    person = Person(heard=[heard((1, 2), 100 + n) for n in range(own)])

    found = limits.barred(person, {(1, 2): met}, others=4)

    assert ((1, 2) not in found) == stays


def test_ballots_without_a_vote_are_no_share_of_a_pair():
    person = Person(heard=[heard((1, 2), 100 + n, counts=False) for n in range(50)])

    assert not limits.barred(person, {(1, 2): 40}, others=4)


def test_where_hardly_anybody_else_judges_a_person_goes_on_past_a_quarter():
    person = Person(heard=[heard((1, 2), 100 + n) for n in range(30)])

    assert not limits.barred(person, {(1, 2): 30}, others=3)


def test_two_without_a_common_prompt_do_not_meet():
    candidates = limits.candidates(POOL, THREE, Person(heard=[heard((1, 9), 11), heard((1, 9), 12)]))

    assert [pairs.keys(two) for two in pairs.eligible(candidates)] == [(1, 2), (2, 3)]
