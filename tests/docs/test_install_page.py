"""docs/install.md names files, commands and settings that there are, and every file of deploy/."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "install.md").read_text()
DEPLOY = sorted((ROOT / "deploy").iterdir())
UNITS = [path for path in DEPLOY if path.suffix == ".service"]
READ = "".join((ROOT / "arena_site" / name).read_text() for name in ("settings.py", "stores.py"))


def test_every_file_of_deploy_is_on_the_page_and_the_other_way_round():
    named = set(re.findall(r"\]\(\.\./deploy/([\w.-]+)\)", PAGE))

    assert named == {path.name for path in DEPLOY}


def test_every_command_on_the_page_is_there():
    commands = set(re.findall(r"(?:^    |&& )(?:arena|owner) ([a-z_]+)", PAGE, re.MULTILINE))

    assert commands >= {"migrate", "grant_roles", "check", "createsuperuser", "load_taxonomy"}
    assert commands <= set(get_commands())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_is_there_and_writes_only_where_it_may(path):
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(path)
    service = unit["Service"]
    program, *arguments = service["ExecStart"].split()

    assert program.startswith(f"{service['WorkingDirectory']}/.venv/bin/")
    if arguments[0] == "manage.py":
        assert arguments[1] in get_commands()
    assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"]) == (
        "arena",
        "true",
        "strict",
    )
    for name in re.findall(r"EnvironmentFile=/etc/s2s-arena/(\S+)", path.read_text()):
        assert (ROOT / "deploy" / f"{name}.example").exists()


@pytest.mark.parametrize("path", [path for path in DEPLOY if "env" in path.name], ids=lambda path: path.name)
def test_every_variable_of_an_environment_file_is_a_setting(path):
    names = re.findall(r"^#? ?([A-Z][A-Z_]+)=", path.read_text(), re.MULTILINE)

    assert names
    assert [name for name in names if f'"{name}"' not in READ] == []


def test_timers_have_their_service():
    timers = [path for path in DEPLOY if path.suffix == ".timer"]

    assert len(timers) >= 2
    assert all(path.with_suffix(".service") in DEPLOY for path in timers)


def test_tls_is_of_today():
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    [protocols] = re.findall(r"ssl_protocols ([^;]+);", conf)
    [ciphers] = re.findall(r"ssl_ciphers ([^;]+);", conf)

    assert protocols.split() == ["TLSv1.2", "TLSv1.3"]
    assert all(
        re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES\d+-GCM-SHA\d+|CHACHA20-POLY1305)", one)
        for one in ciphers.split(":")
    )


def test_the_checks_for_production_are_clean(tmp_path):
    """S9, with a database that cannot be asked: which role it lets in is the operator's to see."""
    public = {
        "HTTPS": "1",
        "ALLOWED_HOSTS": "arena.example.org",
        "CSRF_TRUSTED_ORIGINS": "https://arena.example.org",
        "SECRET_KEY": "k" * 20 + "3d5f7h9j1l3n5p7r9t1v3x5z" * 2,
        "METRICS_TOKEN": "token",
        "LOG_FORMAT": "json",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }

    ran = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | public,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
