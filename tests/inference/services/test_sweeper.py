"""The sweeper's process: who leads, and how chores are kept apart."""

import threading

import pytest
from django.db import connection

from inference.models import WorkerPulse
from inference.services import sweep

ran: list[str] = []


def good_chore() -> None:
    ran.append("good")


def bad_chore() -> None:
    ran.append("bad")
    raise RuntimeError("a bug of ours")


def slow_chore() -> None:
    ran.append("slow")
    let_go.wait(30)


let_go = threading.Event()


@pytest.fixture(autouse=True)
def forget():
    ran.clear()
    let_go.clear()
    yield
    let_go.set()


@pytest.fixture
def sweeping(committed_db, settings, eventually):
    """Run a sweeper until something is so: `sweeping(["good"], until=lambda: …)`."""
    settings.SWEEP_SECONDS = 0.01

    def swept(*names, until, every=0.01) -> None:
        stop = threading.Event()
        sweeper = sweep.Sweeper({f"{__name__}.{name}_chore": every for name in names}, stop=stop)
        thread = threading.Thread(target=sweeper.run)
        thread.start()
        try:
            eventually(until)
        finally:
            let_go.set()
            stop.set()
            thread.join()

    return swept


def test_a_failing_or_slow_chore_stops_no_other(sweeping):
    sweeping(
        "good",
        "bad",
        "slow",
        until=lambda: ran.count("good") > 2 and ran.count("bad") > 2 and "slow" in ran,
    )

    assert ran[-1] != "slow"
    assert WorkerPulse.objects.get().worker == "sweeper"


def test_a_chore_that_is_done_rests_for_its_interval(sweeping):
    looks = []

    def looked_often():
        looks.append(1)
        return "good" in ran and len(looks) > 20

    sweeping("good", until=looked_often, every=3600)

    assert ran == ["good"]


def test_a_sweeper_does_nothing_while_another_leads(sweeping):
    looks = []

    def looked_often():
        looks.append(1)
        return len(looks) > 20

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [sweep.LEADER_LOCK])
        sweeping("good", until=looked_often)
        led_meanwhile = list(ran)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [sweep.LEADER_LOCK])
    sweeping("good", until=lambda: ran)

    assert led_meanwhile == []


def test_a_sweeper_leads_again_after_its_connection_was_cut(sweeping):
    cut = []

    def led_twice():
        if ran and not cut:
            with connection.cursor() as cursor:
                # pg_locks shows all databases of the server, those of tests beside this one too.
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
                    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
                cut.extend(cursor.fetchall())
            ran.clear()
        return cut and len(ran) > 3

    sweeping("good", until=led_twice)

    assert cut == [(True,)]


def test_a_leader_that_is_frozen_loses_the_lead(sweeping, settings, eventually):
    settings.LEASE_SECONDS = 1
    frozen = sweep.Sweeper({}, stop=threading.Event())
    frozen._lead()
    led = frozen._leading.is_set()
    # From here on it does nothing, as a process does that was stopped where it is.
    found = []

    def other():
        sweeper = sweep.Sweeper({}, stop=threading.Event())
        try:
            while not sweeper._leading.wait(0.05) and not let_go.is_set():
                sweeper._lead()
            found.append(sweeper._leading.is_set())
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    eventually(lambda: found)
    thread.join()

    frozen._lead()
    assert (led, found) == (True, [True])
    assert not frozen._leading.is_set()


def test_a_sweeper_leads_once_its_tables_are_there(committed_db, settings, eventually):
    settings.SWEEP_SECONDS = 0.01
    stop = threading.Event()
    sweeper = sweep.Sweeper({f"{__name__}.good_chore": 0.01}, stop=stop)
    thread = threading.Thread(target=sweeper.run)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inference_workerpulse RENAME TO elsewhere")
    try:
        thread.start()
        thread.join(1)
        waits = thread.is_alive()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO inference_workerpulse")
    eventually(lambda: "good" in ran)
    stop.set()
    thread.join()

    assert waits
