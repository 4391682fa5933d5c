import numpy as np
import pytest

from leaderboard.ranking.comparisons import BOTH_BAD, TIE, B, from_ids
from leaderboard.ranking.errors import BadRow, RankingError
from leaderboard.ranking.reading import Row, from_columns, from_rows

ROWS = [
    ("zulu", "alpha", "a", "ada", "q1", 1.0, 5.0),
    ("alpha", "zulu", "a", "ben", "q1", 1.0, 1.0),
    ("alpha", "mike", "tie", "ada", "q2", 1.0, 3.0),
    ("mike", "zulu", "both_bad", "cleo", "q1", 1.0, 4.0),
    ("zulu", "alpha", "a", "ada", "q1", 1.0, 2.0),
]
COLUMNS = ("a", "b", "outcome", "annotator", "prompt", "weight", "time", "mirrored")


def test_names_are_sorted_and_the_winner_keeps_the_vote_when_sides_change_places():
    comparisons = from_rows(ROWS)

    assert comparisons.systems == ("alpha", "mike", "zulu")
    assert comparisons.counts[0, 2].tolist() == [1, 2, 0, 0]
    assert comparisons.counts[0, 1, TIE] == 1
    assert comparisons.counts[1, 2, BOTH_BAD] == 1
    assert comparisons.counts.sum() == len(ROWS)
    assert sorted(zip(comparisons.time.tolist(), comparisons.mirrored.tolist(), strict=True)) == [
        (1.0, False),
        (2.0, True),
        (3.0, False),
        (4.0, False),
        (5.0, True),
    ]


def test_order_of_rows_changes_no_array_and_no_hash():
    comparisons = from_rows(ROWS)
    shuffled = from_rows([ROWS[index] for index in (3, 0, 4, 2, 1)])

    assert all(np.array_equal(getattr(comparisons, name), getattr(shuffled, name)) for name in COLUMNS)
    assert comparisons.sha256() == shuffled.sha256()
    assert comparisons.sha256() != from_rows(ROWS[1:]).sha256()


def test_arrays_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        from_rows(ROWS).outcome[0] = B


def test_systems_without_votes_are_held():
    comparisons = from_rows(ROWS, systems=["new", "mike"])

    assert comparisons.systems == ("alpha", "mike", "new", "zulu")
    assert comparisons.votes_per_system.tolist() == [4, 2, 0, 4]
    assert comparisons.annotators_per_system.tolist() == [2, 2, 0, 3]


def test_where_drops_votes_and_people_but_no_system():
    comparisons = from_rows(ROWS)

    decisive = comparisons.where(comparisons.outcome <= B)

    assert decisive.systems == comparisons.systems
    assert decisive.annotators == ("ada", "ben")
    assert decisive.prompts == ("q1",)
    assert decisive.votes_per_system.tolist() == [3, 0, 3]


def test_among_drops_systems_and_renumbers():
    comparisons = from_rows(ROWS)

    pair = comparisons.among(np.array([False, True, True]))

    assert pair.systems == ("mike", "zulu")
    assert pair.annotators == ("cleo",)
    assert pair.counts[0, 1].tolist() == [0, 0, 0, 1]


def test_without_times_rows_are_in_order_of_time():
    comparisons = from_rows([Row("x", "y", "a"), Row("w", "x", "b")])

    assert comparisons.time[np.argsort(comparisons.a)].tolist() == [1.0, 0.0]


def test_weights_are_summed_apart_from_counts():
    comparisons = from_rows(
        [("x", "y", "a", "", "", 0.5), ("x", "y", "a", "", "", 2.0), ("y", "x", "a", "", "", 3.0)]
    )

    assert comparisons.counts[0, 1].tolist() == [2, 1, 0, 0]
    assert comparisons.weighted[0, 1].tolist() == [2.5, 3.0, 0.0, 0.0]
    assert comparisons.weighted_squares[0, 1].tolist() == [4.25, 9.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("x", "x", "a"), "compares a system with itself"),
        (("x", "y", "c"), "unknown outcome 'c'"),
        (("x", "y", None), "unknown outcome None"),
        (("", "y", "a"), "a system without a name"),
        ((7, "y", "a"), "a system without a name"),
        (("x", "y"), "has 2 fields, not 3 to 8"),
        (("x", "y", "a", "ada"), "has 4 fields, unlike the first row"),
    ],
)
def test_bad_row_is_named_by_number_and_reason(row, reason):
    with pytest.raises(BadRow) as refusal:
        from_rows([("x", "y", "a"), ("x", "y", "tie"), row, ("x", "y", "a")])

    assert refusal.value.row == 3
    assert refusal.value.reason == reason
    assert str(refusal.value) == f"row 3: {reason}"


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_weight_that_is_not_positive_and_finite_is_refused(weight):
    with pytest.raises(BadRow, match=r"row 2: weight .* is not positive and finite"):
        from_rows([("x", "y", "a", "", "", 1.0), ("x", "y", "a", "", "", weight)])


def test_time_missing_in_some_rows_is_refused():
    with pytest.raises(BadRow, match="row 2: time None is missing or not finite"):
        from_rows([("x", "y", "a", "", "", 1.0, 3.0), ("x", "y", "a", "", "", 1.0, None)])


def test_columns_of_different_length_are_refused():
    with pytest.raises(RankingError, match="unequal in length"):
        from_columns({"system_a": ["x"], "system_b": ["y", "z"], "outcome": ["a"]})


def test_ids_drop_people_without_votes():
    one = np.array([1])
    ids = {
        "a": one,
        "b": one - 1,
        "outcome": one - 1,
        "annotator": one,
        "prompt": one - 1,
        "weight": one,
        "time": one,
    }

    comparisons = from_ids(ids, systems=["x", "y"], annotators=["idle", "busy"], prompts=["q"])

    assert comparisons.annotators == ("busy",)
    assert comparisons.annotator.tolist() == [0]
    assert comparisons.outcome.tolist() == [B]
