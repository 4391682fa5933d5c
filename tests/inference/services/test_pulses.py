"""Signs of life."""

import pytest
from django.db import connection

from inference.models import Job, WorkerPulse
from inference.services import pulses
from tests import factories


@pytest.fixture
def silent_for():
    """Turn a slot's pulse back: `silent_for("one", seconds=100)`."""

    def turned(worker, *, seconds):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE inference_workerpulse SET looked_at = clock_timestamp() - make_interval(secs => %s) "
                "WHERE worker = %s",
                [seconds, worker],
            )

    return turned


def test_a_slot_moves_while_it_looks_for_work(db, silent_for):
    for worker in ("looks", "fell silent", "of another worker"):
        pulses.beat(worker, queues=["api"])
    silent_for("fell silent", seconds=61)

    assert pulses.moving(["looks", "fell silent", "never seen"]) == {"looks"}


def test_a_slot_that_is_busy_moves_as_long_as_it_keeps_its_lease(db, silent_for, take):
    factories.job(factories.system(), factories.prompt())
    take(worker="busy")
    silent_for("busy", seconds=200)

    while_kept = pulses.moving(["busy"])
    Job.objects.update(lease_expires_at="2026-01-01T00:00:00Z")

    assert while_kept == {"busy"}
    assert pulses.moving(["busy"]) == set()


def test_pulses_of_slots_that_are_long_gone_are_dropped(db, silent_for, take, settings):
    settings.WATCHDOG_SECONDS = 60
    factories.job(factories.system(), factories.prompt())
    take(worker="busy")
    for worker in ("looks", "silent", "gone"):
        pulses.beat(worker, queues=["api"])
    silent_for("silent", seconds=500)
    silent_for("gone", seconds=601)
    silent_for("busy", seconds=601)

    dropped = pulses.forget_dead()

    assert dropped == 1
    assert set(WorkerPulse.objects.values_list("worker", flat=True)) == {"busy", "looks", "silent"}
