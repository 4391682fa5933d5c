"""docs/adapters.md is followed to the letter: its files are written, installed, tried and let in."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from inference.models import Job
from tests import factories

PAGE = (Path(settings.BASE_DIR) / "docs" / "adapters.md").read_text().partition("## What to mind")[0]
BLOCK = re.compile(r"^```(python|toml|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILES = re.findall(r"^`(backwards\S*|pyproject\.toml)`, ", PAGE, re.MULTILINE)


@pytest.fixture
def followed(tmp_path):
    """The folder that a reader has after writing the page's files."""
    blocks = [text for kind, text in BLOCK.findall(PAGE) if kind != "sh"]
    for name, text in zip(FILES, blocks, strict=True):
        (tmp_path / name).write_text(text)
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "hello.wav").write_bytes(factories.wav(factories.tone(seconds=0.5)))
    return tmp_path


@pytest.fixture
def run(followed, rig):
    """Run a command of the page in that folder, in an environment that has what `pip install` brought."""
    library = followed / "library"

    def ran(command: str) -> subprocess.CompletedProcess[str]:
        words = shlex.split(command)
        if words[0] == "pip":
            # As the page has it, but into the test's own folder, and without asking an index for setuptools.
            words = [
                "-m",
                "pip",
                *words[1:],
                "--quiet",
                "--no-build-isolation",
                "--no-deps",
                f"--target={library}",
            ]
        else:
            words = [
                str(Path(settings.BASE_DIR) / word) if word == "manage.py" else word for word in words[1:]
            ]
        environment = rig.environment | {
            "PYTHONPATH": os.pathsep.join([str(library), str(settings.BASE_DIR)])
        }
        return subprocess.run(
            [sys.executable, *words],
            cwd=followed,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    ran.library = library
    return ran


def test_a_stranger_who_follows_the_page_has_a_system_that_answers(followed, run, rig):
    commands = [line for kind, text in BLOCK.findall(PAGE) if kind == "sh" for line in text.splitlines()]
    prompt = factories.prompt(data=factories.wav(factories.tone(seconds=0.5)))
    said = {}
    for command in commands:
        if "ask" in command:
            rig.start_worker(slots=1, PYTHONPATH=os.pathsep.join([str(run.library), str(settings.BASE_DIR)]))
        done = run(command)
        said[command] = done.stdout + done.stderr
        assert done.returncode == 0, said

    answer = json.loads((followed / "prompts/answers-backwards-slow/hello.wav/answer.json").read_text())
    response = Job.objects.get(system__slug="backwards-slow", prompt=prompt).responses.get()
    assert len(commands) == 4
    assert answer["seconds"] == 2.0
    assert response.raw.duration_ms == 2000


def test_the_pages_code_is_as_short_as_it_says():
    lines = [
        line
        for kind, text in BLOCK.findall(PAGE)
        if kind != "sh"
        for line in text.splitlines()
        if line.strip()
    ]

    assert FILES == ["backwards.py", "pyproject.toml", "backwards-slow.toml"]
    assert len(lines) <= 30
