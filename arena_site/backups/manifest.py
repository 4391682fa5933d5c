"""What a backup says about itself, and what a restored arena is compared with."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from inference.errors import Refused
from judging.models import Seal
from leaderboard.models import Snapshot
from leaderboard.selectors import boards
from leaderboard.services import code

MANIFEST = "manifest.json"
DUMP = "database.dump"
MEDIA = "media"
APPS = ("arena_site", "inference", "judging", "leaderboard")
BLOCK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """A backup in figures.

    Attributes:
        made_at: the moment it was begun, ISO 8601 in UTC.
        code: the ranking code, as snapshots name it.
        migrations: the last applied one of each of our apps.
        dump_sha256, dump_bytes: of the file `database.dump`.
        rows: the number of rows of each of our tables.
        seal: number and digest of the last seal; None where nothing was sealed.
        snapshots: result digest of each board's newest published snapshot, by board and number.
        media_files, media_bytes: the stored sounds that rows name.
    """

    made_at: str
    code: str
    migrations: dict[str, str]
    dump_sha256: str
    dump_bytes: int
    rows: dict[str, int]
    seal: tuple[int, str] | None
    snapshots: dict[str, str]
    media_files: int
    media_bytes: int

    def write(self, folder: Path) -> None:
        """Write it into a backup's folder: the last act of making one."""
        draft = folder / f"{MANIFEST}.part"
        draft.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")
        draft.rename(folder / MANIFEST)


def read(folder: Path) -> Manifest:
    """Read a backup's manifest.

    Raises:
        Refused: there is none, or it is no manifest of ours.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text())
        found["seal"] = found["seal"] and tuple(found["seal"])
        return Manifest(**found)
    except FileNotFoundError as error:
        hint = "Name the folder of one backup; one without a manifest was interrupted and is none."
        raise Refused(f"{folder} holds no {MANIFEST}. {hint}", "no_backup") from error
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(f"{folder / MANIFEST} is not one of ours: {error}", "no_backup") from error


def finished(target: Path) -> list[Path]:
    """List the complete backups in a folder, oldest first."""
    return sorted(path.parent for path in target.glob(f"*/{MANIFEST}"))


def tables() -> list[str]:
    """Name every table of ours."""
    models = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    return sorted(model._meta.db_table for model in models)  # noqa: SLF001 -- Django's public name


def count(names: Iterable[str]) -> dict[str, int]:
    """Count the rows of tables exactly, whatever columns they have; -1 where there is none."""
    there = set(connection.introspection.table_names())
    found = dict.fromkeys(names, -1)
    with connection.cursor() as cursor:
        for name in there & set(found):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 -- a quoted name
            found[name] = cursor.fetchone()[0]
    return found


def last_seal() -> tuple[int, str] | None:
    """Number and digest of the newest seal."""
    newest = Seal.objects.order_by("-number").first()
    return (newest.number, newest.digest) if newest else None


def snapshots() -> dict[str, str]:
    """Name each board's newest published snapshot and the digest of its result."""
    newest: dict[str, Snapshot] = {}
    for one in boards.published().select_related("board").order_by("board_id", "number"):
        newest[one.board.slug] = one
    return {f"{slug} {one.number}": one.result_sha256 for slug, one in newest.items()}


def migrations() -> dict[str, str]:
    """Name the last applied migration of each of our apps."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {name: max(number for app, number in applied if app == name) for name in APPS}


def code_version() -> str:
    """Name the ranking code that runs."""
    return code.version()


def sha256(path: Path) -> str:
    """Hash a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
