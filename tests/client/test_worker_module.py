"""`python -m inference.worker --pull`: one of the arena's own adapters answers a submission's jobs."""

import os
import subprocess
import sys
from pathlib import Path

from inference.models import Attempt, Response
from inference.services.submissions import advancing
from tests.client.test_commands import copied

ROOT = Path(__file__).parents[2]


def pull(submission, *, adapter="echo"):
    command = [sys.executable, "-m", "inference.worker", "--adapter", adapter, "--pull", str(submission)]
    return subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )


def test_it_claims_answers_and_ends_when_none_waits(machine, run, lab, prompt_set):
    folder = copied(machine, "worker")
    key = run("submit", folder)[1]["id"]

    done = pull(folder)
    advancing.advance_all()

    assert done.returncode == 0, done.stderr
    assert "3 answered, 0 failed" in done.stderr
    assert Response.objects.count() == 3
    assert {attempt.api_token for attempt in Attempt.objects.all()} == {lab.shown.token}
    assert run("watch", key)[1]["state"] == "awaiting_review"


def test_what_the_arena_says_is_said_in_one_sentence(machine, run, lab, prompt_set):
    done = pull("00000000-0000-0000-0000-000000000000")

    assert done.returncode == 2
    assert "nothing here for you" in done.stderr
    assert "Traceback" not in done.stderr
