"""U6 in short: the whole API under generated requests, as four principals, against a real gunicorn."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import fuzz
from tests.inference.api import whole

ROOT = Path(__file__).parents[2]
CASES = 800


def test_nothing_breaks_and_nothing_undocumented_is_said(served):
    asked = json.dumps(whole.principals(tokens=8))
    command = [sys.executable, "-m", "benchmarks.fuzz", "--at", served, "--cases", str(CASES)]

    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    wrong = {name: one["failures"] for name, one in found["principals"].items() if one["failures"]}
    assert (done.returncode, wrong) == (0, {})
    assert set(found["principals"]) == {"nobody", "ada", "rival", "staff"}
    assert found["cases"] >= CASES
    # They come further than the door: things are made, and what is there is found.
    assert found["principals"]["ada"]["statuses"]["200"] > 20
    assert found["principals"]["ada"]["statuses"]["201"] > 0
    assert found["principals"]["nobody"]["statuses"]["401"] > 20


def test_it_finds_an_answer_that_is_not_in_the_schema(tmp_path, served, monkeypatch):
    """The fuzzer can fail: with a status taken out of its copy of the schema, it says so."""
    schema = tmp_path / "openapi.yaml"
    schema.write_text(fuzz.SCHEMA.read_text().replace("        '404':", "        '499':"))
    monkeypatch.setattr(fuzz, "SCHEMA", schema)

    found = fuzz.ask(served, [fuzz.Principal("nobody")], cases=60, seed=1)

    assert any("status_code_conformance" in name for name in found["principals"]["nobody"]["failures"])
