"""A real site in a process of its own, and a real browser that visits it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import sync_playwright

# Playwright keeps an event loop in the tests' thread; the ORM is used between its calls, never inside of one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nobody clicks before the first clip in a keyboard-only test; the site itself never plays by itself.
    "--autoplay-policy=no-user-gesture-required",
]


def chromium_path() -> str | None:
    """Where a Chromium is; None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True)
class Site:
    """Where the site is, and where its mails lie."""

    url: str
    mails: Path
    environment: dict[str, str]
    log: Path
    pid: int

    def last_mail(self) -> str:
        """The newest mail that the site sent."""
        return max(self.mails.iterdir(), key=lambda path: path.stat().st_mtime_ns).read_text()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def environment(django_db_setup, tmp_path_factory) -> dict[str, str]:
    """What another process needs to see the tests' database, broker and files."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    mails = tmp_path_factory.mktemp("mails")
    return os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "VAR_DIR": str(settings.VAR_DIR),
        "EMAIL_URL": f"file:///{mails}",
        "MAILS": str(mails),
    }


@pytest.fixture(scope="session")
def gunicorn(environment, tmp_path_factory) -> Iterator[Site]:
    """The site as it runs in production."""
    port = free_port()
    log = tmp_path_factory.mktemp("site") / "log"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "arena_site.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        else:
            pytest.fail(f"the site did not answer:\n{log.read_text()}")
        yield Site(
            url=url, mails=Path(environment["MAILS"]), environment=environment, log=log, pid=process.pid
        )
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def site(committed_db, gunicorn) -> Site:
    """The site over an arena that starts empty in each test."""
    for mail in gunicorn.mails.iterdir():
        mail.unlink()
    return gunicorn


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """Debian's Chromium, driven by Playwright."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium; `sh scripts/programs` installs it")
        pytest.skip("no Chromium here: install one (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, request) -> Iterator[object]:
    """A page in a fresh profile; a script error or a breach of the content policy fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    page.set_default_timeout(15_000)
    yield page
    context.close()
    assert complaints == []
