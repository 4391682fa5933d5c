"""Pages that answer numbered requirements leave none out, and every test that they name is there."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The letter of the numbers on each page, and the last of them.
PAGES = {"systems.md": ("S", 74), "api-requirements.md": ("A", 60), "moderation-requirements.md": ("M", 63)}
LEAST_WORDS = 5
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


@functools.cache
def rows(page):
    """What stands after each number: the tests, and why there are none or not more."""
    letter, _ = PAGES[page]
    lines = (ROOT / "docs" / page).read_text("utf-8").splitlines()
    parted = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith(f"| {letter}")
    ]
    return {number: (tests, why) for number, _, tests, why in parted}


@functools.cache
def named_in(path):
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def numbers(page):
    letter, last = PAGES[page]
    return [f"{letter}{n}" for n in range(1, last + 1)]


@pytest.mark.parametrize("page", PAGES)
def test_every_requirement_has_a_row(page):
    assert list(rows(page)) == numbers(page)


@pytest.mark.parametrize(("page", "number"), [(page, number) for page in PAGES for number in numbers(page)])
def test_a_row_names_tests_that_are_there_or_says_why_there_are_none(page, number):
    tests, why = rows(page)[number]

    named = NAMED.findall(tests)
    assert NAMED.sub("", tests).strip() == ""
    assert [f"{path}::{name}" for path, name in named if name not in named_in(path)] == []
    assert named or len(why.split()) >= LEAST_WORDS
