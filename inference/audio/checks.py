"""What is asked of every clip, a function for each thing that can be wrong. None of them asks for speech."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.audio.containers.header import Header
from inference.audio.errors import AudioRefused, Code

SILENT_DBFS = -60.0
# Lossy decoders overshoot full scale by up to 3 dB; what goes far beyond that was never scaled at all.
OVER_FULL_SCALE_DBFS = 12.0
# Clipped: at least this share of the samples stands in runs of at least so many equal samples at full scale.
# Speech driven 9 to 12 dB too far reaches it (6 dB gives 1 to 2 %); a peak-limited master does not, nor does
# a sine, whose crests are curved.
CLIPPED_SHARE = 0.05
CLIPPED_RUN = 4
CLIPPED_LEVEL = 0.98
LEAST_STEP = 1.5 / 32768


@dataclass(frozen=True)
class Limits:
    """How much sound may come in; callers may narrow or widen it.

    Attributes:
        most_bytes: size of the file.
        least_seconds: shortest clip.
        most_seconds: longest clip; decoding stops there, whatever the header says.
        least_rate: Hz.
        most_rate: Hz.
        most_channels: more than this is refused, the rest is mixed to mono.
    """

    most_bytes: int = 25_000_000
    least_seconds: float = 0.2
    most_seconds: float = 120.0
    least_rate: int = 8_000
    most_rate: int = 48_000
    most_channels: int = 2


def check_size(raw: bytes, limits: Limits) -> None:
    """Look at the bare number of bytes.

    Raises:
        AudioRefused: `empty` or `too_large`.
    """
    if not raw:
        raise AudioRefused("The file is empty (0 bytes).", Code.EMPTY)
    if len(raw) > limits.most_bytes:
        raise AudioRefused(
            f"The file has {len(raw) / 1e6:.1f} MB; at most {limits.most_bytes / 1e6:g} MB are taken.",
            Code.TOO_LARGE,
        )


def check_header(header: Header, limits: Limits) -> None:
    """Look at rate and channels before anything is decoded.

    Raises:
        AudioRefused: `rate_not_accepted`, `too_many_channels` or `undecodable`.
    """
    if not limits.least_rate <= header.rate <= limits.most_rate:
        raise AudioRefused(
            f"The sampling rate is {header.rate} Hz; {limits.least_rate} to {limits.most_rate} Hz are taken.",
            Code.RATE_NOT_ACCEPTED,
        )
    if header.channels > limits.most_channels:
        raise AudioRefused(
            f"The file has {header.channels} channels; at most {limits.most_channels} are taken.",
            Code.TOO_MANY_CHANNELS,
        )
    if header.channels < 1:
        raise AudioRefused("The header names no channel at all.", Code.UNDECODABLE)


def check_length(frames: int, *, rate: int, limits: Limits) -> None:
    """Look at the counted length, not the promised one.

    Raises:
        AudioRefused: `no_samples`, `too_short` or `too_long`.
    """
    if frames == 0:
        raise AudioRefused("The file holds no sound: not one sample follows its header.", Code.NO_SAMPLES)
    seconds = frames / rate
    if seconds < limits.least_seconds:
        raise AudioRefused(
            f"The clip lasts {seconds:.2f} s; at least {limits.least_seconds:g} s are needed.", Code.TOO_SHORT
        )
    if seconds > limits.most_seconds:
        raise AudioRefused(
            f"The clip lasts longer than the {limits.most_seconds:g} s that are taken.", Code.TOO_LONG
        )


def check_promise(frames: int, header: Header) -> None:
    """Compare the counted length with the promised one.

    Raises:
        AudioRefused: `lying_header`.
    """
    promised = header.promised_frames
    if promised is not None and abs(frames - promised) > header.tolerance_frames:
        raise AudioRefused(
            f"The header promises {promised / header.rate:.2f} s, but the file holds "
            f"{frames / header.rate:.2f} s. Save the file again.",
            Code.LYING_HEADER,
        )


def check_values(samples: NDArray[np.float32]) -> None:
    """Look at the values themselves; any shape.

    Raises:
        AudioRefused: `not_finite` or `over_full_scale`.
    """
    if not np.isfinite(samples).all():
        raise AudioRefused(
            "The file holds samples that are not numbers (NaN or infinity). Look where they are made.",
            Code.NOT_FINITE,
        )
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > 10 ** (OVER_FULL_SCALE_DBFS / 20):
        raise AudioRefused(
            f"The samples reach {peak:,.0f} times full scale. Scale float samples to lie between -1 and 1.",
            Code.OVER_FULL_SCALE,
        )


def check_audible(samples: NDArray[np.float32]) -> None:
    """Refuse silence; a constant offset is no sound either.

    Args:
        samples: shape (n,), float32, n > 0.

    Raises:
        AudioRefused: `silent`.
    """
    mean = float(samples.mean(dtype=np.float64))
    peak = max(float(samples.max()) - mean, mean - float(samples.min()))
    if peak < 10 ** (SILENT_DBFS / 20):
        level = f"its peak is {20 * np.log10(peak):.0f} dBFS" if peak > 0 else "all samples are equal"
        raise AudioRefused(
            f"Mixed to mono, the clip is silent ({level}); its peak must reach {SILENT_DBFS:g} dBFS.",
            Code.SILENT,
        )


def check_unclipped(flat: int, total: int) -> None:
    """Compare the samples that stand flat at full scale with all of them.

    Raises:
        AudioRefused: `clipped`.
    """
    if flat >= CLIPPED_SHARE * total:
        raise AudioRefused(
            f"The clip is overdriven: {100 * flat / total:.0f} % of it is cut off flat at full scale. "
            "Lower the level before it is digitised.",
            Code.CLIPPED,
        )


def flat_samples(samples: NDArray[np.float32]) -> int:
    """Count the samples that stand in flat runs at full scale, over all channels.

    Args:
        samples: shape (n, channels), float32.
    """
    at_top = np.abs(samples) >= CLIPPED_LEVEL
    if not at_top.any():
        return 0
    flat = 0
    for channel, top in zip(samples.T, at_top.T, strict=True):
        # A link joins two neighbours that are equal and at the top; a run of k links spans k + 1 samples.
        links = (np.abs(np.diff(channel)) <= LEAST_STEP) & top[1:] & top[:-1]
        edges = np.flatnonzero(np.diff(np.concatenate(([False], links, [False])).astype(np.int8)))
        runs = edges[1::2] - edges[::2] + 1
        flat += int(runs[runs >= CLIPPED_RUN].sum())
    return flat
