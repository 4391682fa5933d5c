"""Bringing a backup back, and proving that what came back is what was saved."""

from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from arena_site.backups import manifest, media, programs
from arena_site.backups.manifest import DUMP, MEDIA, Manifest, read, sha256
from inference.errors import Refused
from judging.services import seals
from leaderboard.models import Snapshot
from leaderboard.services import snapshots

JOBS = 2


def restore(folder: Path, *, with_media: bool = True, tick: media.Tick) -> list[str]:
    """Bring a backup into an empty database, and compare rows, seals and boards with what was saved.

    Migrations newer than the backup are applied, so that an older backup serves newer code.

    Returns:
        A sentence for each difference; empty where all is as it was.

    Raises:
        Refused: the database is not empty, the dump was changed or does not fit, or a sound is missing.
    """
    found = read(folder)
    if connection.introspection.table_names():
        hint = "Make a new one (createdb), or move var/ away, and try again."
        raise Refused(f"The database is not empty; a restore never writes over anything. {hint}", "not_empty")
    if sha256(folder / DUMP) != found.dump_sha256:
        raise Refused(f"{folder / DUMP} is not the file that the manifest tells of.", "dump_changed")
    programs.run(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        f"--jobs={JOBS}",
        f"--dbname={connection.settings_dict['NAME']}",
        str(folder / DUMP),
    )
    connection.close()
    wrong = [
        f"{table} has {now} rows; the backup had {found.rows[table]}."
        for table, now in manifest.count(found.rows).items()
        if now != found.rows[table]
    ]
    call_command("migrate", verbosity=0)
    if with_media and found.media_files:
        media.bring_back(folder.parent / MEDIA, tick=tick)
    return [*wrong, *_differences(found)]


def _differences(found: Manifest) -> Iterator[str]:
    if manifest.last_seal() != found.seal:
        yield f"The last seal is {manifest.last_seal()}; the backup had {found.seal}."
    for finding in seals.verify():
        yield f"Seal {finding.seal}: {finding.sentence}"
    if manifest.snapshots() != found.snapshots:
        yield f"The boards are {manifest.snapshots()}; the backup had {found.snapshots}."
        return
    # Other code may compute other numbers: then what was published stays as it is, and says so itself.
    for name in found.snapshots if found.code == manifest.code_version() else ():
        slug, number = name.rsplit(" ", 1)
        again = snapshots.rebuild(Snapshot.objects.get(board__slug=slug, number=int(number)))
        if not again.equal:
            yield f"Snapshot {number} of board {slug} does not come to the same bytes."
