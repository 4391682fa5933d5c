"""Seven delayed streams become frames again, and nothing but sound reaches the codec (S64)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters.research import delay
from tests.fakes.research.streams import END, PAD, delayed

FRAMES = st.lists(st.tuples(*[st.integers(0, delay.CODES - 1)] * delay.LAYERS), max_size=40)


@given(FRAMES)
def test_delaying_and_undoing_gives_the_frames_back(frames):
    assert delay.undone(delayed(frames)) == frames


@given(FRAMES, st.lists(st.integers(0, 30), min_size=7, max_size=7))
def test_streams_of_unequal_length_give_the_frames_that_are_whole(frames, cut):
    streams = [
        stream[: len(stream) - less] if less else stream
        for stream, less in zip(delayed(frames), cut, strict=True)
    ]

    whole = min(max(0, len(stream) - layer - 1) for layer, stream in enumerate(streams))
    assert delay.undone(streams) == frames[:whole]


@given(FRAMES, st.integers(0, 39), st.integers(0, 6), st.sampled_from([4096, 4097, 4100, 4159, -1]))
def test_a_special_code_ends_the_sound_before_its_frame(frames, place, layer, code):
    spoilt = [list(frame) for frame in frames]
    if place < len(frames):
        spoilt[place][layer] = code

    assert delay.undone(delayed(spoilt)) == frames[:place]


@pytest.mark.parametrize("steps", range(8))
def test_fewer_than_eight_steps_are_no_frame(steps):
    assert delay.undone([[5] * steps] * 7) == []


def test_eight_steps_are_one_frame():
    assert delay.undone([[PAD] * (layer + 1) + [layer] + [END] * (6 - layer) for layer in range(7)]) == [
        (0, 1, 2, 3, 4, 5, 6)
    ]


def test_another_number_of_layers_is_a_mistake():
    with pytest.raises(ValueError, match="7 layers, not 8"):
        delay.undone([[1]] * 8)


def test_levels_take_one_two_and_four_codes_of_a_frame():
    assert delay.levels([(1, 2, 3, 4, 5, 6, 7), (11, 12, 13, 14, 15, 16, 17)]) == (
        [1, 11],
        [2, 5, 12, 15],
        [3, 4, 6, 7, 13, 14, 16, 17],
    )


@given(FRAMES)
def test_levels_hold_every_code_once(frames):
    found = delay.levels(frames)

    assert [len(level) for level in found] == [len(frames), 2 * len(frames), 4 * len(frames)]
    assert sorted(code for level in found for code in level) == sorted(c for frame in frames for c in frame)
