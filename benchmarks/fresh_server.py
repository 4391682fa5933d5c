"""docs/install.md followed on a fresh server: opened, voted on, saved, destroyed, restored, compared.

    python -m benchmarks.fresh_server [--install] [--keep]

The paths of the page lie below a scratch folder, and the lines of deploy/'s units are started by hand: all
else is as the page says, with the roles of its database, its environment files, its nginx and its TLS.
`--install` makes the virtual environment anew (minutes, network); without it this checkout's is used.
"""

import argparse
import hashlib
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks import fresh_units
from benchmarks.fresh_units import HOST, Units

ROOT = Path(__file__).resolve().parents[1]
# What has to come back to the byte, with what is worked out from it.
SAME = ("/api/v1/boards/overall/snapshots/latest", "/boards/overall/card.json", "/api/v1/boards")
VOTES = 12
# As the site's own role: an arena to vote on, and sessions of people who may.
SEED = """
import django; django.setup()
from benchmarks.load import seeding
seeding.arena(jobs=120)
print("\\n".join(seeding.people(3)))
"""


def main() -> int:
    """Follow the page, and print how long each step took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--keep", action="store_true", help="Leave the folder for looking.")
    options = parser.parse_args()
    top = Path(tempfile.mkdtemp(prefix="s2s-arena-fresh-"))
    top.chmod(0o711)
    server = Server(top, install=options.install)
    try:
        told = server.follow()
    finally:
        server.units.stop()
        server.units.redis.stop()
        server.units.database.stop()
        if not options.keep:
            shutil.rmtree(top, ignore_errors=True)
    print(json.dumps(told, indent=1))
    return 0 if told["same_bytes"] else 1


class Server:
    """One machine below a folder."""

    def __init__(self, top: Path, *, install: bool) -> None:
        self.units = Units(top)
        self.install = install
        self.steps: dict[str, float] = {}

    def follow(self) -> dict[str, Any]:
        """Go through the page from its first line to the restored board."""
        self.step("code", self.fetch)
        self.step("database", self.units.make_database)
        self.step("tables", self.tables)
        sessions = self.step("an arena to vote on", self.seed)
        self.step("open", self.open)
        cast = self.step("votes", lambda: self.vote(sessions))
        before = self.step("published", self.published)
        self.step("backup", lambda: self.units.run("arena-backup"))
        self.step("drill", lambda: self.units.run("arena-drill"))
        self.step("destroy", self.destroy)
        said = self.step("restore", self.restore)
        after = self.step("open again", self.opened_again)
        return {
            "load": round(os.getloadavg()[0], 1),
            "seconds": self.steps,
            "votes_cast": cast,
            "restore_said": said,
            "bytes": {path: {"before": before[path], "after": after[path]} for path in SAME},
            "same_bytes": before == after,
        }

    def step(self, name: str, act: Any) -> Any:
        """Do one step and note its time."""
        print(f"  {name} …", file=sys.stderr)
        began = time.monotonic()
        found = act()
        self.steps[name] = round(time.monotonic() - began, 1)
        return found

    def fetch(self) -> None:
        """Clone the code and install it."""
        code = self.units.code
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(code)], check=True)  # noqa: S603, S607 -- ours
        if self.install:
            subprocess.run(["make", "-C", str(code), "install"], check=True, stdout=sys.stderr)  # noqa: S603, S607 -- as above
        else:
            (code / ".venv").symlink_to((ROOT / ".venv").resolve())

    def tables(self) -> None:
        """Make the tables as their owner, grant, and check as the site."""
        units = self.units
        units.owner("migrate", "--verbosity", "0")
        units.owner("grant_roles", "arena", "--reader", "arena_backup")
        units.site("load_taxonomy")
        account = {
            "DJANGO_SUPERUSER_EMAIL": "root@example.org",
            "DJANGO_SUPERUSER_PASSWORD": secrets.token_hex(),
        }
        units.site("createsuperuser", "--noinput", **account)
        units.site("check", "--deploy", "--fail-level", "WARNING")

    def seed(self) -> list[str]:
        """Fill it as the site's own role would."""
        return self.units.python(SEED).split()

    def open(self) -> None:
        """Start everything, and wait until all checks are well."""
        for unit in ("arena-web", "arena-sweep", "arena-worker"):
            self.units.start(unit)
        self.units.start_nginx()
        self.until("every check of /health is well", lambda: json.loads(self.get("/health"))["state"] == "ok")

    def vote(self, sessions: list[str]) -> int:
        """Judge a few pairs over TLS as people would."""
        ledger = fresh_units.vote(self.units.tls, sessions, votes=VOTES)
        if ledger.errors:
            raise RuntimeError(f"Votes failed: {dict(ledger.errors)}")
        return len(ledger.took["vote"])

    def published(self) -> dict[str, str]:
        """Wait until a board holds the votes; hash what it says."""
        first = json.loads(self.get(SAME[0]))["number"]
        self.until("a board with the new votes", lambda: json.loads(self.get(SAME[0]))["number"] > first)
        return self.hashes()

    def destroy(self) -> None:
        """Lose everything but code, secrets and backups."""
        self.units.stop()
        self.units.database.stop(mode="immediate")
        for lost in (
            self.units.database.home,
            self.units.top / "srv" / "var",
            self.units.top / "srv" / "media",
        ):
            shutil.rmtree(lost)

    def restore(self) -> str:
        """Bring the backup back on what is a new machine."""
        self.units.make_database()
        self.units.folders()
        [backup] = (self.units.top / "backups" / "arena").glob("*Z")
        said = self.units.owner("restore", str(backup))
        self.units.owner("grant_roles", "arena", "--reader", "arena_backup")
        return said.strip().splitlines()[-1]

    def opened_again(self) -> dict[str, str]:
        """Serve it, and hash what it says now."""
        self.units.start("arena-web")
        self.units.start_nginx()
        self.until("the site answers", lambda: self.get("/health/live"))
        return self.hashes()

    def hashes(self) -> dict[str, str]:
        """Hash what the board says."""
        return {path: hashlib.sha256(self.get(path)).hexdigest() for path in SAME}

    def get(self, path: str) -> bytes:
        """Fetch a page over TLS."""
        context = ssl.create_default_context(cafile=str(self.units.top / "etc" / "cert.pem"))
        context.check_hostname = False
        asked = urllib.request.Request(f"https://127.0.0.1:{self.units.tls}{path}", headers={"Host": HOST})
        with urllib.request.urlopen(asked, timeout=30, context=context) as answer:  # noqa: S310 -- as above
            return bytes(answer.read())

    def until(self, what: str, is_so: Any, *, seconds: float = 240) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while True:
            try:
                if is_so():
                    return
            except OSError:
                pass
            if time.monotonic() > end:
                raise RuntimeError(f"Not within {seconds:g} s: {what}. {self.units.logs()}")
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
