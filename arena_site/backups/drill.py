"""The drill: the newest backup is brought back on the side, and proves itself or not."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from arena_site.backups import history
from arena_site.backups.manifest import finished, read
from inference.errors import Refused

# Where a restore would find our own database and files instead of a place of its own.
_OURS: Final = {"DATABASE_URL", "REDIS_URL", "VAR_DIR", "MEDIA_DIR", "MEDIA_REDIRECT", "MEDIA_BUCKET", "PORT"}
_SAID: Final = 2000


class Drill(NamedTuple):
    """What came of it.

    Attributes:
        folder: the backup that was tried.
        seconds: from nothing to proven.
        well: whether all of it came back as it was saved.
        said: what the restore told.
    """

    folder: Path
    seconds: float
    well: bool
    said: str


def drill(target: Path, *, scratch: Path | None = None, with_media: bool = True) -> Drill:
    """Restore the newest backup into a PostgreSQL of its own, compare, and throw it away.

    Args:
        target: where backups are kept.
        scratch: where there is room for a copy of the database; a temporary folder where None.
        with_media: False where sounds are not in the backup.

    Raises:
        Refused: there is no backup to try.
    """
    there = finished(target)
    if not there:
        raise Refused(f"There is no complete backup in {target}.", "no_backup")
    folder = there[-1]
    var = Path(tempfile.mkdtemp(prefix="s2s-arena-drill-", dir=scratch))
    # PostgreSQL runs as another user where we are root: it has to reach its files.
    var.chmod(0o711)
    began = time.monotonic()
    try:
        ran = subprocess.run(  # noqa: S603 -- our own program
            [
                *(sys.executable, "manage.py", "restore", str(folder)),
                *(() if with_media else ("--without-media",)),
            ],
            cwd=settings.BASE_DIR,
            env={name: value for name, value in os.environ.items() if name not in _OURS}
            | {"VAR_DIR": str(var)},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    finally:
        shutil.rmtree(var, ignore_errors=True)
    seconds = time.monotonic() - began
    said = (ran.stdout if ran.returncode == 0 else ran.stderr).strip()[-_SAID:]
    made = read(folder)
    history.note(
        history.TRIED,
        well=ran.returncode == 0,
        backup=folder.name,
        seconds=round(seconds, 1),
        rows=sum(made.rows.values()),
        said="" if ran.returncode == 0 else said,
    )
    return Drill(folder, seconds, ran.returncode == 0, said)
