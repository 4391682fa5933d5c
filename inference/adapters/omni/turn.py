"""Where a full-duplex model's turn ends: pure arithmetic on samples."""

import numpy as np
from numpy.typing import NDArray

FRAME_SECONDS = 0.08


def end(
    samples: NDArray[np.float32], rate: int, *, closing_seconds: float, silence_dbfs: float
) -> tuple[int, bool]:
    """Find where the answer ends: where, after some sound, silence begins that lasts long enough.

    Args:
        samples: shape (n,), from the end of the prompt on.
        rate: samples a second.
        closing_seconds: how long that silence lasts at least.
        silence_dbfs: frames whose RMS is below are silent.

    Returns:
        The number of samples up to there, and whether that silence was heard to the end. Where it was not,
        all samples count; where there was no sound, none.
    """
    length = round(FRAME_SECONDS * rate)
    frames = samples[: len(samples) // length * length].reshape(-1, length).astype(np.float64)
    loud = np.sqrt((frames**2).mean(axis=1)) >= 10 ** (silence_dbfs / 20)
    heard = np.flatnonzero(loud)
    if heard.size == 0:
        return 0, False
    enough = int(np.ceil(closing_seconds / FRAME_SECONDS))
    followers = np.append(heard[1:], len(loud))
    closing = heard[followers - heard - 1 >= enough]
    if closing.size == 0:
        return len(samples), False
    return int(closing[0] + 1) * length, True
