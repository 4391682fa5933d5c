"""The processes of a worker."""

import os
import random
import subprocess
import sys
import threading

import pytest
from django.conf import settings as site
from django.db import connection

from inference.models import Attempt, Job, WorkerPulse
from inference.services.slots import Process, Slot, StopFlag
from tests import factories


def slot(**fields):
    return Slot(**({"worker": "one", "queues": ["api"], "rng": random.Random(1)} | fields))


def test_drain_runs_all_that_is_due_of_a_system(db):
    system, other = factories.system(), factories.system()
    for _ in range(3):
        factories.job(system, factories.prompt())
    waits = factories.job(other, factories.prompt())

    ran = slot().drain(system.pk)

    assert ran == 3
    assert Job.objects.filter(system=system, state="done").count() == 3
    assert Job.objects.get(pk=waits.pk).state == "queued"
    assert set(Attempt.objects.values_list("worker", flat=True)) == {"one"}


def test_drain_runs_all_systems_where_none_is_named(db):
    for _ in range(3):
        factories.job(factories.system(), factories.prompt())

    assert slot().drain() == 3
    assert slot().drain() == 0


def test_drain_takes_nothing_once_the_worker_stops(db):
    factories.job(factories.system(), factories.prompt())
    flag = StopFlag()
    flag.set()

    assert slot(stop=flag).drain() == 0
    assert Job.objects.get().state == "queued"


def test_a_busy_slot_lets_a_bell_go(committed_db, scripted, eventually):
    system = factories.system(adapter="scripted", config={"pause_seconds": 0.3})
    factories.job(system, factories.prompt())
    busy = slot()
    thread = threading.Thread(target=lambda: (busy.drain(), connection.close()))
    thread.start()
    eventually(Job.objects.filter(state="running").exists)

    ran = busy.drain()

    thread.join()
    assert ran == 0
    assert Job.objects.get().state == "done"


def test_an_open_slot_looks_for_work_by_itself(committed_db, settings, eventually):
    settings.POLL_SECONDS = 0.01
    factories.job(factories.system(), factories.prompt())
    opened = slot()

    opened.open()

    eventually(Job.objects.filter(state="done").exists)
    opened.close()
    assert WorkerPulse.objects.get().worker == "one"


def test_a_slot_goes_on_looking_after_an_error(committed_db, settings, monkeypatch, eventually):
    settings.POLL_SECONDS = 0.01
    factories.job(factories.system(), factories.prompt())
    opened, real, tries = slot(), Slot.drain, []

    def drain(self, system_id=None):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a bug of ours")
        return real(self, system_id)

    monkeypatch.setattr(Slot, "drain", drain)
    opened.open()

    eventually(Job.objects.filter(state="done").exists)
    opened.close()
    assert len(tries) >= 2


def test_a_slot_that_closes_gives_back_what_takes_too_long(committed_db, settings, monkeypatch, eventually):
    settings.POLL_SECONDS = 60
    monkeypatch.setattr("inference.services.slots.STOP_SECONDS", 0.05)
    job = factories.job(
        factories.system(adapter="scripted", config={"pause_seconds": 0.6}), factories.prompt()
    )
    opened = slot()
    opened.open()
    eventually(Job.objects.filter(state="running").exists)

    opened.close()

    given_back = Job.objects.get()
    opened._poller.join()
    assert (given_back.state, given_back.crashes) == ("queued", 0)
    assert Job.objects.get().state == "queued"
    assert job.attempt_set.get().outcome == "released"


def test_a_stop_flag_is_seen_by_a_forked_process():
    flag = StopFlag()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(reading, 1)
        os._exit(7 if flag.is_set() else 1)

    flag.set()
    os.write(writing, b".")

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    os.close(reading)
    os.close(writing)


HANGS = """
import django
django.setup()
from inference.services import slots
from django.conf import settings
settings.DEADLINE_SECONDS = 0.3
slot = slots.Slot(worker="one", queues=["api"], expendable=True)
with slot._ended_at_deadline(1):
    {body}
print("came back")
"""


@pytest.mark.parametrize(
    ("body", "code"),
    # The first never gives the interpreter's lock back: no thread of Python could end it.
    [("import re; re.match('(a+)+$', 'a' * 64 + 'b')", 1), ("pass", 0)],
    ids=["hangs", "ends"],
)
def test_a_process_that_hangs_in_native_code_is_ended_at_the_deadline(body, code):
    done = subprocess.run(
        [sys.executable, "-c", HANGS.format(body=body)],
        cwd=site.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "arena_site.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == code
    assert ("came back" in done.stdout) is (code == 0)
    assert ("Timeout" in done.stderr) is (code == 1)


def test_a_process_knows_its_place():
    process = Process()
    process.worker, process.queues = "worker@here", ("gpu",)

    assert (process.slot.worker, process.slot.queues, process.slot.stop) == (
        "worker@here",
        ("gpu",),
        process.stop,
    )
    assert process.slot is process.slot
    assert process.slot.expendable
