"""No archive comes in, whatever it holds and however it is named; nothing in it is opened (U4)."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from inference.models import AudioFile
from s2s_arena import content
from tests import factories

NAMES = [
    "a.wav",
    "../../etc/passwd",
    "/etc/passwd",
    "A.wav",
    "a.WAV",
    "a/../b",
    "nul",
    "c:\\x",
    "a\u202egpj.exe",
]


def zipped(*names, method=zipfile.ZIP_DEFLATED, data=b"x" * 2000, before=b""):
    buffer = io.BytesIO(before)
    buffer.seek(0, io.SEEK_END)
    with zipfile.ZipFile(buffer, "a", method) as made:
        for name in names:
            made.writestr(name, data)
    return buffer.getvalue()


def tarred(name="a.wav", *, kind=tarfile.REGTYPE, form=tarfile.USTAR_FORMAT, link="", data=b"x" * 2000):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as made:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        member.size = len(data) if kind == tarfile.REGTYPE else 0
        made.addfile(member, io.BytesIO(data) if member.size else None)
    return buffer.getvalue()


def old_tar():
    """A tar without any mark, as they were before POSIX: only its sum tells."""
    whole = bytearray(tarred())
    whole[257:265] = b"\0" * 8
    whole[148:156] = b" " * 8
    whole[148:156] = b"%06o\0 " % sum(whole[:512])
    return bytes(whole)


VECTORS = {
    **{f"zip of {name!r}": zipped(name) for name in NAMES},
    "zip of nothing": zipped(),
    "zip of two alike": zipped("a.wav", "A.WAV"),
    "zip, stored": zipped("a.wav", method=zipfile.ZIP_STORED),
    "zip of a zip": zipped("inner.zip", data=zipped("a.wav")),
    "zip of a bomb": zipped("zeros", data=b"\0" * 5_000_000),
    "zip of many": zipped(*(f"{number}.wav" for number in range(2000)), data=b""),
    "zip behind other bytes": zipped("a.wav", before=b"#!/bin/sh\nexit 0\n"),
    "encrypted zip": b"PK\x03\x04\x14\x00\x01\x00" + b"\0" * 60,
    "spanned zip": b"PK\x07\x08PK\x03\x04" + b"\0" * 60,
    **{f"tar of {name!r}": tarred(name) for name in NAMES[:3]},
    "tar of a symlink": tarred("a", kind=tarfile.SYMTYPE, link="/etc/passwd"),
    "tar of a hard link": tarred("a", kind=tarfile.LNKTYPE, link="../b"),
    "tar of a device": tarred("a", kind=tarfile.CHRTYPE),
    "tar of a block device": tarred("a", kind=tarfile.BLKTYPE),
    "tar of a pipe": tarred("a", kind=tarfile.FIFOTYPE),
    "tar of GNU": tarred(form=tarfile.GNU_FORMAT),
    "tar of PAX": tarred("a" * 200, form=tarfile.PAX_FORMAT),
    "tar of old": old_tar(),
    "tar.gz": gzip.compress(tarred()),
    "tar.bz2": bz2.compress(tarred()),
    "tar.xz": lzma.compress(tarred()),
    "lzma": lzma.compress(tarred(), format=lzma.FORMAT_ALONE),
    "gzip of a sound": gzip.compress(factories.wav()),
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\0" * 60,
    "rar": b"Rar!\x1a\x07\x01\x00" + b"\0" * 60,
    "zstd": b"\x28\xb5\x2f\xfd" + b"\0" * 60,
    "cpio": b"070701" + b"0" * 104,
    "ar": b"!<arch>\n" + b" " * 60,
    "cab": b"MSCF" + b"\0" * 60,
    "iso": b"\0" * 0x8001 + b"CD001" + b"\0" * 60,
    "lha": b"\x22\x00-lh5-" + b"\0" * 60,
}


def test_there_are_forty_of_them():
    assert len(VECTORS) >= 40


@pytest.mark.parametrize("name", VECTORS)
def test_an_archive_is_known_by_its_content(name):
    assert content.archive_kind(VECTORS[name][: content.HEAD_BYTES])


@pytest.mark.parametrize("make", [factories.wav, factories.flac])
def test_a_sound_is_no_archive(make):
    assert content.archive_kind(make()[: content.HEAD_BYTES]) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["zip of a bomb", "tar of a symlink", "tar of old", "zip behind other bytes"]
)
def test_an_archive_is_refused_at_its_first_part(name, lab, prompt_set):
    body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "uploaded"}
    key = lab.post("submissions", body).json()["id"]
    stored = AudioFile.objects.count()

    (sent,) = lab.upload(key, {"answer.wav": VECTORS[name]})

    assert (sent.status_code, sent.json()["code"]) == (415, "archive_not_accepted")
    (refused,) = lab.get(f"submissions/{key}/uploads", state="refused").json()["results"]
    assert refused["code"] == "archive_not_accepted"
    assert AudioFile.objects.count() == stored
