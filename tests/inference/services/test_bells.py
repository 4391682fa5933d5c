"""Doorbells."""

import json
import os
import signal

import pytest

from arena_site.embedded import Redis, redis_url
from inference.services import bells


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


def test_ring_leaves_a_message_for_each_system_on_its_queue(bell):
    rung = bells.ring([(3, "api"), (4, "gpu"), (5, "api")])

    assert rung is True
    assert bell.waiting("api") == [3, 5]
    assert bell.waiting("gpu") == [4]


def test_a_bell_is_of_no_use_once_the_sweeper_has_rung_again(bell, settings):
    bells.ring([(3, "api")])

    (message,) = bell.client.lrange("api", 0, -1)
    assert json.loads(message)["headers"]["expires"] is not None


def test_ring_gives_up_where_there_is_no_broker(no_broker):
    assert bells.ring([(3, "api")]) is False


def test_ring_gives_up_on_a_broker_that_does_not_answer(broker):
    os.kill(broker.process.pid, signal.SIGSTOP)

    assert bells.ring([(3, "api"), (4, "api")]) is False


def test_ring_works_again_once_the_broker_does(broker):
    broker.stop()
    while_down = bells.ring([(3, "api")])
    broker.start()

    assert (while_down, bells.ring([(3, "api")])) == (False, True)
