"""What a system needs, and whether this machine has it."""

import re
import stat

import pytest

from inference import catalogue
from inference.catalogue import machine

ENTRY = """
version = "1"
label = ""
voice_presentation = "neutral"
hears = ["en"]
speaks = ["en"]
adapter = "{adapter}"
delivery = "{delivery}"
[needs]
packages = ["numpy", "no-such-package"]
gpu_gigabytes = 40
[[needs.weights]]
name = "maker/whole"
gigabytes = 2
[[needs.weights]]
name = "maker/part"
revision = "abc"
gigabytes = 3.5
[model]
slug = "m"
name = "M"
provider = "P"
licence = "L"
card = "A model that exists only here, to be looked for on a machine."
"""


def entry(*, adapter="echo", delivery="called"):
    return catalogue.parse("s", ENTRY.format(adapter=adapter, delivery=delivery))


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("PATH", str(tmp_path))
    machine.gpu_gigabytes.cache_clear()
    yield tmp_path
    machine.gpu_gigabytes.cache_clear()


def test_what_a_system_needs_is_listed():
    assert machine.needs(entry()) == [
        "maker/whole (2 GB)",
        "maker/part (3.5 GB)",
        "a GPU with 40 GB",
        "the package numpy",
        "the package no-such-package",
    ]


def test_what_is_not_here_is_named(hub):
    (hub / "hub" / "models--maker--whole" / "snapshots" / "any").mkdir(parents=True)
    (hub / "hub" / "models--maker--part" / "snapshots" / "another").mkdir(parents=True)

    assert machine.missing(entry()) == [
        "maker/part",
        "a GPU with 40 GB (here: 0)",
        "pip install no-such-package",
    ]


def test_a_card_that_the_driver_reports_counts(hub):
    smi = hub / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 143771\n")
    smi.chmod(smi.stat().st_mode | stat.S_IXUSR)

    assert not any("GPU" in lacking for lacking in machine.missing(entry()))
    assert machine.gpu_gigabytes() == pytest.approx(150.75, abs=0.01)


def test_a_driver_that_fails_is_no_card(hub):
    smi = hub / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho 'no devices' ; exit 9\n")
    smi.chmod(smi.stat().st_mode | stat.S_IXUSR)

    assert machine.gpu_gigabytes() == 0


@pytest.mark.parametrize(
    ("delivery", "programs"),
    [
        ("called", ["add_system s", "ask --system s --wait"]),
        (
            "pulled",
            [
                "add_system s",
                "export_prompts prompts",
                "inference.worker --system s --try prompts",
                "import_answers s prompts/answers-s",
            ],
        ),
        ("uploaded", ["add_system s", "import_answers s answers"]),
    ],
)
def test_each_delivery_has_its_commands(delivery, programs):
    found = machine.commands(entry(delivery=delivery))

    assert [re.sub(r"^python (manage\.py|-m) ", "", command) for command in found] == programs


@pytest.mark.parametrize("name", catalogue.names())
def test_every_system_of_the_catalogue_can_be_looked_for(name):
    found = catalogue.read(name)

    assert set(machine.secret_names(found)) <= {
        one.removeprefix("the secret ") for one in machine.needs(found)
    }
    assert machine.commands(found)
