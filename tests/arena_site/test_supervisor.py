import json
import os
import signal
import sys
import time

import psutil
import pytest

from arena_site.supervisor import Child, Roster

FOREVER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


@pytest.fixture
def child(tmp_path):
    made = Child("napper", FOREVER, log=tmp_path / "log" / "napper.log")
    yield made
    made.ask_to_stop()
    made.wait_or_kill(5)


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that within 5 s")


def test_a_child_that_was_killed_is_started_again(child):
    child.start()
    first = child.process.pid
    os.killpg(first, signal.SIGKILL)
    child.process.wait()
    child.started_at -= 60  # it had run steadily

    assert child.restart_if_ended()

    assert child.running
    assert child.process.pid != first


def test_a_child_that_dies_at_once_is_started_more_and_more_slowly(tmp_path):
    broken = Child("broken", [sys.executable, "-c", "raise SystemExit(1)"], log=tmp_path / "log")
    pauses = []
    for _ in range(3):
        broken.start()
        broken.process.wait()
        assert not broken.restart_if_ended()
        pauses.append(broken.not_before - time.monotonic())
        broken.not_before = 0.0

    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]


def test_what_a_child_prints_is_shown_and_logged(tmp_path):
    shown = []
    child = Child(
        "speaker", [sys.executable, "-c", "print('a mail')"], log=tmp_path / "log", show=shown.append
    )

    child.start()
    child.process.wait()

    until(lambda: shown == ["a mail"])
    until(lambda: (tmp_path / "log").read_text() == "a mail\n")
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_child_that_will_not_stop_is_ended(tmp_path):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
    stubborn = f"{deaf}; time.sleep(600)"
    shown = []
    child = Child("stubborn", [sys.executable, "-c", stubborn], log=tmp_path / "log", show=shown.append)
    child.start()
    until(lambda: shown == ["up"])

    child.ask_to_stop()
    child.wait_or_kill(0.2)

    assert not child.running


def test_what_a_killed_run_left_behind_is_ended_by_the_next(child, tmp_path):
    roster = Roster(tmp_path / "children.json")
    child.start()
    roster.write([child])

    ended = roster.end_leftovers()

    assert ended == ["napper"]
    child.process.wait()
    assert roster.end_leftovers() == []


def test_a_process_that_got_a_used_id_is_left_alone(child, tmp_path):
    child.start()
    born = psutil.Process(child.process.pid).create_time()
    (tmp_path / "children.json").write_text(json.dumps([["napper", child.process.pid, born - 100]]))

    ended = Roster(tmp_path / "children.json").end_leftovers()

    assert ended == []
    assert child.running


@pytest.mark.parametrize("content", ["", "{half a", "[["])
def test_a_roster_that_was_half_written_is_no_hindrance(tmp_path, content):
    (tmp_path / "children.json").write_text(content)

    assert Roster(tmp_path / "children.json").end_leftovers() == []


def test_a_child_without_a_log_writes_where_we_do(capfd):
    child = Child("speaker", [sys.executable, "-c", "print('here')"])

    child.start()
    child.process.wait()

    assert capfd.readouterr().out == "here\n"


def test_a_child_is_ended_with_all_that_it_started(tmp_path):
    mother = f"import subprocess; child = subprocess.Popen({FOREVER}); print(child.pid, flush=True)"
    shown = []
    child = Child(
        "mother",
        [sys.executable, "-c", f"{mother}; child.wait()"],
        log=tmp_path / "log",
        show=shown.append,
    )
    child.start()
    until(lambda: shown)
    grandchild = psutil.Process(int(shown[0]))

    child.kill()

    assert not child.running
    until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)
