"""Stored sound."""

import hashlib
import os
import re
import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.db import connection
from django.utils import timezone

from inference.audio.errors import AudioRefused
from inference.audio.ingest import decode, ingest
from inference.models import AudioFile
from inference.services import media
from tests import factories


def raw_of(data: bytes) -> AudioFile:
    return media.record_raw(media.write(data), ingest(data).raw)


def age(key: str, *, hours: float) -> None:
    then = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(default_storage.path(key), (then, then))


def test_raw_sound_is_kept_as_it_came(db):
    data = factories.wav()
    taken = ingest(data)

    file = media.record_raw(media.write(data), taken.raw)

    assert media.read(file) == data
    assert (file.kind, file.sha256, file.bytes) == ("raw", hashlib.sha256(data).hexdigest(), len(data))
    assert (file.media_type, file.sample_rate, file.channels, file.duration_ms) == (
        "audio/wav",
        24_000,
        1,
        1000,
    )


def test_playback_is_kept_with_its_measures(db):
    data = factories.wav()
    taken = ingest(data)
    raw = media.record_raw(media.write(data), taken.raw)

    file = media.record_playback(media.write(taken.playback.flac), taken.playback, made_from=raw)

    assert media.read(file) == taken.playback.flac
    assert file.sha256 == hashlib.sha256(taken.playback.flac).hexdigest()
    assert (file.kind, file.made_from, file.target_lufs, file.duration_ms) == ("playback", raw, -23, 1400)
    assert file.loudness_lufs == pytest.approx(-23, abs=0.5)
    assert (file.lead_silence_ms, file.trail_silence_ms) == (200, 200)


def test_a_key_is_random_and_says_nothing(db):
    data = factories.wav()

    keys = {media.write(data) for _ in range(3)}

    assert len(keys) == 3
    assert all(re.fullmatch(r"audio/[0-9a-f]{2}/[0-9a-f]{32}", key) for key in keys)


def test_writing_leaves_the_whole_file_and_nothing_beside_it(db):
    key = media.write(b"sound")

    path = Path(default_storage.path(key))
    assert path.read_bytes() == b"sound"
    assert [other.name for other in path.parent.glob("half-*")] == []


def test_a_store_without_folders_is_written_to_as_well(db, monkeypatch):
    monkeypatch.setattr(media, "default_storage", InMemoryStorage())

    key = media.write(b"sound")

    assert media.default_storage.open(key).read() == b"sound"


def test_playback_at_makes_a_quieter_copy_once(db):
    data = factories.wav()
    raw = raw_of(data)

    quiet = media.playback_at(raw, -27)

    assert quiet.loudness_lufs == pytest.approx(-27, abs=0.5)
    assert media.playback_at(raw, -27) == quiet
    assert decode(media.read(quiet)).rate == 24_000


def test_playback_at_made_by_two_at_once_is_stored_once(committed_db):
    data = factories.wav()
    raw = raw_of(data)
    start, got = threading.Barrier(3), []

    def make():
        start.wait()
        got.append(media.playback_at(raw, -26))
        connection.close()

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = AudioFile.objects.get(kind="playback")
    assert got == [stored] * 3
    assert default_storage.exists(stored.storage_key)


def test_playback_at_says_no_where_the_peak_forbids_it(db):
    click = np.zeros(24_000, np.float32)
    click[12_000:12_003] = 0.9
    data = factories.wav(click)
    raw = raw_of(data)

    with pytest.raises(AudioRefused) as refused:
        media.playback_at(raw, -23)

    assert refused.value.code == "target_not_reached"
    assert AudioFile.objects.filter(kind="playback").count() == 0


def test_discard_deletes_what_has_no_row_and_only_that(db):
    file, orphan = factories.raw_audio(), media.write(b"orphan")

    media.discard(file.storage_key, orphan, "audio/00/never-there")

    assert default_storage.exists(file.storage_key)
    assert not default_storage.exists(orphan)


def test_orphans_are_discarded_after_a_day(db):
    data = factories.wav()
    kept = raw_of(data)
    old, young = media.write(b"old"), media.write(b"young")
    half = default_storage.save("audio/ab/half-written", ContentFile(b"half"))
    age(kept.storage_key, hours=48)
    age(old, hours=25)
    age(half, hours=25)
    age(young, hours=23)

    assert media.discard_orphans() == 2

    there = [default_storage.exists(key) for key in (kept.storage_key, young, old, half)]
    assert there == [True, True, False, False]


@pytest.fixture
def folder(db, settings, tmp_path):
    """A media folder of the test's own, with nothing in it."""
    options = {"location": tmp_path, "base_url": None}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": settings.STORAGES["default"]["BACKEND"], "OPTIONS": options}
    }
    return tmp_path


def old_orphan() -> str:
    key = media.write(b"old")
    age(key, hours=25)
    return key


def test_a_folder_that_another_database_owns_keeps_all_its_files(folder, caplog):
    data = factories.wav()
    raw_of(data)
    orphan = old_orphan()
    (folder / "audio/.owner").write_text("another database")

    assert media.discard_orphans() == 0

    assert default_storage.exists(orphan)
    assert (folder / "audio/.owner").read_text() == "another database"
    assert "DATABASE_URL" in caplog.text


def test_an_empty_database_keeps_the_files_of_a_folder_without_a_mark(folder, caplog):
    orphan = old_orphan()

    assert media.discard_orphans() == 0

    assert default_storage.exists(orphan)
    assert not (folder / "audio/.owner").exists()
    assert "DATABASE_URL" in caplog.text


def test_rows_whose_files_lie_elsewhere_make_no_owner(folder, settings):
    data = factories.wav()
    Path(default_storage.path(raw_of(data).storage_key)).unlink()
    orphan = old_orphan()

    assert media.discard_orphans() == 0
    assert default_storage.exists(orphan)


@pytest.mark.parametrize("made", [True, False], ids=["empty", "missing"])
def test_an_empty_folder_becomes_that_of_the_first_database_that_sweeps_it(folder, made):
    if made:
        (folder / "audio/ab").mkdir(parents=True)

    assert media.discard_orphans() == 0
    orphan = old_orphan()

    assert media.discard_orphans() == 1
    assert not default_storage.exists(orphan)


def test_a_database_whose_files_are_there_owns_a_folder_without_a_mark(folder):
    data = factories.wav()
    kept = raw_of(data)
    old_orphan()

    assert media.discard_orphans() == 1

    assert media.read(kept) == data
    assert media.discard_orphans() == 0


def test_nothing_is_swept_where_the_database_does_not_say_who_it_is(folder, caplog):
    media.discard_orphans()
    orphan = old_orphan()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE visitor")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO visitor")
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("SET LOCAL ROLE visitor")

    assert media.discard_orphans() == 0

    assert default_storage.exists(orphan)
    assert "pg_control_system" in caplog.text
