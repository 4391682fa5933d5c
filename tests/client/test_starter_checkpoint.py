"""The starter's checkpoint: made, put on a hub, submitted by its folder, loaded by a worker, in review."""

import subprocess
import sys

import pytest

from inference.models import Attempt, Response, Team
from inference.services.slots import Slot
from inference.services.submissions import advancing
from tests.client.test_commands import copied
from tests.fakes.hub import FakeHub

COMMIT = "3f1d8c0b5a6e4f7d9c2b1a0e8d7c6b5a4f3e2d1c"
# Another one: what was fetched at a commit is not fetched again.
WITH_CODE = "4a1d8c0b5a6e4f7d9c2b1a0e8d7c6b5a4f3e2d1c"


@pytest.fixture
def hub(settings, tmp_path):
    with FakeHub() as found:
        settings.HUB_URL = found.url
        settings.OUTBOUND_ALLOW_OWN = frozenset({("127.0.0.1", found.port)})
        yield found


def work():
    """Run all that is due on a worker with a model's process, and let the sweeper look."""
    Slot(worker="test", queues=["gpu"]).drain()
    advancing.advance_all()


def made(folder, hub, *, commit=COMMIT, **changed):
    """Run the starter's program, and put what it wrote on the hub; `changed` is what else lies there."""
    subprocess.run([sys.executable, "make.py", "weights"], cwd=folder, check=True, capture_output=True)
    files = {path.name: path.read_bytes() for path in (folder / "weights").iterdir()}
    hub.put("your-name/starter-moshi", commit, files | changed)


def test_the_folder_goes_to_review(machine, run, lab, prompt_set, hub):
    folder = copied(machine, "checkpoint", **{"0" * 40: COMMIT})
    made(folder, hub)
    Team.objects.update(cleared_kinds=["checkpoint"])

    status, sent = run("submit", folder)
    assert (status, sent["state"], sent["code"]) == (0, "validating", "health_check"), sent
    work()
    work()

    shown = lab.get(f"submissions/{sent['id']}").json()
    assert (shown["state"], shown["coverage"]["ok"]) == ("awaiting_review", 3), (
        shown,
        list(Attempt.objects.values("code", "message", "detail")),
    )
    assert run("watch", folder)[0] == 0
    assert Response.objects.count() == 3
    assert any(path.endswith("model.safetensors") for path in hub.sent)


def test_a_moving_branch_is_refused_before_anything_is_sent(machine, run, lab, prompt_set):
    folder = copied(machine, "checkpoint", **{"0" * 40: "main"})

    status, sent = run("submit", folder)

    assert (status, sent["error"]["code"]) == (1, "checkpoint_unpinned")


def test_a_file_of_code_comes_back_by_its_name(machine, run, lab, prompt_set, hub):
    folder = copied(machine, "checkpoint", **{"0" * 40: WITH_CODE})
    made(folder, hub, commit=WITH_CODE, **{"modeling_evil.py": b"open('/tmp/canary', 'w')"})
    Team.objects.update(cleared_kinds=["checkpoint"])

    sent = run("submit", folder)[1]
    work()

    shown = lab.get(f"submissions/{sent['id']}").json()
    assert shown["state"] == "invalid", (shown, list(Attempt.objects.values("code", "message", "detail")))
    assert "modeling_evil.py" in shown["problems"][0]["detail"]
