import csv
import io
import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from leaderboard.ranking.__main__ import main

FEW = """system_a,system_b,outcome,annotator,prompt
x,y,a,ada,q1
y,x,a,ben,q1
x,y,a,cleo,q2
y,z,tie,ada,q2
v,w,both_bad,ada,q2
"""


def many():
    rng = np.random.default_rng(2)
    rows = ["a,b,winner,annotator,prompt,criterion"]
    for _ in range(900):
        i, j = rng.choice(3, 2, replace=False)
        winner = ("a" if i < j else "b") if rng.random() < 0.7 else rng.choice(["a", "b", "tie", "both_bad"])
        rows.append(
            f"s{i}&<,s{j}&<,{winner},p{rng.integers(30)},q{rng.integers(20)},overall".replace(
                "s2&<", "last_one"
            )
        )
    return "\n".join(rows)


@pytest.fixture
def few(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text(FEW, encoding="utf-8")
    return path


@pytest.fixture
def many_votes(tmp_path):
    path = tmp_path / "many.csv"
    path.write_text(many(), encoding="utf-8")
    return path


def printed(capsys, *arguments):
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_table_shows_every_system_and_what_to_beware_of(few, capsys):
    text = printed(capsys, few, "--bootstrap", 50)

    rows = {line.split()[1]: line for line in text.splitlines()[1:4]}
    assert list(rows) == ["x", "z", "y"]
    assert "provisional" in rows["x"]
    assert text.count("not comparable") == 2
    assert "5 votes by 3 annotators on 2 prompts" in text
    assert "Fewer than ten people judged: no intervals, and no ranks." in text
    assert "only the largest group is rated" in text


def test_json_holds_method_parameters_and_systems(many_votes, capsys):
    board = json.loads(
        printed(capsys, many_votes, "--format", "json", "--criterion", "overall", "--prior", 2)
    )

    assert list(board)[:3] == ["method", "parameters", "systems"]
    assert (board["method"], board["interval_unit"]) == ("bradley-terry", "both")
    assert board["parameters"] == {
        "alpha": 2,
        "clusters": "auto",
        "level": 0.95,
        "resamples": 1000,
        "ties": "half",
    }
    first = board["systems"][0]
    keys = "system rating low high rank_low rank_high votes wins losses ties both_bad"
    assert set(keys.split()) <= set(first)
    assert first["system"] == "s0&<"
    assert first["low"] < first["rating"] < first["high"]
    assert first["votes"] == first["wins"] + first["losses"] + first["ties"] + first["both_bad"]


def test_json_is_the_same_bytes_from_a_process_of_its_own_without_django(many_votes, capsys):
    options = [str(many_votes), "--bootstrap", "50", "--seed", "3", "--format", "json"]
    code = "import sys; from leaderboard.ranking.__main__ import main; main(sys.argv[1:])"
    code += "; assert 'django' not in sys.modules"

    here = printed(capsys, *options)
    there = subprocess.run(
        [sys.executable, "-c", code, *options], capture_output=True, text=True, check=True
    ).stdout

    assert there == here
    assert json.loads(here)["seed"] == 3


def test_csv_has_a_line_for_each_system(many_votes, capsys):
    rows = list(csv.DictReader(io.StringIO(printed(capsys, many_votes, "--format", "csv"))))

    assert [row["system"] for row in rows] == ["s0&<", "s1&<", "last_one"]
    assert float(rows[0]["low"]) < float(rows[0]["rating"])


def test_markdown_and_latex_escape_names(many_votes, capsys):
    markdown, latex = (printed(capsys, many_votes, "--format", name) for name in ("markdown", "latex"))

    assert markdown.splitlines()[2].startswith("| 1 | s0&< | 12")
    assert r"3 & last\_one & " in latex
    assert r"1 & s0\&< & " in latex
    assert latex.count(r"\\") == 4


def test_svg_is_well_formed_and_says_in_words_what_it_shows(many_votes, few, capsys):
    drawn = ET.fromstring(printed(capsys, many_votes, "--format", "svg"))
    without = ET.fromstring(printed(capsys, few, "--format", "svg"))

    name = "{http://www.w3.org/2000/svg}"
    description = drawn.find(f"{name}desc").text
    assert description.startswith("s0&< 12")
    assert "rank 1" in description
    assert len(drawn.findall(f"{name}circle")) == len(without.findall(f"{name}circle")) == 3
    spans = [path for path in drawn.findall(f"{name}path") if path.get("stroke-width")]
    assert len(spans) == 3
    assert not [path for path in without.findall(f"{name}path") if path.get("stroke-width")]


@pytest.mark.parametrize(
    ("options", "method", "unit", "ties"),
    [
        (["--method", "elo"], "online-elo", "orders", "drop"),
        (["--method", "davidson", "--cluster", "annotator"], "davidson", "annotators", "model"),
        (["--ties", "model", "--cluster", "prompt"], "davidson", "prompts", "model"),
        (["--ties", "exclude", "--cluster", "none", "--bootstrap", "0"], "bradley-terry", "votes", "drop"),
    ],
)
def test_options_reach_the_method(many_votes, capsys, options, method, unit, ties):
    board = json.loads(printed(capsys, many_votes, "--format", "json", *options))

    assert (board["method"], board["interval_unit"], board["parameters"]["ties"]) == (method, unit, ties)


def test_online_elo_says_what_it_leaves_out(few, capsys):
    assert "2 ties and both-bad are left out." in printed(capsys, few, "--method", "elo")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b,winner\nx,x,a\n", [], "votes.csv, line 2: compares a system with itself\n"),
        ("a,b,winner\nx,y,a\n", ["--prior", "0"], "no maximum exists"),
        ("a,b,winner\nx,y,a\n", ["--cluster", "both"], "one annotator only"),
        ("a,b,winner\nx,y,a\n", ["--seed", "-1"], "a seed is not below 0"),
        ("a,b,winner\n", [], "no vote that the method can use"),
        (None, [], "No such file"),
    ],
)
def test_what_cannot_be_rated_ends_with_one_sentence_and_no_output(tmp_path, capsys, text, options, message):
    path = tmp_path / "votes.csv"
    if text:
        path.write_text(text, encoding="utf-8")

    status = main([str(path), *options])

    output = capsys.readouterr()
    assert (status, output.out) == (1, "")
    assert message in output.err
    assert output.err.count("\n") == 1


def test_import_loads_neither_django_nor_scipy_stats():
    code = "import sys, leaderboard.ranking.board; print([name for name in sys.modules if name in UNWANTED])"
    unwanted = ("django", "scipy.stats", "scipy.optimize", "pandas")

    loaded = subprocess.run(
        [sys.executable, "-c", f"UNWANTED = {unwanted!r}; {code}"], capture_output=True, text=True, check=True
    ).stdout

    assert loaded == "[]\n"
