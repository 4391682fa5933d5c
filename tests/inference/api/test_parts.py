"""A file of several parts: a program is killed in the middle, and the next one sends the rest."""

import base64
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.files.storage import default_storage
from django.db import connection
from django.test.testcases import LiveServerThread

from inference.models import Upload, UploadPart
from inference.services import uploads
from tests import factories
from tests.inference.api.client import Program, published_set, sha, team_of

# Sends a part whole, then half of the next one, says so, and waits for its end.
SENDER = """
import http.client, sys, pathlib
port, token, upload, file, part_bytes, first, second = sys.argv[1:]
data = pathlib.Path(file).read_bytes()
size = int(part_bytes)
link = http.client.HTTPConnection("127.0.0.1", int(port))
def head(number, part, digest):
    link.putrequest("PUT", f"/api/v1/uploads/{upload}/parts/{number}")
    link.putheader("Authorization", f"Bearer {token}")
    link.putheader("Content-Type", "application/octet-stream")
    link.putheader("Content-Digest", f"sha-256=:{digest}:")
    link.putheader("Content-Length", str(len(part)))
    link.endheaders()
head(1, data[:size], first)
link.send(data[:size])
answer = link.getresponse()
answer.read()
head(2, data[size : 2 * size], second)
link.send(data[size : size + size // 2])
print(answer.status, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lab(committed_db):
    ada = factories.user("ada@example.org")
    return Program(team_of(ada), ada)


@pytest.fixture
def port(lab):
    """Where a server of the whole site listens."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.start()
    server.is_ready.wait()
    yield server.port
    server.terminate()


@pytest.fixture
def file():
    """A WAV of three parts."""
    data = factories.wav(factories.tone(seconds=95, rate=48_000), rate=48_000, subtype="FLOAT")
    assert len(data) // uploads.PART_BYTES == 2
    return data


def registered(lab, data):
    body = {"system": lab.system(), "prompt_set": published_set().address, "kind": "uploaded"}
    submission = lab.post("submissions", body).json()["id"]
    wanted = {"files": [{"sha256": sha(data), "bytes": len(data), "name": "long.wav"}]}
    return lab.post(f"submissions/{submission}/uploads", wanted).json()["uploads"][0]


def cut(data):
    """The parts by number."""
    size = uploads.PART_BYTES
    return {at // size + 1: data[at : at + size] for at in range(0, len(data), size)}


def test_what_a_killed_program_sent_is_not_sent_again(lab, port, file, tmp_path):
    made = registered(lab, file)
    assert (made["part_bytes"], made["missing"]) == (uploads.PART_BYTES, [1, 2, 3])
    parts, path = cut(file), tmp_path / "long.wav"
    path.write_bytes(file)
    digests = [base64.b64encode(bytes.fromhex(sha(parts[number]))).decode() for number in (1, 2)]
    said = [port, lab.shown.text, made["id"], path, uploads.PART_BYTES, *digests]
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER, *map(str, said)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert sender.stdout.readline().strip() == b"200"

    sender.kill()
    sender.communicate()

    assert UploadPart.objects.get().number == 1
    left = lab.get(f"uploads/{made['id']}").json()
    assert (left["state"], left["missing"]) == ("open", [2, 3])
    early = lab.post(f"uploads/{made['id']}/complete")
    assert (early.status_code, early.json()["code"], early.json()["missing"]) == (
        409,
        "upload_incomplete",
        [2, 3],
    )
    for number in left["missing"]:
        assert lab.put_part(made["id"], number, parts[number]).status_code == 200
    done = lab.post(f"uploads/{made['id']}/complete")
    assert (done.status_code, done.json()["state"]) == (200, "complete"), done.json()
    upload = Upload.objects.get(public_id=made["id"])
    with default_storage.open(upload.storage_key) as whole:
        assert sha(whole.read()) == sha(file)


def test_a_file_that_two_programs_complete_at_once_is_stored_once(lab, file):
    root = Path(default_storage.path("uploads"))
    earlier = set(root.rglob("*"))
    made = registered(lab, file)
    for number, part in cut(file).items():
        assert lab.put_part(made["id"], number, part).status_code == 200
    upload, together = Upload.objects.get(public_id=made["id"]), threading.Barrier(2)

    def complete(_):
        try:
            together.wait()
            return uploads.complete(upload).state
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        states = list(threads.map(complete, range(2)))

    upload.refresh_from_db()
    new = set(root.rglob("*")) - earlier
    there = {str(one.relative_to(root.parent)) for one in new if one.is_file()}
    assert states == ["complete"] * 2
    assert there == {upload.storage_key, upload.ready["key"]}


def test_a_part_that_is_not_what_it_says_is_not_kept(lab, file):
    made = registered(lab, file)
    parts = cut(file)

    short = lab.put_part(made["id"], 1, parts[3])
    other = lab.put_part(made["id"], 1, parts[1], digest=bytes(32))
    none = lab.put_part(made["id"], 4, parts[3])
    twice = [lab.put_part(made["id"], 1, parts[1]).status_code for _ in range(2)]
    changed = lab.put_part(made["id"], 1, parts[2])

    assert [answer.json()["code"] for answer in (short, other, none, changed)] == [
        "malformed",
        "part_digest_mismatch",
        "not_found",
        "part_digest_mismatch",
    ]
    assert twice == [200, 200]
    assert UploadPart.objects.get().number == 1
