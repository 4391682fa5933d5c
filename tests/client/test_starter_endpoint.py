"""The starter's endpoint: from its folder over the health check to review, called by the pinned client."""

import os
import subprocess
import sys
import time

import pytest

from inference.models import Response, Submission, Team
from tests.client.test_commands import STARTER, copied
from tests.e2e.conftest import free_port
from tests.inference.api.test_uploaded import work

KEY = "the-starters-own-key"


@pytest.fixture
def endpoint(settings):
    """The starter's server; the operator lists it, since it lies on loopback."""
    port = free_port()
    settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", port)})
    program = [sys.executable, str(STARTER / "endpoint" / "server.py"), str(port)]
    with subprocess.Popen(
        program, env={**os.environ, "STARTER_KEY": KEY}, stderr=subprocess.DEVNULL
    ) as server:
        time.sleep(1)
        yield f"http://127.0.0.1:{port}/v1"
        server.terminate()


def test_it_is_asked_three_prompts_and_then_the_rest(endpoint, machine, run, lab, prompt_set):
    folder = copied(machine, "endpoint", **{"https://voice.example.org/v1": endpoint})
    Team.objects.update(cleared_kinds=["endpoint"])

    refused = run("submit", folder)[1]["error"]
    assert refused["code"] == "secret_missing"
    assert run("secret", "starter-key", typed=f"{KEY}\n")[0] == 0
    status, sent = run("submit", folder)
    assert (status, sent["state"], sent["code"]) == (0, "validating", "health_check")
    work()
    work()

    shown = run("watch", sent["id"])[1]
    assert (shown["state"], shown["coverage"]["ok"]) == ("awaiting_review", 3), shown
    assert Response.objects.count() == 3
    assert KEY not in str(shown)


def test_a_wrong_key_comes_back_in_words_without_it(endpoint, machine, run, lab, prompt_set):
    folder = copied(machine, "endpoint", **{"https://voice.example.org/v1": endpoint})
    Team.objects.update(cleared_kinds=["endpoint"])
    run("secret", "starter-key", typed="another-key-than-that\n")
    sent = run("submit", folder)[1]
    work()

    status, shown = run("watch", sent["id"])

    assert (status, shown["state"]) == (1, "invalid")
    assert "does not accept the key" in shown["problems"][0]["detail"]
    assert "another-key" not in str(shown) + str(Submission.objects.values().get())
