"""The paper's tables: its rules and its form, from any votes (K7, K27, E27, E28)."""

import csv
import io
import json

import numpy as np
import pytest

from leaderboard.ranking import elo, paper
from leaderboard.ranking.comparisons import TIE
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.reading import Row, from_rows
from tests.leaderboard.ranking.test_published import FOLDER

SYSTEMS = [f"s{number}" for number in range(10)]


def votes(number=1001, seed=4):
    rng = np.random.default_rng(seed)
    rows = []
    for time in range(number):
        a, b = rng.choice(SYSTEMS, 2, replace=False)
        outcome = rng.choice(["a", "b", "tie", "both_bad"], p=[0.45, 0.35, 0.1, 0.1])
        rows.append(Row(a, b, outcome, f"p{rng.integers(20)}", f"q{rng.integers(40)}", 1.0, float(time)))
    return rows


PARTS = {
    "domain": {f"q{number}": ("medical", "social", "education")[number % 3] for number in range(40)},
    "level": {f"q{number}": str(1 + number % 4) for number in range(0, 40, 2)},
}


def test_points_only_move_so_that_every_column_sums_to_a_thousand_for_each_system():
    found = paper.tables(from_rows(votes()), PARTS)

    assert sum(row["elo"] for row in found["main"]) == pytest.approx(10_000)
    for table in found["by"].values():
        for column in zip(*(row["ratings"] for row in table["rows"]), strict=True):
            assert sum(column) == pytest.approx(10_000)
    assert found["by"]["domain"]["columns"] == ["education", "medical", "social"]
    assert sum(found["by"]["domain"]["matches"]) == found["votes"]
    assert sum(found["by"]["level"]["matches"]) < found["votes"]


def test_wins_are_losses_and_rates_recompute_without_what_is_not_decided():
    rows = votes()
    found = paper.tables(from_rows(rows), {})

    decided = sum(row.outcome in {"a", "b"} for row in rows)
    assert (found["votes"], found["left_out"]) == (decided, len(rows) - decided)
    assert sum(row["wins"] for row in found["main"]) == sum(row["losses"] for row in found["main"]) == decided
    for row in found["main"]:
        assert row["matches"] == row["wins"] + row["losses"]
        assert row["win_rate"] == pytest.approx(100 * row["wins"] / row["matches"])
    assert found["by"] == {}


def test_a_part_is_a_run_over_its_votes_alone():
    comparisons = from_rows(votes())
    found = paper.tables(comparisons, PARTS)["by"]["domain"]
    place = found["columns"].index("social")

    mine = np.array([PARTS["domain"][name] == "social" for name in comparisons.prompts])
    part = comparisons.where((comparisons.outcome < TIE) & mine[comparisons.prompt])
    alone = dict(zip(part.systems, elo.run(part).tolist(), strict=True))

    assert {row["system"]: row["ratings"][place] for row in found["rows"]} == pytest.approx(alone, abs=1e-6)


def test_a_system_that_met_nobody_in_a_part_stays_where_it_began():
    rows = [Row("x", "y", "a", "", "q1"), Row("y", "z", "a", "", "q2")]
    found = paper.tables(from_rows(rows), {"level": {"q1": "1", "q2": "2"}})["by"]["level"]

    cells = {row["system"]: (row["ratings"], row["matches"]) for row in found["rows"]}
    assert cells == {"x": ([1016, 1000], [1, 0]), "y": ([984, 1016], [1, 1]), "z": ([1000, 984], [0, 1])}


def test_nothing_decided_is_refused():
    with pytest.raises(NoVotes):
        paper.tables(from_rows([Row("x", "y", "tie")]), {})


def written(folder, rows):
    path = folder / "votes.jsonl"
    names = ("a", "b", "winner", "annotator", "prompt", "weight", "time")
    lines = [
        dict(zip(names, row, strict=False)) | {kind: about.get(row.prompt) for kind, about in PARTS.items()}
        for row in rows
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def printed(capsys, *arguments):
    assert paper.main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_command_gives_the_same_tables_in_every_form(tmp_path, capsys):
    rows = votes()
    path, expected = written(tmp_path, rows), paper.tables(from_rows(rows), PARTS)

    assert json.loads(printed(capsys, path, "--format", "json")) == expected
    cells = list(csv.DictReader(io.StringIO(printed(capsys, path, "--format", "csv"))))
    assert {cell["table"] for cell in cells} == {"main", "by domain", "by level"}
    assert {cell["value"] for cell in cells if (cell["system"], cell["column"]) == ("sum", "medical")} == {
        "10000.0"
    }
    text = printed(capsys, path)
    assert text.count("\n|:--|") == 3
    assert text.count("| sum |") == 3
    assert printed(capsys, path, "--format", "latex").count(r"\end{tabular}") == 3


def test_prompt_of_two_levels_is_named_with_its_line(tmp_path, capsys):
    path = tmp_path / "votes.csv"
    path.write_text("a,b,winner,prompt,level\nx,y,a,q,1\nx,y,a,q,\nx,y,b,q,2\n", encoding="utf-8")

    assert paper.main([str(path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "line 4: prompt 'q' is of two levels, 1 and 2" in said.err


def test_trace_by_the_papers_rule_sums_to_six_thousand(capsys):
    path = FOLDER / "trace_s2sarena.json"
    if not path.exists():
        pytest.skip("trace_s2sarena.json is not here: a clone has no ../shared")

    found = json.loads(printed(capsys, path, "--criterion", "overall", "--format", "json"))

    assert (found["votes"], found["left_out"]) == (113, 201)
    assert sum(row["elo"] for row in found["main"]) == pytest.approx(6000)
