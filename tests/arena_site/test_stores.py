"""Sounds in an S3-compatible store, through the real client and a loopback store."""

import hashlib

import pytest
from django.core.files.storage import default_storage, storages
from django.test import override_settings

from arena_site import stores
from inference.services import media
from tests import factories
from tests.fakes.s3_server import S3Server

pytest.importorskip("storages", reason="the extra s3 is not installed")
pytestmark = pytest.mark.django_db


@pytest.fixture
def store(settings):
    with S3Server() as server:
        ours = settings.STORAGES | {"default": stores.sounds(bucket=server.address, folder=None)}
        with override_settings(STORAGES=ours):
            yield server
    storages._backends = None


def test_a_sound_goes_in_comes_out_and_is_signed_for(store):
    key = media.write(b"a sound")

    with default_storage.open(key) as stored:
        assert stored.read() == b"a sound"
    assert store.objects == {key: b"a sound"}
    assert store.signers == {"ours"}


def test_a_file_of_the_arena_lies_there_and_is_read_back(store):
    raw = factories.raw_audio()

    assert hashlib.sha256(media.read(raw)).hexdigest() == raw.sha256
    assert raw.storage_key in store.objects


def test_what_nobody_names_is_listed_and_taken_out(store):
    kept, lost = factories.raw_audio(), media.write(b"nobody's")

    # The loopback store says that all of it is old.
    assert media.discard_orphans() == 1

    assert kept.storage_key in store.objects
    assert lost not in store.objects


@pytest.mark.parametrize("status", [500, 403, 404])
def test_a_store_that_fails_fails_as_a_file_would(store, status):
    raw = factories.raw_audio()
    store.status = status

    with pytest.raises(OSError):  # noqa: PT011 -- any of them
        media.read(raw)


def test_a_store_that_is_away_fails_as_a_file_would(settings):
    server = S3Server()
    server._server.server_close()
    ours = settings.STORAGES | {"default": stores.sounds(bucket=server.address, folder=None)}

    with override_settings(STORAGES=ours), pytest.raises(OSError, match="store of sounds"):
        media.write(b"a sound")


@pytest.mark.parametrize(
    "address", ["https://k:s@h/b", "s3+https://h/b", "s3+https://k:s@h/", "s3+https://k:s@/b", "bucket"]
)
def test_a_wrong_address_is_refused_without_being_told(address):
    with pytest.raises(ValueError, match="MEDIA_BUCKET is no address") as told:
        stores.sounds(bucket=address, folder=None)

    assert "k:s" not in str(told.value)
