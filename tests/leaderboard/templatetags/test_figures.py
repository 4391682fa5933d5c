"""What the pictures show."""

import pytest

from leaderboard.templatetags import figures
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.fixture
def systems():
    return [factories.system(f"s{number}", version=str(number)) for number in range(3)]


def lines_of(snapshot):
    return list(snapshot.standings.order_by("-rating").select_related("system__model"))


def test_interval_plot_places_dots_between_the_ends_of_their_intervals(systems):
    snapshot = boards.published([(system, {}) for system in systems])

    plot = figures.interval_plot(lines_of(snapshot))

    places = [[float(row[end].rstrip("%")) for end in ("low", "x", "high")] for row in plot["rows"]]
    assert all(low < middle < high for low, middle, high in places)
    assert places[0][2] == 96.0
    assert places[2][0] == 4.0
    assert [row["y"] for row in plot["rows"]] == ["0em", "2.75em", "5.5em"]
    assert plot["rows"][0]["dot"].words == "S0-Model 0: 1163, rank 1–2, interval 1143 to 1183"


def test_interval_plot_draws_no_line_where_there_is_no_interval(systems):
    snapshot = boards.published([(systems[0], {"low": None, "high": None})])

    plot = figures.interval_plot(lines_of(snapshot))

    assert [("low" in row, row["dot"].words) for row in plot["rows"]] == [
        (False, "S0-Model 0: 1163, rank 1–2")
    ]


def test_interval_plot_leaves_out_the_unrated(systems):
    unrated = {"rating": None, "low": None, "high": None}

    plot = figures.interval_plot(lines_of(boards.published([(systems[0], unrated)])))

    assert plot == {"rows": []}


def test_vote_bars_are_as_long_as_their_votes(systems):
    half = {"votes": 120, "wins": 60, "losses": 45, "ties": 10, "both_bad": 5}
    snapshot = boards.published([(systems[0], {}), (systems[1], half)])

    bars = figures.vote_bars(lines_of(snapshot))

    lengths = [sum(float(part["width"].rstrip("%")) for part in row["parts"]) for row in bars["rows"]]
    assert lengths == pytest.approx([88.0, 44.0], abs=0.03)
    assert [part["kind"] for part in bars["rows"][0]["parts"]] == ["wins", "ties", "both_bad", "losses"]
    assert bars["rows"][1]["words"] == "S1-Model 1: 60 won, 10 ties, 5 both bad, 45 lost"


def test_vote_bars_of_nothing_are_nothing():
    assert figures.vote_bars([])["rows"] == []


def test_matrix_mirrors_each_meeting(systems):
    # The best has the largest key, so that rows and keys are in opposite orders.
    snapshot = boards.published([(system, {}) for system in reversed(systems)])

    rows = figures.matrix(lines_of(snapshot), snapshot.head_to_heads.all())["rows"]

    best = {"won": 4, "lost": 9, "shared": 3, "votes": 16, "shade": 3}
    mirrored = {"won": 9, "lost": 4, "shared": 3, "votes": 16, "shade": 5}
    assert rows[0]["cells"] == [{"self": True}, best, best]
    assert rows[2]["cells"] == [mirrored, mirrored, {"self": True}]


def test_matrix_leaves_the_unmet_empty(systems):
    snapshot = boards.published([(system, {}) for system in systems])

    rows = figures.matrix(lines_of(snapshot), [])["rows"]

    assert rows[0]["cells"] == [{"self": True}, None, None]
