"""The processes of a worker."""

import os
import random
import threading

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


def test_a_slot_that_closes_gives_back_what_takes_too_long(committed_db, settings, eventually):
    settings.POLL_SECONDS, settings.STOP_SECONDS = 60, 0.05
    job = factories.job(
        factories.system(adapter="scripted", config={"pause_seconds": 30}), factories.prompt()
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


def test_a_slot_stays_with_the_system_whose_weights_are_loaded_for_its_turn(db, settings):
    heavy, other = (
        factories.system(adapter="scripted", config={"runs_on": "gpu", "pause_seconds": pause})
        for pause in (0.0, 0.001)
    )
    asked = [factories.job(system, factories.prompt()) for system in (heavy, other, heavy, other)]
    settings.LOAD_SECONDS = 1000.0

    slot(queues=["gpu"]).drain()

    order = Attempt.objects.order_by("pk").values_list("job", flat=True)
    assert list(order) == [asked[0].pk, asked[2].pk, asked[1].pk, asked[3].pk]


def test_a_system_on_a_gpu_does_not_keep_a_slot_for_good(db, settings):
    heavy, other = (
        factories.system(adapter="scripted", config={"runs_on": "gpu", "pause_seconds": pause})
        for pause in (0.0, 0.001)
    )
    asked = [factories.job(system, factories.prompt()) for system in (heavy, other, heavy, other)]
    settings.LOAD_SECONDS = 0.0

    slot(queues=["gpu"]).drain()

    order = Attempt.objects.order_by("pk").values_list("job", flat=True)
    assert list(order) == [job.pk for job in asked]


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


def test_a_process_knows_its_place():
    process = Process()
    process.worker, process.queues = "worker@here", ("gpu",)

    assert process.slot.worker == f"worker@here/{os.getpid()}"
    assert (process.slot.queues, process.slot.stop) == (("gpu",), process.stop)
    assert process.slot is process.slot
