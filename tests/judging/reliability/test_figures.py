"""Shares and their intervals, against published values."""

import pytest

from judging.reliability.figures import Share, share


def test_intervals_are_wilsons():
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    assert [Share(81, 263).low, Share(81, 263).high] == pytest.approx([0.2553, 0.3662], abs=1e-4)
    assert [Share(15, 148).low, Share(15, 148).high] == pytest.approx([0.0624, 0.1605], abs=1e-4)
    assert [Share(0, 20).low, Share(0, 20).high] == pytest.approx([0.0, 0.1611], abs=1e-4)
    assert [Share(1, 29).low, Share(1, 29).high] == pytest.approx([0.0061, 0.1718], abs=1e-4)


def test_no_cases_say_nothing():
    nothing = share([])

    assert (nothing.value, nothing.low, nothing.high, nothing.is_shown) == (0.0, 0.0, 1.0, False)
    assert [Share(5, cases).is_shown for cases in (9, 10)] == [False, True]
