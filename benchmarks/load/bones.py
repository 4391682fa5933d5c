"""The skeleton's web process, and a voter of its own kind."""

import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.load import client
from benchmarks.load.client import Ledger, Line
from benchmarks.load.site import ROOT, Site

PEOPLE = 50


class Bones:
    """Loads the skeleton on the site's database and port."""

    def __init__(self, site: Site) -> None:
        self.site = site
        made = os.environ | {"SKELETON_MAKE": "1", "DJANGO_SETTINGS_MODULE": ""}
        program = [sys.executable, "-c", "import benchmarks.load.skeleton"]
        subprocess.run(program, cwd=ROOT, env=made, check=True)  # noqa: S603 -- our own program

    def load(self, *, rate: float, seconds: float) -> dict[str, Any]:
        """Run its cycles at a constant rate."""
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        self.site.start(module="benchmarks.load.skeleton", busy=False)
        ledger = Ledger()
        people = [Line(self.site.port, f"bones{number}") for number in range(PEOPLE)]

        def cycle(line: Line, due: float) -> None:
            pair = line.ask("GET", "/pair")
            ledger.note("pair", time.perf_counter() - due, pair)
            for kind, method, path in (
                ("board", "GET", "/board"),
                ("vote", "POST", f"/vote/{pair.headers['X-Ballot']}"),
            ):
                began = time.perf_counter()
                answer = line.ask(method, path)
                ledger.note(kind, time.perf_counter() - began, answer)

        pace = client.constant(cycle, people, rate=rate, seconds=seconds)
        self.site.stop()
        return pace | ledger.figures()
