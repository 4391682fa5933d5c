"""What the tests of jobs share: an adapter with a script, and prompts of a chosen length."""

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings

from inference.services import adapters, jobs
from tests import factories
from tests.fakes import adapters as fakes


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)


@pytest.fixture(autouse=True)
def scripted() -> Iterator[fakes.Notes]:
    """What the adapter `scripted` did."""
    yield fakes.Notes(Path(os.environ[fakes.NOTES]))
    adapters._built.cache_clear()


@pytest.fixture
def prompt_of():
    """A prompt that lasts so many seconds: `prompt_of(0.5)`."""

    def made(seconds: float = 1.0, **fields):
        return factories.prompt(data=factories.wav(factories.tone(seconds=seconds)), **fields)

    return made


@pytest.fixture
def take():
    """A worker's claim: `take()` or `take(system)`."""

    def claimed(system=None, *, queues=("api", "gpu"), worker="test", prefer=None):
        return jobs.claim(
            queues=queues,
            worker=worker,
            system_id=system and system.pk,
            prefer_system_id=prefer and prefer.pk,
        )

    return claimed


@pytest.fixture
def eventually():
    """Wait for what another thread or process does: `eventually(lambda: …)`; fails after 20 s."""

    def became(is_so) -> None:
        until, pause = time.monotonic() + 20, threading.Event()
        while not is_so():
            assert time.monotonic() < until, "It did not come to that within 20 s."
            pause.wait(0.005)

    return became


class Bell:
    """Reads the bells that wait in the run's own Redis."""

    def __init__(self, client) -> None:
        self.client = client

    def waiting(self, queue: str) -> int:
        """How many bells were rung on a queue and not yet answered."""
        return self.client.llen(queue)


@pytest.fixture
def bell(patience):
    client = redis.Redis(unix_socket_path=settings.REDIS_URL.removeprefix("redis+socket://"))
    client.flushall()
    yield Bell(client)
    client.flushall()
    client.close()


@pytest.fixture
def no_broker(monkeypatch, tmp_path):
    """A broker that is not there."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis+socket://{tmp_path}/nobody.sock")
