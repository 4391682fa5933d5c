"""Stages and hashes."""

import numpy as np

from inference.adapters.base import MemoryStages, Stage, clip_hash, stage_key
from tests.inference.adapters import sounds

GIVEN = {"model": "m 1", "settings": {"a": 1, "b": 2}, "given": "hello"}


def test_stage_key_is_a_sha256_that_ignores_the_order_of_settings():
    key = stage_key("reply", **GIVEN)

    assert len(key) == 64
    assert key == stage_key("reply", **GIVEN | {"settings": {"b": 2, "a": 1}})


def test_stage_key_changes_with_everything_that_goes_in():
    changed = [{"model": "m 2"}, {"settings": {"a": 1, "b": 3}}, {"given": "hello "}]

    keys = {stage_key("reply", **GIVEN), stage_key("speak", **GIVEN)}
    keys |= {stage_key("reply", **GIVEN | one) for one in changed}

    assert len(keys) == 5


def test_clip_hash_tells_rates_and_samples_apart():
    sound = sounds.noise(0.1)
    faster = sounds.clip(sound.samples, rate=8_000)
    other = sounds.clip(np.roll(sound.samples, 1))

    assert clip_hash(sound) == clip_hash(sounds.clip(sound.samples.copy()))
    assert len({clip_hash(sound), clip_hash(faster), clip_hash(other)}) == 3


def test_first_stage_of_a_key_stays():
    stages = MemoryStages()
    stages.put(Stage(name="reply", key="k", text="first", seconds=1))
    stages.put(Stage(name="reply", key="k", text="second", seconds=2))

    assert stages.get("reply", "k") == Stage(name="reply", key="k", text="first", seconds=1)
    assert stages.get("speak", "k") is None
