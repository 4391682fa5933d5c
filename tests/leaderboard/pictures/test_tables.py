"""Tables as files."""

import csv
import io
import json

from leaderboard.pictures import tables

ROWS = [
    {"system": "a_b", "rating": 1012.345, "votes": 3, "rank": None},
    {"system": "=1+1", "rating": 0.5, "votes": 4, "rank": 2},
]


def test_csv_holds_every_row_and_no_formula():
    read = list(csv.DictReader(io.StringIO(tables.as_csv(ROWS))))

    assert [row["system"] for row in read] == ["a_b", "'=1+1"]
    assert [row["rating"] for row in read] == ["1012.345", "0.5"]


def test_json_is_the_rows():
    assert json.loads(tables.as_json(ROWS)) == ROWS


def test_latex_escapes_and_rounds():
    lines = tables.as_latex(ROWS).splitlines()

    assert lines[0] == r"\begin{tabular}{lrrr}"
    assert r"a\_b & 1012.3 & 3 & -- \\" in lines


def test_no_rows_make_an_empty_table():
    assert tables.as_csv([]) == ""
    assert tables.as_latex([]) == "% no rows\n"
