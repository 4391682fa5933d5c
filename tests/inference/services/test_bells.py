"""Doorbells."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from django.conf import settings

from arena_site.embedded import Redis, redis_url
from inference.services import bells
from tests.faults.rig.proxy import Mode, Proxy


@pytest.fixture
def broker(tmp_path, monkeypatch):
    """A broker of the test's own."""
    server = Redis(tmp_path)
    server.start()
    monkeypatch.setattr(bells.current_app.conf, "broker_write_url", redis_url(tmp_path))
    yield server
    if server.process:
        os.kill(server.process.pid, signal.SIGCONT)
    server.stop()


@pytest.fixture
def slow_broker(bell, tmp_path, monkeypatch):
    """The run's own broker behind a line on which every answer takes a while, each by itself in time."""
    proxy = Proxy(
        listen=tmp_path / "slow.sock", target=Path(settings.REDIS_URL.removeprefix("redis+socket://"))
    )
    proxy.start()
    proxy.delay_seconds = 0.2
    proxy.become(Mode.DELAY)
    monkeypatch.setattr(bells.current_app.conf, "broker_write_url", f"redis+socket://{tmp_path}/slow.sock")
    monkeypatch.setattr(bells, "BELL_SECONDS", 0.1)
    yield proxy
    proxy.close()


def test_ring_leaves_one_message_on_each_queue(bell):
    rung = bells.ring(["api", "gpu", "api", "pulled"])

    assert rung is True
    assert (bell.waiting("api"), bell.waiting("gpu"), bell.waiting("pulled")) == (1, 1, 0)


def test_ring_for_nobody_asks_no_broker(no_broker):
    assert bells.ring(["pulled"]) is True


def test_a_bell_is_of_no_use_once_the_sweeper_has_rung_again(bell):
    bells.ring(["api"])

    (message,) = bell.client.lrange("api", 0, -1)
    assert json.loads(message)["headers"]["expires"] is not None


def test_ring_gives_up_where_there_is_no_broker(no_broker):
    assert bells.ring(["api"]) is False


def test_ring_gives_up_on_a_broker_that_does_not_answer(broker):
    os.kill(broker.process.pid, signal.SIGSTOP)

    assert bells.ring(["api", "gpu"]) is False


def test_ring_does_not_wait_for_a_broker_that_is_slow_and_the_bell_still_comes(slow_broker, bell):
    waited_to_the_end = bells.ring(["api"])
    until = time.monotonic() + 30
    while not bell.waiting("api") and time.monotonic() < until:
        time.sleep(0.05)

    assert waited_to_the_end is False
    assert bell.waiting("api") == 1


def test_ring_works_again_once_the_broker_does(broker, patience):
    broker.stop()
    while_down = bells.ring(["api"])
    broker.start()

    assert (while_down, bells.ring(["api"])) == (False, True)
