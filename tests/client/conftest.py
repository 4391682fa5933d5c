"""The whole site behind a real socket, and a researcher's machine in front of it."""

import io
import json
import sys

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from inference.models import Membership
from s2s_arena import cli, settings
from s2s_arena.http import Arena
from tests import factories
from tests.inference.api.client import Program, published_set, team_of


@pytest.fixture
def lab(committed_db):
    ada = factories.user("ada@example.org")
    return Program(team_of(ada, slug="harbour", provider="Harbour Lab"), ada)


@pytest.fixture
def moderator(committed_db):
    return factories.user("mo@example.org", is_staff=True)


@pytest.fixture
def prompt_set(committed_db):
    return published_set(slug="core", version=3)


@pytest.fixture
def site(committed_db):
    """The address of a server of the whole site."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def machine(lab, site, monkeypatch, tmp_path):
    """A researcher's environment, logged in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv(settings.URL, site)
    monkeypatch.setenv(settings.TOKEN, lab.shown.text)
    assert Membership.objects.exists()
    return tmp_path


@pytest.fixture
def arena(machine):
    with Arena.from_settings() as found:
        yield found


@pytest.fixture
def run(machine, capsys, monkeypatch):
    """Run a command: `run("quota")` returns its status and its JSON."""

    def ran(*words, typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capsys.readouterr()
        status = cli.main([*map(str, words), "--json"])
        said = capsys.readouterr()
        assert said.err == ""
        return status, json.loads(said.out)

    return ran
