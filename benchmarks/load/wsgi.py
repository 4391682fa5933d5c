"""The site as a load meets it: personal limits out of the way, and what hashing costs written down."""

import os
import time
from pathlib import Path
from typing import Any

from arena_site.wsgi import application as site
from judging.services import limits

application = site
# Fifty sessions stand for many more people.
limits.CASTS_AN_HOUR = 10**9
limits.FIRST_DAYS = (10**9, 10**9)

HASHES = Path(os.environ["LOAD_HASHES"])


def _counted(method: Any) -> Any:
    """Note the processor's seconds of every hash, of all its threads."""

    def count(*args: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return method(*args, **named)
        finally:
            with HASHES.open("a") as file:
                file.write(f"{time.process_time() - began:.4f}\n")

    return count


def _watch() -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: PLC0415 -- once Django is set up

    for name in ("verify", "encode"):
        setattr(Argon2PasswordHasher, name, _counted(getattr(Argon2PasswordHasher, name)))


_watch()
