"""A backup of a real arena, brought back into a real empty one by the commands that operators use."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from arena_site import backups
from arena_site.backups import history
from inference.models import AudioFile, AuditEntry
from judging.services import seals
from leaderboard.models import Board
from leaderboard.services import snapshots
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
FLAC = factories.flac(factories.tone(seconds=0.3))


@pytest.fixture
def arena(committed_db, settings):
    """Three systems, one sealed vote, one published board, and real files behind every row of sound."""
    people = [factories.annotator() for _ in range(2)]
    prompt = factories.prompt()
    one, other = factories.system(), factories.system()
    pair = factories.pair(prompt, one, other)
    for person in people:
        factories.vote(pair, person, "a")
    settings.BOOTSTRAP_RESAMPLES = 100
    snapshots.build(Board.objects.select_related("criterion").get(slug="overall"), seal=seals.seal(), seed=5)
    for row in AudioFile.objects.all():
        if not default_storage.exists(row.storage_key):
            pytest.fail("a factory made a row without its file")


def restored(folder: Path, var: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py restore` with an embedded PostgreSQL of its own, as on a new machine."""
    names = {"DATABASE_URL", "REDIS_URL", "VAR_DIR", "MEDIA_DIR", "PORT"}
    clean = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(folder), *more],
        cwd=ROOT,
        env=clean | {"VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


def saved(target: Path, **options) -> Path:
    call_command("backup", target, stdout=io.StringIO(), stderr=io.StringIO(), **options)
    return backups.finished(target)[-1]


def test_backups_all_comes_back_to_an_empty_machine(arena, tmp_path, open_folder):
    folder = saved(tmp_path)
    manifest = backups.read(folder)

    run = restored(folder, open_folder / "var")

    assert run.returncode == 0, run.stderr
    assert manifest.seal is not None
    assert manifest.rows["judging_vote"] == 2
    assert [name.rsplit(" ", 1)[0] for name in manifest.snapshots] == ["overall"]
    sounds = {path.name for path in (open_folder / "var" / "media").rglob("*") if path.is_file()}
    assert sounds >= {Path(key).name for key in AudioFile.objects.values_list("storage_key", flat=True)}


def test_backups_a_full_database_is_not_written_over(arena, tmp_path):
    folder = saved(tmp_path)

    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", folder)

    assert connection.introspection.table_names()


def test_backups_an_edit_of_a_vote_inside_the_dump_is_told(arena, tmp_path, open_folder):
    """Whoever edits the database before the backup is found after the restore: the chain of seals tells."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE judging_verdict SET answer = 'b' WHERE id = (SELECT min(id) FROM judging_verdict)"
        )
        cursor.execute("RESET session_replication_role")

    run = restored(saved(tmp_path), open_folder / "var")

    assert run.returncode == 1
    assert "was edited" in run.stderr


def test_backups_a_changed_dump_is_refused(arena, tmp_path, open_folder):
    folder = saved(tmp_path)
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1] + b"x")

    run = restored(folder, open_folder / "var")

    assert run.returncode == 1
    assert "not the file that the manifest tells of" in run.stderr


def test_backups_a_changed_sound_is_refused(arena, tmp_path, open_folder):
    folder = saved(tmp_path)
    sound = next(path for path in (tmp_path / "media").rglob("*") if path.is_file())
    sound.write_bytes(b"x" * sound.stat().st_size)

    run = restored(folder, open_folder / "var")

    assert run.returncode == 1
    assert "is not what its row says" in run.stderr


def test_backups_a_sound_that_is_lost_at_home_fails_the_backup_by_its_name(arena, tmp_path):
    lost = AudioFile.objects.order_by("pk")[0]
    Path(default_storage.path(lost.storage_key)).unlink()

    with pytest.raises(CommandError, match=lost.storage_key):
        saved(tmp_path)

    assert backups.finished(tmp_path) == []


def test_backups_sound_is_copied_once_and_old_backups_go(arena, tmp_path, monkeypatch):
    first = saved(tmp_path)
    sounds = {path: path.stat().st_ino for path in (tmp_path / "media").rglob("*") if path.is_file()}
    # The second backup of one second would be refused: it is a minute older here.
    first.rename(tmp_path / "2020-01-01T000000Z")

    saved(tmp_path, keep=1)

    assert {path: path.stat().st_ino for path in sounds} == sounds
    assert [folder.name > "2020" and folder.name[:4] != "2020" for folder in backups.finished(tmp_path)] == [
        True
    ]


def test_backups_the_manifest_tells_the_dumps_hash(arena, tmp_path):
    folder = saved(tmp_path)

    found = json.loads((folder / "manifest.json").read_text())

    assert found["dump_sha256"] == hashlib.sha256((folder / "database.dump").read_bytes()).hexdigest()


def test_drill_brings_the_newest_backup_back_and_writes_down_that_it_did(
    arena, tmp_path, open_folder, capsys
):
    before = history.last()
    folder = saved(tmp_path)

    call_command("drill", tmp_path, scratch=open_folder)

    said = capsys.readouterr().out
    assert f"{folder} came back in" in said
    assert "1 seals and 1 boards are as saved" in said
    assert list(open_folder.iterdir()) == []
    made, tried = history.last()
    assert before == (None, None)
    assert made < tried
    entry = AuditEntry.objects.filter(action="backup.drill").get()
    assert (entry.actor_label, entry.after["backup"], entry.after["well"]) == ("the site", folder.name, True)


def test_drill_of_a_backup_that_does_not_come_back_fails_and_is_written_down(arena, tmp_path, open_folder):
    dump = saved(tmp_path) / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1] + b"x")

    with pytest.raises(CommandError, match="did not come back"):
        call_command("drill", tmp_path, scratch=open_folder)

    assert history.last().tried is None
    assert AuditEntry.objects.get(action="backup.drill").after["well"] is False


def test_drill_without_a_backup_tries_nothing(arena, tmp_path):
    with pytest.raises(CommandError, match="no complete backup"):
        call_command("drill", tmp_path)
