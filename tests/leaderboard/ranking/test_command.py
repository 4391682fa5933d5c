import json
import subprocess
import sys

import pytest

from leaderboard.ranking.__main__ import main

VOTES = """system_a,system_b,outcome,annotator,prompt
x,y,a,ada,q1
y,x,a,ben,q1
x,y,a,cleo,q2
y,z,tie,ada,q2
v,w,both_bad,ada,q2
"""


@pytest.fixture
def votes_file(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES, encoding="utf-8")
    return path


def test_table_shows_every_system_and_what_to_beware_of(votes_file, capsys):
    status = main([str(votes_file), "--resamples", "50"])

    printed = capsys.readouterr().out
    assert status == 0
    rows = {line.split()[1]: line for line in printed.splitlines()[1:4]}
    assert list(rows) == ["x", "z", "y"]
    assert "provisional" in rows["x"]
    assert printed.count("not comparable") == 2
    assert "5 votes by 3 annotators on 2 prompts" in printed
    assert "no intervals" in printed
    assert "only the largest group is rated" in printed


def test_json_is_the_same_bytes_from_a_process_of_its_own_without_django(votes_file, capsys):
    main([str(votes_file), "--resamples", "50", "--seed", "3", "--json"])
    here = capsys.readouterr().out
    command = [
        sys.executable,
        "-m",
        "leaderboard.ranking",
        str(votes_file),
        "--resamples",
        "50",
        "--seed",
        "3",
    ]

    there = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout

    assert there == here
    assert json.loads(here)["seed"] == 3


def test_online_elo_says_what_it_leaves_out(votes_file, capsys):
    main([str(votes_file), "--method", "online-elo"])

    assert "2 ties and both-bad are left out." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("system_a,system_b,outcome\nx,x,a\n", "row 1: compares a system with itself\n"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_rated_ends_with_one_sentence(tmp_path, capsys, text, message):
    path = tmp_path / "votes.csv"
    if text:
        path.write_text(text, encoding="utf-8")

    status = main([str(path)])

    assert status == 1
    assert message in capsys.readouterr().err


def test_import_loads_neither_django_nor_scipy_stats():
    code = "import sys, leaderboard.ranking.board; print([name for name in sys.modules if name in UNWANTED])"
    unwanted = ("django", "scipy.stats", "scipy.optimize", "pandas")

    loaded = subprocess.run(
        [sys.executable, "-c", f"UNWANTED = {unwanted!r}; {code}"], capture_output=True, text=True, check=True
    ).stdout

    assert loaded == "[]\n"
