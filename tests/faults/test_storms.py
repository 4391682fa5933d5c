"""The short set of the long programs: the same rig, a smaller size, the same invariants.

Each runs in a process with servers of its own, since it kills them. `make faults` runs the full size.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# One of each kind: a process, a frozen worker, the database, its connections, broken lines.
SINGLE = ("F1", "F2", "F7", "F6", "F13", "F18", "F20")


@pytest.fixture
def run(tmp_path):
    """Run a program as its user does, and return its summary."""

    def program(*arguments: str) -> dict:
        summary = tmp_path / "summary.json"
        command = [sys.executable, "-m", "benchmarks.faults", *arguments, "--to", str(summary)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
        return json.loads(summary.read_text())

    return program


def test_storm_of_faults_loses_and_doubles_nothing(run):
    summary = run("r1", "--jobs", "80", "--seconds", "20", "--seed", "4")

    figures = summary["figures"]
    assert figures["done"] == figures["jobs"] == 80
    assert figures["lost"] == figures["duplicated"] == figures["not_ended"] == 0
    assert summary["faults_injected"] >= 4


def test_single_faults_lose_nothing(run):
    summary = run("r2", "--only", *SINGLE, "--repeat", "1", "--jobs", "12")

    figures = summary["figures"]
    assert set(summary["faults"]) == set(SINGLE)
    assert figures["done"] == figures["jobs"] == 12 * len(SINGLE)
    assert figures["lost"] == figures["duplicated"] == 0


def test_late_answers_are_refused(run):
    summary = run("r4", "--late", "8")

    assert summary["figures"]["late_commits"] >= 8
    assert set(summary["figures"]["late_outcomes"]) == {"fenced"}
