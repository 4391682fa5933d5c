"""Mini-Omni's seven streams of sound, each a step later than the one before, brought back to frames.

Source: the paper (arXiv 2408.16725, section 3.2) and `reconscruct_snac` of gpt-omni/mini-omni, which fails on
answers of less than a frame and passes special codes on.
"""

from collections.abc import Sequence

LAYERS = 7
# Codes of sound; what lies above marks an end, a pad or a place, and SNAC has no entry for it.
CODES = 4096
# Which codes of a frame belong to each level of SNAC, coarse to fine.
LEVELS = ((0,), (1, 4), (2, 3, 5, 6))

Frame = tuple[int, ...]


def undone(streams: Sequence[Sequence[int]]) -> list[Frame]:
    """Take the delays out: frames of seven codes, up to the first that is not all sound.

    Args:
        streams: the codes of each layer, step by step; layer i says nothing in its first i + 1 steps.
    """
    if len(streams) != LAYERS:
        raise ValueError(f"There are {LAYERS} layers, not {len(streams)}.")
    frames = []
    for frame in zip(*(stream[layer + 1 :] for layer, stream in enumerate(streams)), strict=False):
        if not all(0 <= code < CODES for code in frame):
            break
        frames.append(frame)
    return frames


def levels(frames: Sequence[Sequence[int]]) -> tuple[list[int], ...]:
    """Sort the codes of frames by SNAC's levels: one, two and four codes a frame."""
    return tuple([frame[place] for frame in frames for place in places] for places in LEVELS)
