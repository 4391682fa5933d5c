"""`manage.py arena` as its user meets it: started, found in the way, killed, started again, stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]


class Arena:
    """One run of the command, with a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.runs: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        names = {"DATABASE_URL", "REDIS_URL", "VAR_DIR", "MEDIA_DIR", "PORT"}
        clean = {name: value for name, value in os.environ.items() if name not in names}
        run = subprocess.Popen(
            [sys.executable, "manage.py", "arena", "--empty", "--workers", "1", *arguments],
            cwd=ROOT,
            env=clean | {"VAR_DIR": str(self.var)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.runs.append(run)
        return run

    def until_ready(self, run: subprocess.Popen[str]) -> str:
        """Read what it says until it is ready."""
        said = ""
        assert run.stdout is not None
        for line in run.stdout:
            said += line
            if "Ctrl-C stops everything" in line:
                return said
        pytest.fail(f"it ended before it was ready:\n{said}")

    def stop(self, run: subprocess.Popen[str]) -> str:
        """Press Ctrl-C, and return what it says to that."""
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=60)
        return said

    def processes(self) -> list[psutil.Process]:
        """Whoever still works on this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("VAR_DIR") == str(self.var) or str(self.var) in " ".join(
                    process.cmdline()
                ):
                    found.append(process)
            except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return found


@pytest.fixture
def arena(open_folder):
    made = Arena(open_folder)
    yield made
    for run in made.runs:
        if run.poll() is None:
            made.stop(run)
        run.stdout.close()
    for process in made.processes():
        process.kill()


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_it_starts_says_where_and_stops_without_a_trace(arena):
    run = arena.start("--port", str(free_port()))
    said = arena.until_ready(run)
    address = re.search(r"is ready: (http://\S+)", said).group(1)

    page = get(address)
    passwords = re.findall(r"(\S+@example\.org)\s+(\S+)", said)
    farewell = arena.stop(run)

    assert "S2S-Arena" in page
    assert [email for email, _ in passwords] == ["moderator@example.org", "annotator@example.org"]
    assert "Everything is kept" in farewell
    assert run.returncode == 0
    assert arena.processes() == []


def test_a_run_that_was_killed_is_cleaned_up_by_the_next_which_finds_all_again(arena):
    port = str(free_port())
    run = arena.start("--port", port)
    logins = re.findall(r"(\S+@example\.org\s+\S+)", arena.until_ready(run))
    run.kill()
    run.wait()
    left_behind = arena.processes()

    again = arena.start("--port", port)
    said = arena.until_ready(again)

    assert left_behind != []
    assert "left behind" in said
    assert re.findall(r"(\S+@example\.org\s+\S+)", said) == logins
    assert "S2S-Arena" in get(f"http://127.0.0.1:{port}")


def test_a_second_run_on_the_same_folder_is_told_so(arena):
    run = arena.start("--port", str(free_port()))
    arena.until_ready(run)

    said, _ = arena.start("--port", str(free_port())).communicate(timeout=60)

    assert f"already runs on {arena.var} (process {run.pid})" in said
    assert arena.runs[1].returncode == 1
    assert run.poll() is None


def test_a_taken_port_is_named_with_what_to_do(arena):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said, _ = arena.start(PORT=str(port)).communicate(timeout=60)

    assert f"Port {port} is taken on 127.0.0.1. Choose another: make run PORT=9000" in said
    assert arena.runs[0].returncode == 1
    assert arena.processes() == []


def test_a_site_process_that_dies_is_started_again(arena):
    port = free_port()
    run = arena.start("--port", str(port))
    arena.until_ready(run)
    site = next(
        process for process in psutil.Process(run.pid).children() if "gunicorn" in str(process.cmdline())
    )

    site.kill()

    line = next(line for line in run.stdout if "site had ended" in line)
    assert "started again" in line
    for _ in range(200):
        try:
            assert "S2S-Arena" in get(f"http://127.0.0.1:{port}")
            break
        except OSError:
            time.sleep(0.1)
    else:
        pytest.fail("the site did not come back")


@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({"PORT": "soon"}, "A port is a number from 1 to 65535, not soon."),
        ({"PORT": "99999"}, "A port is a number from 1 to 65535, not 99999."),
        ({"HOST": "nowhere.invalid"}, "Nothing can listen on nowhere.invalid"),
    ],
)
def test_an_address_that_cannot_be_is_named(arena, environment, answer):
    said, _ = arena.start(**environment).communicate(timeout=60)

    assert answer in said
    assert "Traceback" not in said
    assert arena.runs[0].returncode == 1
