"""A60: a worker behind a bad network loses and doubles nothing; an upload that is killed goes on."""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from inference.models import Attempt, Job, Response, Submission, System, Upload
from inference.services import sweep, uploads
from inference.services.jobs import pulling
from s2s_arena import settings, working
from s2s_arena.http import Arena
from s2s_arena.working import Answer
from tests import factories
from tests.client.test_commands import copied
from tests.faults.rig.proxy import Mode, Proxy
from tests.inference.api.client import published_set

ROOT = Path(__file__).parents[2]
PROMPTS = 12
FAULTS = (Mode.SLICE, Mode.RESET, Mode.BLACK_HOLE, Mode.DELAY)


@pytest.fixture
def proxy(site):
    """The network between the machine and the site."""
    found = Proxy(listen=0, target=int(site.rpartition(":")[2]))
    found.delay_seconds = 0.3
    found.start()
    yield found
    found.close()


@pytest.fixture
def sweeper(committed_db, monkeypatch):
    """Takes lost jobs back; leases are of seconds, so that a test need not wait for minutes."""
    monkeypatch.setattr(pulling, "LEASE_SECONDS", 4)
    monkeypatch.setattr(working, "BEAT_SECONDS", 1.0)
    monkeypatch.setattr(working, "IDLE_SECONDS", 0.5)
    over = threading.Event()

    def chore():
        while not over.wait(0.5):
            sweep.lost_leases(rng=random.Random(1))
            Job.objects.filter(state=Job.State.QUEUED).update(not_before="2020-01-01T00:00:00Z")
        connections.close_all()

    thread = threading.Thread(target=chore)
    thread.start()
    yield
    over.set()
    thread.join()


def tone(question):
    """An answer of its own to each prompt."""
    drawn = hashlib.sha256(question.id.encode()).digest()
    time.sleep(0.05)
    return Answer(factories.wav(factories.tone(hz=200 + drawn[0], seconds=1 + drawn[1] / 256)))


def test_a_worker_behind_a_bad_network_loses_and_doubles_nothing(lab, proxy, sweeper):
    core = published_set(count=PROMPTS, slug="core", version=3)
    body = {"system": lab.system(), "prompt_set": core.address, "kind": "worker"}
    key = lab.post("submissions", body).json()["id"]
    lab.post(f"submissions/{key}/submit")
    seen, done = [], []

    def answers(asked):
        for question in asked:
            seen.append(question.id)
            yield tone(question)

    def machine():
        with Arena(f"http://127.0.0.1:{proxy.listen}", lab.shown.text) as arena:
            done.append(working.work(arena, key, answers, name="behind", at_most=2))

    worker = threading.Thread(target=machine)
    worker.start()
    faults = 0
    while worker.is_alive() and faults < 400:
        fault = FAULTS[faults % len(FAULTS)]
        proxy.become(fault)
        worker.join(0.4)
        proxy.become(Mode.PASS)
        if fault == Mode.BLACK_HOLE:
            proxy.cut(deaf_only=True)
        worker.join(0.6)
        faults += 1
    worker.join()

    assert faults >= len(FAULTS)
    system = System.objects.get(slug=body["system"])
    states = set(Job.objects.filter(system=system).values_list("state", flat=True))
    assert states == {Job.State.DONE}
    answered = Response.objects.filter(job__system=system)
    assert answered.count() == answered.values("job").distinct().count() == PROMPTS
    assert Attempt.objects.filter(outcome=Attempt.Outcome.DONE).count() == PROMPTS
    assert set(seen) == set(core.prompts.values_list("slug", flat=True))
    # An answer whose receipt was lost is sent again, and counts once.
    assert done[0].answered + done[0].lost == len(seen)


def test_an_upload_that_is_killed_ten_times_stores_each_file_once(lab, machine, site, monkeypatch):
    monkeypatch.setattr(uploads, "PART_BYTES", 200_000)
    core = published_set(count=30, slug="core", version=3)
    folder = copied(machine, "uploaded")
    (folder / "answers").mkdir()
    (folder / "prompts").mkdir()
    lines = [{"id": prompt.slug, "language": "en"} for prompt in core.prompts.all()]
    (folder / "prompts" / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    sounds = {}
    for number, line in enumerate(lines):
        # Some of one part, some of several.
        sound = factories.wav(factories.tone(hz=300 + 7 * number, seconds=2 + 6 * (number % 3)))
        (folder / "answers" / f"{line['id']}.wav").write_bytes(sound)
        sounds[hashlib.sha256(sound).hexdigest()] = sound
    rng = random.Random(7)
    command = [sys.executable, "-m", "s2s_arena.cli", "submit", str(folder), "--json"]
    environment = {
        **os.environ,
        settings.URL: site,
        settings.TOKEN: lab.shown.text,
        "PYTHONPATH": str(ROOT / "client"),
    }
    kills = 0
    while kills < 10:
        before = Upload.objects.filter(state=Upload.State.COMPLETE).count()
        sender = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wanted = before + rng.randint(0, 2)
        while sender.poll() is None and Upload.objects.filter(state=Upload.State.COMPLETE).count() < wanted:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.6))
        sender.kill()
        _, said = sender.communicate()
        assert sender.returncode == -9, said
        kills += 1
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["state"] == "queued"
    assert (Submission.objects.count(), Upload.objects.count()) == (1, 30)
    for upload in Upload.objects.all():
        assert upload.state == Upload.State.COMPLETE
        with default_storage.open(upload.storage_key) as file:
            assert file.read() == sounds.pop(upload.sha256)
    assert sounds == {}
