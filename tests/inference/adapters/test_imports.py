"""What is loaded when: the web process reads tables and builds adapters without their libraries."""

import subprocess
import sys

import pytest

from inference.adapters import registry

HEAVY = ["pocketsphinx", "nltk", "espeakng_loader", "torch", "transformers", "openai", "websockets", "django"]


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


# What an import may not do, as Python itself reports it: read code, and nothing else.
WATCHED = """
import sys

def watch(event, arguments):
    touched = event.startswith(("socket.connect", "socket.getaddrinfo", "subprocess", "os.mkdir"))
    if touched or (event == "open" and set(str(arguments[1])) & set("wax+")):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(watch)
"""


@pytest.mark.parametrize("name", sorted(registry.ADAPTERS))
def test_importing_an_adapter_touches_no_file_and_no_network(name):
    code = f"{WATCHED}\nfrom inference.adapters import registry\nregistry.resolve({name!r})"

    subprocess.run([sys.executable, "-B", "-c", code], check=True)


@pytest.mark.parametrize("module", ["inference.adapters.openai_http", "inference.adapters.realtime.line"])
def test_importing_what_calls_servers_calls_none(module):
    subprocess.run([sys.executable, "-B", "-c", f"{WATCHED}\nimport {module}"], check=True)
