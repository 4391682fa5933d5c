"""Whatever people write, the admin and its exports show it as text (U7).

`TEXTS=full pytest tests/arena_site/test_injected_texts.py` puts all two hundred texts into each column;
without it a few turns are taken, in which all texts come up somewhere.
"""

import csv
import io
import os

import pytest
from django.contrib import admin

from inference.admin.export import FORMULA
from tests import injections
from tests.arena_site import rows

ROWS = 4
TURNS = range(len(injections.TEXTS)) if os.environ.get("TEXTS") == "full" else (0, 67, 134)


def cells(browser, table):
    answer = browser.post(injections.address(table, "csv"))
    text = b"".join(answer.streaming_content).decode()
    return [cell for line in csv.reader(io.StringIO(text)) for cell in line]


def test_there_are_two_hundred_texts_and_every_table_with_words_takes_them(mo):
    rows.fill(1, by=mo)

    taken = injections.infest(0)

    with_words = {table._meta.label for table in injections.tables() if injections.fields(table)}
    empty = {table._meta.label for table in injections.tables() if not table._default_manager.exists()}
    assert len(set(injections.TEXTS)) == 200
    assert with_words - set(taken) - empty == set()


def test_what_is_alive_is_found():
    page = '<p>{}</p><input value="{}">'

    unseen = [
        text
        for text in injections.TEXTS
        if "<" in text and "&" not in text and not injections.alive(page.format(text, text))
    ]

    # What closes itself before it begins, and what ends a text area that is not there.
    assert len(unseen) < 20
    assert injections.alive(page.format("fine", "fine")) == []


@pytest.mark.parametrize("turn", TURNS)
def test_no_page_of_the_admin_shows_a_text_raw(turn, mo, as_user):
    rows.fill(ROWS, by=mo)
    injections.infest(turn)
    browser = as_user(mo)

    wrong, seen = {}, 0
    for address in injections.admin_pages():
        answer = browser.get(address)
        text = answer.content.decode()
        seen += "zxq" in text
        found = [*injections.alive(text), *injections.raw(text)]
        if answer.status_code != 200 or found:
            wrong[address] = (answer.status_code, found[:3])

    assert wrong == {}
    assert seen > 60


@pytest.mark.parametrize("turn", TURNS if len(TURNS) > 3 else TURNS[:1])
def test_no_cell_of_an_export_is_a_formula(turn, mo, as_user):
    rows.fill(ROWS, by=mo)
    injections.infest(turn)
    browser = as_user(mo)

    exported = [cell for table in admin.site._registry for cell in cells(browser, table)]

    # Numbers may be negative; every other cell of an export begins with a letter, a mark, or an apostrophe.
    formulas = [cell for cell in exported if cell.lstrip(" ").startswith(FORMULA) and not _is_number(cell)]
    assert formulas == []
    assert sum("zxq" in cell for cell in exported) > 100


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True
