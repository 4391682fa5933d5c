"""A team's checkpoint from a hub on loopback to an answer; and one that is refused, to its team's words."""

import json

import pytest

from inference.adapters import registry
from inference.errors import Refused
from inference.models import Attempt
from inference.services import checkpoints
from inference.services.jobs import hosting
from tests import factories
from tests.fakes.hub import FakeHub
from tests.inference.adapters import sounds
from tests.inference.adapters.omni.conftest import SHORT

COMMIT = "3f1d8c0b5a6e4f7d9c2b1a0e8d7c6b5a4f3e2d1c"


@pytest.fixture
def hub(settings, tmp_path):
    with FakeHub() as found:
        settings.HUB_URL = found.url
        settings.VAR_DIR = tmp_path
        settings.OUTBOUND_ALLOW_OWN = frozenset({("127.0.0.1", found.port)})
        yield found


@pytest.fixture
def system(db, checkpoint, hub):
    """A team's, whose repository holds a tiny moshi."""
    folder = checkpoint("moshi")
    hub.put(
        "lab/moshi", COMMIT, {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    )
    config = {"path": "lab/moshi", "revision": COMMIT, "model": {"kind": "moshi", **SHORT["moshi"]}}
    made = factories.system(adapter="omni", config=config)
    made.model.team = factories.team()
    made.model.save()
    return made


def test_it_is_loaded_from_its_own_folder_and_answers(system, ask):
    config = checkpoints.config_of(system)

    assert config["path"].endswith(COMMIT)
    assert config["revision"] == ""
    (reply,) = ask(registry.load("omni", config), [sounds.silence(0.3)])
    assert reply.clip.seconds > 0


def test_the_sites_own_is_left_as_it_is(system, hub):
    system.model.team = None
    assert checkpoints.config_of(system) == system.config
    assert hub.sent == []


def test_one_with_code_is_refused_before_a_process_starts(system, hub):
    files = hub.repositories["lab/moshi", COMMIT]
    told = json.loads(files["config.json"]) | {"auto_map": {"AutoModel": "evil.Model"}}
    hub.put("lab/moshi", COMMIT, files | {"config.json": json.dumps(told).encode()})

    with pytest.raises(Refused) as refusal:
        hosting.respond(system, [], seed=1, stages=[], abandoned=lambda: False)

    assert refusal.value.code == "checkpoint_custom_code"
    assert "config.json" in refusal.value.message
    assert not Attempt.objects.exists()
