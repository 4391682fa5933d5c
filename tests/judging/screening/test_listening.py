import pytest

from judging.screening.listening import Clip, Listened, heard_recheck, too_fast

FULL = {"prompt": Clip(900, 1000, 1000), "a": Clip(1800, 2000, 2000), "b": Clip(1800, 2000, 2000)}


def listened(*, elapsed=6000, **clips):
    return Listened(7, elapsed, FULL | clips)


@pytest.mark.parametrize(
    ("vote", "matched"),
    [
        (listened(), False),
        (listened(a=Clip(1800, 1550, 2000)), False),
        (listened(a=Clip(1800, 1549, 2000)), True),
        (listened(a=Clip(1800, 2000, 1749)), True),
        (listened(elapsed=4750), False),
        (listened(elapsed=4749), True),
        (Listened(7, 10, {}), False),
    ],
)
def test_heard_recheck_forgives_what_the_gate_forgives(vote, matched):
    assert [match.vote for match in heard_recheck([vote], tolerance_ms=250)] == [7] * matched


def test_heard_recheck_says_by_how_much():
    [match] = heard_recheck([listened(a=Clip(1800, 800, 800))], tolerance_ms=250)

    assert match.evidence == {"lacking_ms": 1000, "beyond_ms": 0, "excess_ms": 0}


@pytest.mark.parametrize(("elapsed", "matched"), [(4000, False), (3999, True)])
def test_too_fast_is_less_than_what_had_to_be_heard(elapsed, matched):
    found = list(too_fast([listened(elapsed=elapsed)], tolerance_ms=250))

    assert [match.evidence["required_ms"] for match in found] == [4500] * matched
