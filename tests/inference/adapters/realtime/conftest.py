"""A strict server on loopback, and the adapter as the catalogue would configure it."""

import socket

import pytest

from inference.adapters import secrets
from inference.adapters.base import MemoryStages
from inference.adapters.realtime import Realtime
from tests.fakes.realtime_server import RealtimeServer

SECRET = "speech-house"


@pytest.fixture
def server():
    with RealtimeServer() as running:
        secrets.lend({SECRET: running.key})
        yield running
    secrets.lend({})


@pytest.fixture
def adapter(server):
    """Build the adapter: `adapter(voice="marin", limits={"silence": 0.2})`."""

    def build(*, limits=None, model="gpt-realtime-2", secret=SECRET, **fields) -> Realtime:
        endpoint = {"base_url": server.url, "model": model, "secret": secret, "limits": limits or {}}
        return Realtime.model_validate({"endpoint": endpoint, "voice": "marin", **fields})

    return build


@pytest.fixture
def ask(adapter):
    """Ask about clips and return the outcomes with the stages of the first: `ask(clip, mode fields…)`."""

    def asked(*clips, **fields):
        stages = [MemoryStages() for _ in clips]
        outcomes = list(adapter(**fields).respond(clips, seed=7, stages=stages))
        return (*outcomes, stages[0].all()) if len(clips) == 1 else outcomes

    return asked


@pytest.fixture
def deaf_port():
    """A port whose owner takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as owner:
        yield owner.getsockname()[1]
