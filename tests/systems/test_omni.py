"""Qwen2.5-Omni, Qwen3-Omni and Moshi in a real worker, as tiny checkpoints (S35-S37, S66-S68)."""

import pytest

from inference.services import jobs
from tests import factories
from tests.systems import prompts

tiny_omni = pytest.importorskip("tests.fakes.tiny_omni", reason="the extra `local` or torch is not installed")
pytest.importorskip(
    "espeakng_loader", reason="the extra `offline`, which speaks the prompts, is not installed"
)

# Answers of about a third of a second: the arena wants 0.2 s at least.
TALKER = {"min_new_tokens": 14, "max_new_tokens": 16}
MODELS = {
    "qwen2.5-omni": {"thinker": {"max_new_tokens": 6}, "talker": TALKER},
    "qwen3-omni": {"thinker": {"max_new_tokens": 6}, "talker": {"min_new_tokens": 5, "max_new_tokens": 6}},
    "moshi": {"listen_seconds": 0.4},
}


@pytest.mark.parametrize("kind", MODELS)
def test_every_prompt_ends_as_it_should(kind, rig, wait_until, tmp_path):
    config = {
        "batch_size": 8,
        "path": str(tiny_omni.KINDS[kind](tmp_path)),
        "model": MODELS[kind] | {"kind": kind},
    }
    system = factories.system("tiny", adapter="omni", config=config)
    silent = factories.system("silent", adapter="omni", config=config | {"path": str(tmp_path / "nowhere")})
    files = prompts.spoken() | prompts.edges()
    stored = prompts.stored(files)
    jobs.request(systems=[system], prompts=stored)
    jobs.request(systems=[silent], prompts=stored[:2])

    # One thread: tiny steps shared among many wait for each other most of the time.
    rig.start_worker(slots=1, OMP_NUM_THREADS="1", ADAPTER_VARIABLES="OMP_NUM_THREADS")
    wait_until("every job has ended", lambda: not prompts.open_jobs().exists(), seconds=300)

    answered = files.keys() - {prompts.TOO_SHORT}
    too_short = {prompts.TOO_SHORT: ["permanent too_short"]}
    assert prompts.codes(system) == {slug: ["done"] for slug in answered} | too_short
    assert prompts.codes(silent) == {one.slug: ["permanent weights_missing"] for one in stored[:2]}
    answers = prompts.answers(system)
    assert answers.keys() == answered
    for answer in answers.values():
        assert (answer.raw.sample_rate, answer.raw.channels) == (24_000, 1)
        assert 200 <= answer.raw.duration_ms <= 500
        assert answer.playback.bytes
        assert answer.own_transcript is not None
        assert answer.stop_reason in {"end", "length"}
        assert answer.parameters["generation"]["dtype"] == "float32"
        assert "transformers" in answer.parameters["libraries"]
    heard = {slug: one.parameters["generation"]["prompt_frames"] for slug, one in answers.items()}
    # Heard to the end, not to the 30 s that a feature extractor keeps by itself.
    assert heard["edge-65-s"] == (813 if kind == "moshi" else 6_500)
    # The same sound in another container is the same sound; stereo is one sound too.
    assert heard["edge-stereo"] == heard["edge-full-scale"] == (13 if kind == "moshi" else 100)
