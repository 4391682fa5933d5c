"""The pure parts: where a turn ends, counts of placeholders, shapes of waves, rows' own chance."""

import numpy as np
import pytest
import torch
from transformers.models.qwen2_5_omni import processing_qwen2_5_omni
from transformers.models.qwen3_omni_moe import processing_qwen3_omni_moe

from inference.adapters import registry
from inference.adapters.omni import chance, qwen, qwen25, turn

RATE = 24_000


def turn_of(*parts):
    """Sound ("s") and silence ("-") of so many frames each."""
    return np.concatenate(
        [np.full(round(0.08 * RATE) * n, 0.1 if what == "s" else 0.0) for what, n in parts]
    ).astype(np.float32)


@pytest.mark.parametrize(
    ("parts", "frames", "ended"),
    [
        ([("-", 40)], 0, False),
        ([("s", 10)], 10, False),
        ([("s", 10), ("-", 12)], 22, False),
        ([("s", 10), ("-", 13)], 10, True),
        ([("-", 30), ("s", 5), ("-", 20)], 35, True),
        ([("s", 5), ("-", 12), ("s", 5), ("-", 13), ("s", 4)], 22, True),
        ([], 0, False),
    ],
)
def test_turn_ends_where_enough_silence_follows_sound(parts, frames, ended):
    samples = turn_of(*parts) if parts else np.zeros(0, np.float32)

    found = turn.end(samples, RATE, closing_seconds=1.0, silence_dbfs=-50)

    assert found == (frames * round(0.08 * RATE), ended)


def model(kind):
    return registry.load("omni", {"path": "x", "model": {"kind": kind}}).model


class Config:
    """As much of a configuration as is asked for."""

    class thinker_config:  # noqa: N801 -- their name
        class audio_config:  # noqa: N801 -- their name
            n_window = 50


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("qwen2.5-omni", processing_qwen2_5_omni._get_feat_extract_output_lengths),
        ("qwen3-omni", lambda frames: processing_qwen3_omni_moe._get_feat_extract_output_lengths(frames, 50)),
    ],
)
def test_placeholders_are_counted_as_their_processors_count_them(kind, theirs):
    for frames in range(5, 7_000):
        assert model(kind).placeholders(frames, Config) == theirs(frames)


@pytest.mark.parametrize(
    "wave", [torch.ones(6), torch.ones(1, 6), torch.ones(1, 1, 6), [torch.ones(4), torch.ones(1, 2)]]
)
def test_wave_of_any_shape_becomes_samples(wave):
    samples = qwen.flat(wave)

    assert samples.shape == (6,)
    assert samples.dtype == np.float32
    assert qwen.flat([]).size == 0


def test_row_draws_the_same_in_any_batch():
    chances = torch.rand(5, 40)

    with chance.Rows(5, seed=3):
        together = [torch.multinomial(chances, 1) for _ in range(20)]
    alone = []
    for row in range(5):
        with chance.Rows(1, seed=3):
            alone.append([torch.multinomial(chances[row : row + 1], 1) for _ in range(20)])

    assert torch.equal(torch.cat(together, 1), torch.cat([torch.cat(row, 1) for row in alone]))


def test_rows_draw_by_their_probabilities_and_never_what_has_none():
    chances = torch.tensor([[0.0, 0.25, 0.0, 0.75, 0.0]])

    with chance.Rows(1, seed=3):
        drawn = torch.cat([torch.multinomial(chances, 1) for _ in range(2_000)]).flatten()

    assert set(drawn.tolist()) == {1, 3}
    assert float((drawn == 3).float().mean()) == pytest.approx(0.75, abs=0.04)


def test_noise_is_each_rows_own_and_standard_normal():
    with chance.Rows(2, seed=3):
        first, second = torch.randn([1, 5_000]), torch.randn([1, 5_000], dtype=torch.float32, device="cpu")

    assert torch.equal(first, second)
    assert float(first.std()) == pytest.approx(1, abs=0.05)


def test_chance_outside_stays_as_it_was():
    torch.manual_seed(5)
    plain = torch.rand(3)

    torch.manual_seed(5)
    with chance.Rows(1, seed=3):
        torch.multinomial(torch.ones(1, 4), 1)

    assert torch.equal(torch.rand(3), plain)


def test_probabilities_that_are_not_numbers_are_refused():
    with chance.Rows(1, seed=3), pytest.raises(ValueError, match="not numbers"):
        torch.multinomial(torch.tensor([[float("nan"), 1.0]]), 1)


def test_system_text_of_qwen25_is_the_fixed_one():
    assert model("qwen2.5-omni").told == qwen25.FIXED
    assert model("qwen2.5-omni").told.startswith("You are Qwen, a virtual human")
