"""What the interface adds to the clips' own length, for a listener who never hesitates (J137: at most 3 s).

Run from the repository: `python -m benchmarks.listener [--pairs 12] [--seconds 3]`. It brings up a PostgreSQL
and a site of its own and drives Chromium: play all, answer each row, Enter. The floor of a pair is the length
of its three clips and the two gaps of *Play all*.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks.jobs import bring_up

GAPS_MS = 2 * 400


def main() -> None:
    """Judge a batch, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=3.0, help="Length of each clip.")
    options = parser.parse_args()
    bring_up()
    session = people(options.pairs, options.seconds)
    with site() as url:
        found = judge(url, session, pairs=options.pairs)
    floor = 3000 * options.seconds + GAPS_MS
    over = [ms - floor for ms, _ in found]
    onward = [ms for _, ms in found]
    figures = {
        "pairs": len(found),
        "floor_ms": floor,
        "interface_median_ms": round(float(np.median(over))),
        "interface_p95_ms": round(float(np.percentile(over, 95))),
        "enter_to_playable_median_ms": round(float(np.median(onward))),
        "enter_to_playable_p95_ms": round(float(np.percentile(onward, 95))),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures, indent=1))


def people(pairs: int, seconds: float) -> str:
    """Make two systems with clips that are so long, and somebody who is logged in; give the session."""
    from django.test import Client  # noqa: PLC0415 -- once Django is set up

    from tests import factories  # noqa: PLC0415 -- as above

    def clip(hz: float) -> Any:
        data = factories.flac(factories.tone(seconds=seconds, hz=hz))
        return factories.playback_audio(factories.raw_audio(), data=data, duration_ms=round(1000 * seconds))

    systems = [factories.system() for _ in range(2)]
    for number in range(pairs + 1):
        prompt = factories.prompt(playback=clip(200 + number))
        for system in systems:
            factories.response(system, prompt, playback=clip(300 + number))
    client = Client()
    person = factories.annotator().user
    assert person is not None  # noqa: S101 -- a new one has an account
    client.force_login(person)
    return str(client.cookies["sessionid"].value)


@contextmanager
def site() -> Iterator[str]:
    """The site as it runs in production, on a free port."""
    from tests.e2e.conftest import free_port  # noqa: PLC0415 -- a tool of the tests

    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "arena_site.wsgi", "--bind", url[7:], "--threads", "4"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:  # noqa: S603 -- our own program
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(url, timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def judge(url: str, session: str, *, pairs: int) -> list[tuple[float, float]]:
    """Judge pair after pair; give the ms from playable to playable, and those from Enter on."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only here

    from tests.e2e.conftest import CHROMIUM_FLAGS, chromium_path  # noqa: PLC0415 -- a tool of the tests

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page.goto(f"{url}/judge/")
        page.get_by_role("button", name="Start").press("Enter")
        page.wait_for_selector("judge-ballot[data-state=ready]")
        for _ in range(pairs - 1):
            before, began = page.url, time.monotonic()
            page.keyboard.press("g")
            page.wait_for_selector("judge-ballot[data-state=open]:not(:has([data-playing]))")
            for _ in range(3):
                page.keyboard.press("ArrowLeft")
            entered = time.monotonic()
            page.keyboard.press("Enter")
            page.wait_for_function("before => location.href !== before", arg=before)
            page.wait_for_selector("judge-ballot[data-state=ready]")
            now = time.monotonic()
            found.append((1000 * (now - began), 1000 * (now - entered)))
        browser.close()
    return found


if __name__ == "__main__":
    main()
