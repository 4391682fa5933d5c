"""The floor."""

import numpy as np

from inference.adapters.base import MemoryStages
from inference.adapters.echo import Echo
from tests.inference.adapters import sounds


def test_echo_returns_the_prompt_sample_for_sample():
    prompt = sounds.noise(1.5)

    (reply,) = Echo().respond([prompt], seed=1, stages=[MemoryStages()])

    assert np.array_equal(reply.clip.samples, prompt.samples)
    assert reply.clip.rate == prompt.rate
    assert reply.transcript is None
