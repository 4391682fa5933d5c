"""Pictures are well-formed, hold every row, say it in words, and let no name break out of its text."""

from xml.etree import ElementTree as ET

from leaderboard.pictures import drawings
from leaderboard.pictures.drawings import Point, Row, Value, Words

WORDS = Words(name="it", title="A <title>", words='said & "done"', across="across", up="up")
SPACE = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(picture).iter(f"{SPACE}text")]


def dots(picture: str) -> int:
    return len(list(ET.fromstring(picture).iter(f"{SPACE}circle")))


def test_intervals_draw_each_row_with_its_note():
    rows = [
        Row(name="<b>one</b>", value=Value(at=1100, low=1080, high=1120), note="1–2"),
        Row(name="two", value=Value(at=900), hollow=True),
    ]

    picture = drawings.intervals(rows, words=WORDS)

    assert dots(picture) == 2
    assert {"<b>one</b>", "1–2", "two"} <= set(texts(picture))
    assert "<b>" not in picture
    root = ET.fromstring(picture)
    assert root.get("aria-labelledby") == "it-title it-words"
    assert root.find(f"{SPACE}desc").text == 'said & "done"'


def test_scatter_draws_every_point_and_names_do_not_overlap():
    points = [Point(name=f"system {n}", x=Value(at=1000 + n), y=Value(at=1000 + n)) for n in range(8)]

    picture = drawings.scatter(points, words=WORDS, diagonal=True)

    assert dots(picture) == 8
    root = ET.fromstring(picture)
    named = [text for text in root.iter(f"{SPACE}text") if text.text.startswith("system")]
    places = {(text.get("x"), text.get("y")) for text in named}
    assert len(places) == len(named) > 0


def test_history_names_each_series_once():
    picture = drawings.history([("one", [(1, 990.0), (2, 1010.0)]), ("two", [(2, 1000.0)])], words=WORDS)

    assert dots(picture) == 3
    assert texts(picture).count("one") == texts(picture).count("two") == 1


def test_heat_is_darker_where_the_row_won_more():
    picture = drawings.heat(["a", "b"], [[None, (0.9, "a wins")], [(0.1, "b loses"), None]], words=WORDS)

    cells = [
        float(cell.get("fill-opacity"))
        for cell in ET.fromstring(picture).iter(f"{SPACE}rect")
        if cell.get("class") == "pic-cell"
    ]
    assert cells[0] > cells[1]
