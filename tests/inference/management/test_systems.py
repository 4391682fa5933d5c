"""`manage.py systems`: a line a system, with what this machine lacks for it."""

import io

from django.core.management import call_command

from inference import catalogue
from inference.adapters import secrets
from inference.catalogue import machine
from inference.services import systems, taxonomy


def listed(*arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    out = io.StringIO()
    call_command("systems", *arguments, stdout=out)
    return {line.split()[0]: line for line in out.getvalue().splitlines()[1:] if line.strip()}


def test_every_system_has_its_line_and_says_whether_it_is_here(db, monkeypatch):
    taxonomy.load()
    systems.add("echo")

    lines = listed(monkeypatch=monkeypatch)

    assert sorted(lines) == catalogue.names()
    assert lines["echo"].split()[-3:] == ["–", "nothing", "live"]


def test_a_line_says_what_is_needed_whether_it_is_here_or_not(db, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(secrets.variable("openai"), "a-key-of-somebody")

    lines = listed(monkeypatch=monkeypatch)

    for name, line in lines.items():
        assert [one for one in machine.needs(catalogue.read(name)) if one not in line] == []
    missing = lines["gpt-realtime"].rpartition("the secret openai")[2]
    assert "ARENA_SECRET_OPENAI" not in missing
    assert "a GPU with" in lines["moshika"]


def test_only_what_this_machine_can_run_is_listed_when_asked(db, monkeypatch):
    monkeypatch.setenv("PATH", "")

    lines = listed("--ready", monkeypatch=monkeypatch)

    assert "echo" in lines
    assert all(" nothing " in line for line in lines.values())
