"""The walls around a child, attacked from inside; each test fails where its wall is missing."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inference.audio import children, walls
from inference.audio.children import Allowance
from inference.audio.errors import AudioRefused, Code
from tests.inference.audio import misbehaviour

HERE = "tests.inference.audio.misbehaviour:"
ROOT = Path(__file__).resolve().parents[3]
PLENTY = Allowance(memory_bytes=2_000_000_000, cpu_seconds=60, wall_seconds=60.0)


def run(work, *, allowance=None, **options):
    return children.run(HERE + work, b"", options=options, allowance=allowance)[0]


def refusal(work, *, allowance, **options):
    with pytest.raises(AudioRefused) as refused:
        run(work, allowance=allowance, **options)
    return refused.value.code


@pytest.mark.parametrize("name", misbehaviour.ATTACKS)
def test_a_child_that_was_taken_over_reaches_nothing(name, tmp_path):
    canary = tmp_path / "canary"
    canary.write_bytes(b"kept")
    run("echo")

    answer = run("attack", name=name, path=str(canary), pid=children._zygote.pid)

    assert answer == {"answer": "EPERM"}
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("canary", b"kept")]


# A list of refusals shows nothing if the attacks could not succeed anyway.
@pytest.mark.parametrize(
    "name", ["read a file", "cut a file", "delete a file", "rename a file", "call over TCP", "multiply"]
)
def test_without_walls_the_attacks_succeed(name, tmp_path):
    canary = tmp_path / "canary"
    canary.write_bytes(b"kept")

    assert b"done" in python(attack(name, canary)).stdout


def test_a_child_holds_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("ARENA_SECRET", "key")
    children.close()

    with (tmp_path / "held").open("wb") as held:
        os.set_inheritable(held.fileno(), True)
        answer = run("look_around")

    assert "ARENA_SECRET" not in answer["environment"]
    assert len(answer["descriptors"]) == 4
    assert answer["modules"] == []


@pytest.mark.parametrize(
    ("work", "options", "narrow", "code"),
    [
        ("fill_memory", {"size": 600_000_000}, Allowance(), Code.DECODER_OUT_OF_MEMORY),
        ("spin_for", {"seconds": 1.5}, Allowance(cpu_seconds=1, wall_seconds=60), Code.DECODER_TIMED_OUT),
        ("sleep_for", {"seconds": 1}, Allowance(wall_seconds=0.3), Code.DECODER_TIMED_OUT),
    ],
    ids=["memory", "processor", "time"],
)
def test_a_limit_ends_what_comes_through_with_a_wider_one(work, options, narrow, code):
    assert run(work, allowance=PLENTY, **options)

    assert refusal(work, allowance=narrow, **options) == code


def test_a_file_that_is_open_already_takes_no_byte(tmp_path):
    open_and = (
        f"import sys\nfrom inference.audio import walls\nfile = open({str(tmp_path / 'file')!r}, 'wb', 0)\n"
    )
    write = "file.write(b'x')\n"
    confine = "walls.confine(memory_bytes=10**9, cpu_seconds=9, wall_seconds=9)\n"

    free = python(open_and + write)
    kept = (tmp_path / "file").read_bytes()
    walled = python(open_and + confine + write)

    assert (free.returncode, kept) == (0, b"x")
    assert walled.returncode != 0
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize(
    "name", ["read a file", "write a file", "call over TCP", "call the database's socket"]
)
def test_limits_alone_keep_files_and_sockets_away_where_no_calls_are_filtered(name, tmp_path):
    elsewhere = "import platform\nplatform.machine = lambda: 'riscv64'\n"
    confine = (
        "from inference.audio import walls\nassert not walls.can_filter()\n"
        "walls.confine(memory_bytes=10**9, cpu_seconds=9, wall_seconds=9)\n"
    )

    assert b"EMFILE" in python(elsewhere + attack(name, tmp_path / "new", after=confine)).stdout


def test_the_call_numbers_are_those_of_this_machine():
    libc = ctypes.CDLL(None)
    number = walls.CALLS["getpid"][walls.ARCHITECTURES[os.uname().machine][1]]

    assert libc.syscall(number) == os.getpid()


def attack(name, path, *, after=""):
    """A program that tries one attack on itself and prints the kernel's answer."""
    return (
        f"import os\nfrom tests.inference.audio import misbehaviour\n{after}"
        f"said, _ = misbehaviour.attack(b'', name={name!r}, path={str(path)!r}, pid=os.getpid())\n"
        "os.write(1, said['answer'].encode())\nos._exit(0)\n"
    )


def python(program):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, check=False
    )
