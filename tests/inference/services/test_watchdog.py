"""Which slots are stuck, by what they do in the database."""

import pytest
from django.db import connection

from inference.services import pulses
from inference.services.slots import slot_name
from inference.services.watchdog import Watchdog
from tests import factories

ONE, TWO = 11, 12


class Clock:
    """Stands still between two steps, for the watchdog and for the pulses alike."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def step(self, seconds):
        self.now += seconds
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE inference_workerpulse SET looked_at = looked_at - make_interval(secs => %s)",
                [seconds],
            )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watchdog(db, clock, settings):
    settings.WATCHDOG_SECONDS, settings.WATCHDOG_PATIENCE_SECONDS = 60.0, 10.0
    return Watchdog(worker="worker@here", queues=["api"], slots=2, now=clock)


@pytest.fixture
def look(watchdog):
    """One slot looks for work, or several."""

    def looked(*processes):
        for process in processes:
            pulses.beat(slot_name("worker@here", process), queues=["api"])

    return looked


@pytest.fixture
def due(db):
    """A job that waits."""
    return factories.job(factories.system(), factories.prompt())


def after(seconds, watchdog, clock, *, look=lambda: None):
    """What the watchdog says once time has passed, while it looks every two seconds."""
    stuck = watchdog.stuck([ONE, TWO])
    for _ in range(round(seconds / 2)):
        clock.step(2.0)
        look()
        stuck = watchdog.stuck([ONE, TWO])
    return stuck


def test_slots_that_look_for_work_are_let_be(watchdog, clock, look, due):
    assert after(200, watchdog, clock, look=lambda: look(ONE, TWO)) == set()


def test_a_slot_that_fell_silent_is_stuck_and_the_other_is_not(watchdog, clock, look, due):
    look(TWO)

    in_time = after(58, watchdog, clock, look=lambda: look(ONE))
    later = after(14, watchdog, clock, look=lambda: look(ONE))

    assert in_time == set()
    assert later == {TWO}


def test_slots_that_never_looked_are_stuck(watchdog, clock, due):
    assert after(58, watchdog, clock) == set()
    assert after(14, watchdog, clock) == {ONE, TWO}


def test_nobody_is_stuck_where_nothing_is_due(watchdog, clock, look):
    look(ONE, TWO)

    assert after(200, watchdog, clock) == set()


def test_after_an_outage_slots_have_a_while_to_look_again(watchdog, clock, look, due):
    look(ONE, TWO)
    clock.step(300)
    watchdog.forgive()

    at_once = watchdog.stuck([ONE, TWO])
    clock.step(5)
    look(ONE)
    soon = watchdog.stuck([ONE, TWO])

    assert at_once == soon == set()


def test_a_worker_has_time_to_come_up_before_a_slot_is_missed(watchdog, clock):
    clock.step(119)
    in_time = watchdog.slot_is_missing()
    clock.step(2)
    too_late = watchdog.slot_is_missing()
    watchdog.start_over()

    assert (in_time, too_late, watchdog.slot_is_missing()) == (False, True, False)


def test_a_worker_that_does_not_replace_a_slot_is_told_of(watchdog, clock):
    watchdog.stuck([ONE, TWO])
    clock.step(59)
    watchdog.stuck([ONE])
    in_time = watchdog.slot_is_missing()
    clock.step(2)

    assert not in_time
    assert watchdog.slot_is_missing()
