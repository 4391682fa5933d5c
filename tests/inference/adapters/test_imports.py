"""What is loaded when: the web process reads tables and builds adapters without their libraries."""

import subprocess
import sys

import pytest

HEAVY = ["pocketsphinx", "nltk", "espeakng_loader", "torch", "transformers", "django"]


def loaded(code: str, of: list[str]) -> str:
    """Run code in a fresh interpreter and name the modules it has loaded."""
    program = f"import sys\n{code}\nsys.stdout.write(' '.join(m for m in {of} if m in sys.modules))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("module", ["inference.adapters.registry", "inference.catalogue"])
def test_tables_load_no_runtime(module):
    assert loaded(f"import {module}", [*HEAVY, "numpy", "scipy", "soundfile", "soxr"]) == ""


def test_building_every_catalogue_system_loads_no_runtime():
    code = (
        "from inference import catalogue\nfrom inference.adapters import registry\n"
        "for entry in map(catalogue.read, catalogue.names()): registry.load(entry.adapter, entry.config)"
    )

    assert loaded(code, [*HEAVY, "inference.adapters.offline"]) == "inference.adapters.offline"
