"""The client's wheel: built, and installed by itself, where neither Django nor torch is."""

import json
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SITE = {"django", "torch", "rest_framework", "celery", "psycopg"}
LOOKS = f"""
import importlib.util, json, sys
from s2s_arena import cli, sounds
import leaderboard.ranking.board, leaderboard.ranking.reading
there = [name for name in {sorted(SITE)} if importlib.util.find_spec(name)]
print(json.dumps({{"there": there, "decodes": sounds.can_decode(), "from": cli.__file__}}))
"""


def ran(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    # What builds it is here already: no test needs a network.
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    ran(sys.executable, "-m", "pip", "wheel", *options, ROOT / "client")
    (found,) = folder.glob("*.whl")
    return found


def needed(names, found=()):
    """What has to be there for these requirements, and what those need in turn."""
    known = set(found)
    for one in map(Requirement, names):
        extras = one.extras or {""}
        if one.name in known or (one.marker and not any(one.marker.evaluate({"extra": e}) for e in extras)):
            continue
        known.add(one.name)
        known |= needed(metadata.distribution(one.name).requires or [], known)
    return known


@pytest.fixture
def installed(wheel, tmp_path):
    """A fresh environment with the wheel, its extras' requirements, and nothing else."""
    ran(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    (place,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    ran(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    (about,) = place.glob("s2s_arena_client-*.dist-info")
    asked = metadata.PathDistribution(about).requires or []
    wanted = [str(one).split(";")[0] for one in asked]
    for name in needed(wanted):
        distribution = metadata.distribution(name)
        for top in {
            path.parts[0] for path in distribution.files or [] if path.parts[0] not in {"..", "__pycache__"}
        }:
            source = Path(str(distribution.locate_file(top)))
            if source.exists() and not (place / top).exists():
                (place / top).symlink_to(source)
    return python


def test_it_holds_the_client_and_what_its_extras_use_and_nothing_of_the_site(wheel):
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info" not in name]
    below = {"/".join(name.split("/")[:2]) for name in names if not name.startswith("s2s_arena/")}

    assert below == {
        *("inference/__init__.py", "inference/audio"),
        *("leaderboard/__init__.py", "leaderboard/ranking"),
    }
    assert "s2s_arena/py.typed" in names


def test_it_runs_without_django_and_torch(installed, tmp_path):
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    found = json.loads(ran(installed, "-c", LOOKS, cwd=tmp_path, env=alone))
    helped = ran(installed.with_name("s2s-arena"), "--help", cwd=tmp_path, env=alone)

    assert found["there"] == []
    assert found["decodes"]
    assert str(tmp_path) in found["from"]
    assert "submit" in helped
