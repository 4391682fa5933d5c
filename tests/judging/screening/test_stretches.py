import random

from judging.screening.stretches import Batch, Judged, gold_failed, one_side, picking


def votes(matches):
    return [match.vote for match in matches]


def test_one_side_matches_the_stretch_and_no_other():
    fair = [Judged(number, counts=True, left=number % 2 == 0) for number in range(40)]
    tie = Judged(40, counts=True, left=None)
    left = [Judged(41 + number, counts=True, left=number != 0) for number in range(40)]

    found = list(one_side([*fair, tie, *left]))

    assert votes(found) == [one.vote for one in left]
    assert found[0].evidence == {"left": 39, "of": 40}


def test_one_side_needs_a_whole_stretch():
    assert votes(one_side([Judged(number, counts=True, left=True) for number in range(39)])) == []


def test_one_side_hardly_ever_meets_somebody_fair():
    rng = random.Random(5)
    people = ([Judged(n, counts=True, left=rng.random() < 0.5) for n in range(1000)] for _ in range(200))

    assert sum(bool(votes(one_side(person))) for person in people) == 0


def judged(golds):
    """A normal vote before each gold pair, numbered 0, 2, 4 …"""
    return [
        one
        for place, met in enumerate(golds)
        for one in (Judged(2 * place, counts=True), Judged(2 * place + 1, counts=False, gold=met))
    ]


def test_gold_failed_begins_after_the_last_one_met_before_and_lasts():
    golds = [True] * 6 + [False, True, False, True, False, False]
    after = [Judged(100, counts=True)]

    assert votes(gold_failed([*judged(golds), *after])) == [12, 14, 16, 18, 20, 22, 100]


def test_gold_failed_lets_votes_before_and_after_count():
    golds = [True] * 6 + [False] * 4 + [True] * 20

    found = votes(gold_failed(judged(golds)))

    assert found[0] == 12
    # As long as four of the last twelve are missed ones.
    assert found[-1] == 34


def test_gold_failed_forgives_three_of_twelve():
    assert votes(gold_failed(judged([True, True, False, False, False] + [True] * 9 + [False] * 3))) == []


def test_picking_matches_batches_after_too_many_empty_positions():
    full, picked = (False,) * 12, (True, True) + (False,) * 10
    batches = [
        Batch((1,), full),
        Batch((2,), picked),
        Batch((3,), picked),
        Batch((4,), full),
        Batch((5,), full),
    ]

    # The fourth empty position of the last 36 falls out of sight with the fifth batch.
    assert votes(picking(batches)) == [3, 4]


def test_picking_is_no_freer_in_a_first_batch():
    one, two = ((True,) * empty + (False,) * (12 - empty) for empty in (1, 2))

    assert votes(picking([Batch((1,), one)])) == []
    assert votes(picking([Batch((1,), two)])) == [1]
