"""Prompts that the tests of the adapters share."""

import functools

import numpy as np

from inference.adapters import espeak
from inference.audio.clip import Clip


def clip(samples, rate=16_000) -> Clip:
    return Clip(samples=np.asarray(samples, dtype=np.float32), rate=rate)


def silence(seconds: float) -> Clip:
    return clip(np.zeros(round(seconds * 16_000)))


def noise(seconds: float, seed: int = 1) -> Clip:
    return clip(np.random.default_rng(seed).normal(0, 0.05, round(seconds * 16_000)))


def sine() -> Clip:
    """A second of a full-scale 44.1 kHz sine, the same on both channels of a stereo file, brought to one."""
    wave = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)
    return clip(np.stack([wave, wave], axis=1).mean(axis=1), rate=44_100)


def poisoned() -> Clip:
    """A clip with a sample that is not a number."""
    samples = np.full(16_000, 0.1)
    samples[8_000] = np.nan
    return clip(samples)


@functools.cache
def spoken(text: str, voice: str = "en-us") -> Clip:
    return espeak.speak(text, voice=voice)
