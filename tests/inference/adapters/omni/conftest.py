"""Tiny checkpoints on the disk, made once a run, and adapters that load them as they would load real ones."""

import pytest

from inference.adapters import registry
from inference.adapters.base import MemoryStages

pytest.importorskip("transformers", reason="the extra `local` is not installed")
pytest.importorskip("torch", reason="scripts/torch was not run here")

# Answers of a moment, so that a test takes one too.
SHORT = {
    "qwen2.5-omni": {"thinker": {"max_new_tokens": 8}, "talker": {"max_new_tokens": 6}},
    "qwen3-omni": {"thinker": {"max_new_tokens": 8}, "talker": {"max_new_tokens": 6}},
    "moshi": {"listen_seconds": 0.5},
}


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """`checkpoint("moshi")`: its folder."""
    from tests.fakes import tiny_omni  # noqa: PLC0415 -- loads torch

    made = {}

    def folder(kind):
        if kind not in made:
            made[kind] = tiny_omni.KINDS[kind](tmp_path_factory.mktemp(kind))
        return made[kind]

    return folder


@pytest.fixture
def omni(checkpoint):
    """`omni("moshi", listen_seconds=2)`: the adapter, over the tiny checkpoint of that kind."""

    def made(kind, *, path=None, **settings):
        model = {"kind": kind, **SHORT[kind], **settings.pop("model", {})}
        return registry.load(
            "omni", {"path": str(path or checkpoint(kind)), "batch_size": 8, "model": model, **settings}
        )

    return made


@pytest.fixture
def ask():
    """`ask(adapter, clips, seed=7)`: what `respond` yields."""

    def asked(adapter, clips, *, seed=7):
        return list(adapter.respond(clips, seed=seed, stages=[MemoryStages() for _ in clips]))

    return asked
