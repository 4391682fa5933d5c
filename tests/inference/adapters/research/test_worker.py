"""A research project in the worker: a folder of prompts in, answers and a line per prompt out (S40)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.research import checkouts
from tests.fakes.research.checkouts import PLAIN, SILENT

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def prompts(tmp_path):
    """What people have: an MP3, a stereo file at 44.1 kHz, equal names in two folders; and no good ones."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (31 * 44_100, 2))
    files = {"a/x1.wav": PLAIN, "b/x1.wav": PLAIN, "x2.wav": SILENT, "x10.wav": 31, "speech.mp3": PLAIN}
    for name, seconds in files.items():
        path = tmp_path / "prompts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, noise[: round(seconds * 44_100)], 44_100)
    return tmp_path / "prompts"


def test_the_worker_answers_a_folder_with_a_research_project(tmp_path, prompts):
    pytest.importorskip("torch", reason="torch is not installed; run scripts/torch")
    checkout = checkouts.make("mini_omni", tmp_path / "mini-omni")
    command = [sys.executable, "-m", "inference.worker", "--system", "mini-omni", "--try", str(prompts)]
    environment = {**os.environ, "ARENA_CHECKOUT": str(checkout), "COLUMNS": "200"}

    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )

    out = prompts / "answers-mini-omni"
    facts = {str(p.parent.relative_to(out)): json.loads(p.read_text()) for p in out.rglob("answer.json")}
    assert done.returncode == 1, done.stderr
    assert {name: one.get("code") for name, one in facts.items()} == {
        "a/x1.wav": None,
        "b/x1.wav": None,
        "speech.mp3": None,
        "x2.wav": "no_audio",
        "x10.wav": "prompt_too_long",
    }
    assert facts["x2.wav"]["stages"][0]["text"] == "w1 w2 w3"
    assert facts["a/x1.wav"]["rate"] == 24_000
    assert "a/x1.wav: " in done.stderr
    assert "3 answered, 2 failed" in done.stderr
