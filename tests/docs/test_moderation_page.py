"""docs/moderation-requirements.md leaves no requirement out, and every test that it names is there."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = [f"M{n}" for n in range(1, 64)]
LEAST_WORDS = 5
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows():
    lines = (ROOT / "docs" / "moderation-requirements.md").read_text("utf-8").splitlines()
    parted = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| M")
    ]
    return {number: (tests, why) for number, _, tests, why in parted}


@functools.cache
def named_in(path):
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def test_every_requirement_has_a_row():
    assert list(rows()) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_a_row_names_tests_that_are_there_or_says_why_there_are_none(number):
    tests, why = rows()[number]

    named = NAMED.findall(tests)
    assert NAMED.sub("", tests).strip() == ""
    assert [f"{path}::{name}" for path, name in named if name not in named_in(path)] == []
    assert named or len(why.split()) >= LEAST_WORDS
