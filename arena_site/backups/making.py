"""Making a backup while the site runs."""

import shutil
from datetime import UTC
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from arena_site.backups import history, manifest, media, programs
from arena_site.backups.manifest import DUMP, MEDIA, Manifest, finished, sha256
from inference.errors import Refused

Figures = tuple[dict[str, str], dict[str, int], tuple[int, str] | None, dict[str, str]]


def make(target: Path, *, keep: int | None = None, with_media: bool = True, tick: media.Tick) -> Path:
    """Save the database and every stored sound into a folder of this moment's name.

    The site may go on: dump and figures are of one and the same snapshot of the database.

    Args:
        target: where backups are kept; made where it is not there.
        keep: how many complete backups stay, this one among them; None keeps all.
        with_media: False where the sounds lie in a store that keeps its own versions.
        tick: called after each sound.

    Returns:
        The backup's folder.

    Raises:
        Refused: a program failed, or a stored sound is not what its row says: then there is no backup.
    """
    began = timezone.now().astimezone(UTC)
    folder = target / began.strftime("%Y-%m-%dT%H%M%SZ")
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise Refused(f"{folder} is there already. Try again in a second.", "backup_exists") from error
    folder.chmod(0o700)
    migrations, rows, seal, snapshots = _dump(folder / DUMP)
    # After the dump: every row in it has its sound already, since bytes are stored before their row.
    files, size = media.save(target / MEDIA, tick=tick) if with_media else (0, 0)
    dump = folder / DUMP
    Manifest(
        made_at=began.isoformat(),
        code=manifest.code_version(),
        dump_sha256=sha256(dump),
        dump_bytes=dump.stat().st_size,
        media_files=files,
        media_bytes=size,
        migrations=migrations,
        rows=rows,
        seal=seal,
        snapshots=snapshots,
    ).write(folder)
    if keep is not None:
        _forget(target, keep=keep)
    history.note(history.MADE, well=True, backup=folder.name, bytes=dump.stat().st_size, sounds=files)
    return folder


def _dump(path: Path) -> Figures:
    """Dump the database, and count in the very snapshot that the dump sees."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # The transaction waits while the dump is made.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        programs.run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={path}",
        )
        return (
            manifest.migrations(),
            manifest.count(manifest.tables()),
            manifest.last_seal(),
            manifest.snapshots(),
        )


def _forget(target: Path, *, keep: int) -> None:
    for old in finished(target)[:-keep]:
        shutil.rmtree(old)
