"""From numbers to places in a picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.pictures import geometry
from leaderboard.pictures.geometry import Scale


def test_scale_puts_its_ends_at_the_margins_and_its_middle_in_the_middle():
    scale = Scale(900.0, 1100.0)

    assert [scale.at(value) for value in (900, 1000, 1100)] == ["4.00%", "50.00%", "96.00%"]


def test_scale_over_one_value_is_widened_about_it():
    assert geometry.scale_over([1000.0]) == Scale(980.0, 1020.0)


def test_scale_over_nothing_is_refused():
    with pytest.raises(ValueError, match="empty"):
        geometry.scale_over([])


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (980.0, 1020.0, [980, 990, 1000, 1010, 1020]),
        (809.0, 1189.0, [900, 1000, 1100]),
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert Scale(low, high).ticks() == pytest.approx(ticks)


@given(low=st.floats(-1e4, 1e4), width=st.floats(40, 1e4))
def test_ticks_are_few_and_on_the_axis(low, width):
    scale = Scale(low, low + width)

    ticks = scale.ticks()

    assert 2 <= len(ticks) <= 6
    assert all(scale.low <= tick <= scale.high for tick in ticks)


def test_lengths_have_points_whatever_the_language():
    assert (geometry.per_cent(12.3456), geometry.em(2.75), geometry.em(33.0)) == ("12.35%", "2.75em", "33em")
