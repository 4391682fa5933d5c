#!/usr/bin/env python
"""The arena's commands. Without DATABASE_URL each brings the embedded PostgreSQL up while it runs."""

import os
import sys
from pathlib import Path

from arena_site.embedded import EmbeddedError, Postgres

# These manage the servers themselves, or need none.
WITHOUT_DATABASE = {"arena", "spectacular", "help", "--help", "version"}


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena_site.settings")
    # Threads of the linear algebra library fight with our own processes: 100 systems took ten times longer.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- after the settings are named

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    postgres = None
    if "DATABASE_URL" not in os.environ and command not in WITHOUT_DATABASE:
        postgres = Postgres(Path(os.environ.get("VAR_DIR") or Path(__file__).parent / "var"))
        try:
            postgres.start()
        except EmbeddedError as error:
            sys.exit(str(error))
    try:
        execute_from_command_line(sys.argv)
    finally:
        if postgres is not None:
            postgres.leave()


if __name__ == "__main__":
    main()
