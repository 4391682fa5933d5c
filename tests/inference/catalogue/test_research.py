"""The research projects of the catalogue: where each project and its weights are, and the command for it."""

import pytest

from inference import catalogue
from inference.adapters import registry
from inference.adapters.research.base import Research
from inference.catalogue import machine

ENTRIES = [one for one in map(catalogue.read, catalogue.names()) if one.delivery == "pulled"]
SLUGS = {"glm-4-voice", "kimi-audio", "llama-omni", "mini-omni", "mini-omni2", "speechgpt"}


def test_all_six_are_there():
    assert {one.slug for one in ENTRIES} >= SLUGS


@pytest.mark.parametrize("slug", sorted(SLUGS))
def test_a_project_is_run_by_its_own_adapter_in_its_own_environment(slug):
    entry = catalogue.read(slug)

    adapter = registry.load(entry.adapter, entry.config)

    assert isinstance(adapter, Research)
    assert adapter.secret_names == ()
    assert adapter.checkout == ""
    assert entry.needs.project.startswith("https://github.com/")
    assert entry.needs.weights
    assert entry.needs.gpu_gigabytes > 0
    assert any(
        one.startswith(f"python -m inference.worker --system {slug} ") for one in machine.commands(entry)
    )
