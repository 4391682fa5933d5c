"""The child process: what it may not do, and what its parent hears when it goes wrong."""

import logging
import multiprocessing
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import billiard
import psutil
import pytest

from inference.audio import children
from inference.audio.children import Allowance
from inference.audio.errors import AudioRefused, Code
from inference.audio.ingest import ingest
from tests.inference.audio import sounds

HERE = "tests.inference.audio.misbehaviour:"
BRIEF = Allowance(wall_seconds=0.3, cpu_seconds=5)
ROOT = Path(__file__).resolve().parents[3]


def refusal(work, raw=b"x", *, allowance=None, **options):
    with pytest.raises(AudioRefused) as refused:
        children.run(HERE + work, raw, options=options, allowance=allowance)
    return refused.value.code


def test_a_child_answers_and_ends():
    answer, payload = children.run(HERE + "echo", b"sound", options={"a": [1, "b"]})

    assert (answer["options"], payload) == ({"a": [1, "b"]}, b"sound")
    assert not psutil.pid_exists(answer["pid"])


def test_the_log_says_what_a_child_used(caplog):
    caplog.set_level(logging.DEBUG, children.logger.name)

    children.run(HERE + "spin_for", b"", options={"seconds": 0.1})
    children.run(HERE + "fill_memory", b"", options={"size": 100_000_000})

    spun, filled = (record.args for record in caplog.records if "audio_child_ended" in record.msg)
    assert spun[0] == filled[0] == 0
    assert spun[1] < 100_000_000 < filled[1]
    assert spun[2] >= 0.1


def test_each_job_has_a_child_of_its_own_under_one_zygote():
    pids = [children.run(HERE + "echo", b"", options={})[0]["pid"] for _ in range(3)]

    assert len(set(pids)) == 3
    assert children._zygote.pid not in pids


@pytest.mark.parametrize(
    ("work", "allowance", "code"),
    [
        ("segfault", None, Code.DECODER_FAILED),
        ("abort", None, Code.DECODER_FAILED),
        ("raise_a_bug", None, Code.DECODER_FAILED),
        ("answer_no_json", None, Code.DECODER_FAILED),
        ("leave_quietly", None, Code.DECODER_FAILED),
        ("no_such_function", None, Code.DECODER_FAILED),
        ("sleep_for_ever", BRIEF, Code.DECODER_TIMED_OUT),
        ("spin", BRIEF, Code.DECODER_TIMED_OUT),
        ("spin", Allowance(cpu_seconds=1), Code.DECODER_TIMED_OUT),
        ("eat_memory", None, Code.DECODER_OUT_OF_MEMORY),
    ],
)
def test_a_child_that_goes_wrong_is_a_refusal_and_the_next_one_works(work, allowance, code):
    assert refusal(work, allowance=allowance) == code

    assert children.run(HERE + "echo", b"next", options={})[1] == b"next"


def test_a_child_that_dies_before_it_has_read_everything_is_a_refusal():
    assert refusal("no_such_function", bytes(20_000_000)) == Code.DECODER_FAILED


def test_a_child_that_ignores_its_clock_is_killed_by_its_parent(monkeypatch):
    children.run(HERE + "echo", b"", options={})
    monkeypatch.setattr(children, "START_SECONDS", 0.1)

    assert refusal("ignore_the_alarm", allowance=BRIEF) == Code.DECODER_TIMED_OUT

    assert_ends(psutil.Process(children._zygote.pid).children())


def test_a_zygote_that_dies_is_replaced():
    children.run(HERE + "echo", b"", options={})
    dead = children._zygote.pid

    psutil.Process(dead).kill()

    assert children.run(HERE + "echo", b"again", options={})[1] == b"again"
    assert children._zygote.pid != dead


def test_a_zygote_that_dies_under_its_job_is_replaced_once_and_the_job_tried_again():
    children.run(HERE + "echo", b"", options={})
    zygote = psutil.Process(children._zygote.pid)
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(
            children.run(HERE + "sleep_for", b"", options={"seconds": 0.5})[0]["lived"]
        )
    )
    waiting.start()
    wait_for_child(zygote)

    zygote.kill()
    waiting.join()

    assert answers == [True]


def test_the_zygote_has_one_thread_and_forgets_the_environment(monkeypatch):
    monkeypatch.setenv("ARENA_SECRET", "key")
    children.close()
    children.run(HERE + "echo", b"", options={})
    zygote = psutil.Process(children._zygote.pid)

    assert zygote.num_threads() == 1
    assert "ARENA_SECRET" not in zygote.environ()
    assert zygote.net_connections(kind="inet") == []


def test_many_threads_share_one_zygote():
    raws = [sounds.wav(sounds.babble(0.4, seed=seed)) for seed in range(8)]

    with ThreadPoolExecutor(4) as pool:
        together = [done.playback.flac for done in pool.map(ingest, raws)]

    assert together == [ingest(raw).playback.flac for raw in raws]


def test_one_that_hangs_holds_nobody_up():
    children.run(HERE + "echo", b"", options={})
    waiting = threading.Thread(target=refusal, args=("sleep_for_ever",))
    waiting.start()
    hanging = wait_for_child(psutil.Process(children._zygote.pid))

    assert children.run(HERE + "echo", b"quick", options={})[1] == b"quick"
    assert waiting.is_alive()
    hanging.kill()
    waiting.join()


def _pool_worker(queue):
    queue.put((children.run(HERE + "echo", b"forked", options={})[1], children._zygote.pid))
    children.close()


@pytest.mark.parametrize("library", [multiprocessing, billiard], ids=["multiprocessing", "celery's billiard"])
def test_a_forked_daemon_starts_a_zygote_of_its_own(library):
    children.run(HERE + "echo", b"", options={})
    mine, context = children._zygote.pid, library.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_pool_worker, args=(queue,), daemon=True)

    process.start()
    payload, theirs = queue.get(timeout=60)
    process.join()

    assert payload == b"forked"
    assert theirs != mine
    assert children.run(HERE + "echo", b"still", options={})[1] == b"still"
    assert children._zygote.pid == mine


def test_zygote_and_child_do_not_outlive_a_killed_parent():
    program = (
        "import threading\n"
        "from inference.audio import children\n"
        "from inference.audio.children import Allowance\n"
        f"children.run('{HERE}echo', b'', options={{}})\n"
        f"job = ('{HERE}sleep_for_ever', b'')\n"
        "threading.Thread(target=children.run, args=job, kwargs={'options': {}}).start()\n"
        "print(children._zygote.pid, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        zygote = psutil.Process(int(parent.stdout.readline()))
        child = wait_for_child(zygote)
        parent.send_signal(signal.SIGKILL)

    assert_ends([zygote, child])


def test_a_plain_script_ends_cleanly():
    program = (
        "from inference.audio import children\n"
        f"print(children.run('{HERE}echo', b'script', options={{}})[1].decode(), children._zygote.pid)\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    said, pid = done.stdout.split()
    assert (said, done.stderr) == ("script", "")
    assert not psutil.pid_exists(int(pid))


def wait_for_child(process):
    while not process.children():
        psutil.wait_procs([process], timeout=0.01)
    return process.children()[0]


def assert_ends(processes):
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []
