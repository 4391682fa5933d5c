"""Where the arena is and who asks: from the environment, or from a file that its owner alone can read."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from s2s_arena.errors import ArenaError

URL, TOKEN = "S2S_ARENA_URL", "S2S_ARENA_TOKEN"
API = "/api/v1"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Settings:
    """Whom to call, and as whom; the token is in no printed form."""

    url: str
    token: str = field(default="", repr=False)


def path() -> Path:
    """Where `login` keeps the token."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "s2s-arena" / "login.json"


def load() -> Settings:
    """Read the environment, then what `login` kept.

    Raises:
        ArenaError: `not_logged_in`.
    """
    kept: dict[str, str] = {}
    if path().exists():
        kept = json.loads(path().read_text("utf-8"))
    url = os.environ.get(URL) or kept.get("url", "")
    if not url:
        fix = f"Run s2s-arena login, or set {URL}."
        raise ArenaError("No arena is known.", code="not_logged_in", fix=fix)
    return Settings(address(url), os.environ.get(TOKEN) or kept.get("token", ""))


def keep(settings: Settings) -> Path:
    """Write the login where its owner alone can read it, whole or not at all."""
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"url": settings.url, "token": settings.token}, file)
    draft.replace(target)
    return target


def address(url: str) -> str:
    """Return the API's address, whatever part of it was given.

    Raises:
        ArenaError: `malformed`: it is none, or a token would travel in clear.
    """
    url = url.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ArenaError(f"{url} is no address of an arena.", code="malformed", fix="Such as https://host.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ArenaError("A token would travel in clear.", code="malformed", fix="Use https.")
    return url if url.endswith(API) else url + API
