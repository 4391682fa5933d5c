"""Where the embedded servers keep what, and how they are reached. Nothing here starts anything."""

import base64
import contextlib
import hashlib
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

DATABASE = "arena"
OWNER = "postgres"
# Linux allows 108 bytes for a socket's path (unix(7)); PostgreSQL adds `/.s.PGSQL.5432.lock` to the folder.
LONGEST_SOCKET_FOLDER = 80


class EmbeddedError(Exception):
    """A server of ours would not start; the message says what to do."""


def socket_folder(var: Path) -> Path:
    """The folder of both servers' sockets: below `var`, or a short one where that path is too long."""
    var = var.resolve()
    wanted = home(var) / "run"
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER:
        return wanted
    return Path(tempfile.gettempdir()) / f"s2s-arena-{_mark(var)}"


def database_url(var: Path) -> str:
    """The address of the embedded PostgreSQL of `var`, whether it runs or not."""
    return f"postgresql://{OWNER}@{quote(str(socket_folder(var)), safe='')}/{DATABASE}"


def redis_url(var: Path) -> str:
    """The address of the embedded Redis of `var`, whether it runs or not."""
    return f"redis+socket://{socket_folder(var)}/redis.sock"


def secret_key(var: Path) -> str:
    """Django's secret key: made at the first call and kept in a file for its owner's eyes only."""
    return _kept(var, "secret_key", lambda: secrets.token_urlsafe(48))


def sealing_key(var: Path) -> str:
    """The key that stored secrets are sealed with, `local:` and 32 bytes in base64; kept likewise."""
    return _kept(var, "sealing_key", lambda: f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}")


def _kept(var: Path, name: str, make: Callable[[], str]) -> str:
    path = var / name
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place, so that two processes starting at once end up with one key.
        with tempfile.NamedTemporaryFile("w", dir=var) as draft:
            draft.write(make())
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text()


def home(var: Path) -> Path:
    """Where the servers keep their files: `var` itself, or a place that the database's own user can reach.

    PostgreSQL refuses to run as root. Where root's clone lies in a folder closed to others (such as `/root`),
    the database lives in `/var/lib/s2s-arena` instead.
    """
    if os.geteuid() != 0 or reachable(var):
        return var
    return Path("/var/lib/s2s-arena") / _mark(var)


def package_folder(name: str) -> Path:
    """A package's folder, found without importing it: importing either of them has effects of its own."""
    for entry in sys.path:
        if (folder := Path(entry) / name).is_dir():
            return folder
    raise EmbeddedError(f"The package {name} is not installed. `make run` and `make test` install it.")


def reachable(path: Path) -> bool:
    """Whether every folder above `path` can be entered by anybody."""
    return all(
        not folder.exists() or folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents
    )


def _mark(var: Path) -> str:
    return hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:10]


def tail(path: Path, lines: int = 12) -> str:
    """The end of a log, or a word that there is none."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"
