"""Strict servers on loopback in three dialects, and the adapter as the catalogue would configure it."""

import pytest

from inference.adapters import secrets
from inference.adapters.audio_chat import AudioChat
from inference.adapters.base import MemoryStages
from tests.fakes.audio_chat_server import AudioChatServer

SECRET = "speech-house"
DIALECTS = {
    "openai": {"dialect": "openai"},
    "openai streamed": {"dialect": "openai", "stream": True, "format": "pcm16", "pcm_rate": 24_000},
    "alibaba": {
        "dialect": "alibaba",
        "stream": True,
        "data_uri": True,
        "instructions_in": "user",
        "pcm_rate": 24_000,
    },
    "vllm": {"dialect": "vllm", "prompt_rate": 16_000},
}


@pytest.fixture
def serve():
    """Start a server and build its adapter: `serve("alibaba", limits={"silence": 0.2})`."""
    running = []

    def start(name="openai", *, limits=None, **fields):
        fields = DIALECTS[name] | fields
        server = AudioChatServer(dialect=fields.pop("dialect")).__enter__()
        running.append(server)
        secrets.lend({SECRET: server.key})
        config = server.config(secret=SECRET)
        config["endpoint"]["limits"] = limits or {}
        return server, AudioChat.model_validate(config | fields)

    yield start
    secrets.lend({})
    for server in running:
        server.__exit__()


@pytest.fixture
def ask():
    """Ask about one clip, and return the outcome with its stages."""

    def asked(adapter, clip):
        stages = MemoryStages()
        (outcome,) = adapter.respond([clip], seed=7, stages=[stages])
        return outcome, stages.all()

    return asked
