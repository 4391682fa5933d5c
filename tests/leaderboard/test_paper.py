"""The page of the paper's tables: from the last snapshot, by domain and level, and as files (K27, E27)."""

import json

import pytest
from django.utils import timezone

from leaderboard.selectors import papers
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged(settings):
    settings.BOOTSTRAP_RESAMPLES = 20
    one, other = factories.system("one"), factories.system("other")
    third = factories.system(
        "third",
        state="codenamed",
        codename="copper-finch",
        codenamed_at=timezone.now(),
        reveal_at=timezone.now(),
    )
    for task, level, answers in (("poetry", 1, "aab"), ("health", 3, "abt"), ("health", 3, "x")):
        for pair in ((one, other), (other, third)):
            met = factories.pair(factories.prompt(task=task, level=level), *pair)
            for answer in answers:
                words = {"t": "tie", "x": "both_bad"}
                factories.vote(met, factories.annotator(), words.get(answer, answer))
    snapshots.build_all()


def test_tables_by_domain_and_level_come_from_the_snapshot(judged, client):
    found = papers.own()

    assert (found.snapshot.board.slug, found.snapshot.tables["votes"]) == ("overall-elo", 10)
    assert found.total == pytest.approx(3000)
    columns = {
        split.kind: [(one.name, one.matches, one.total) for one in split.columns] for split in found.splits
    }
    assert columns["level"] == [("L1", 6, pytest.approx(3000)), ("L3", 4, pytest.approx(3000))]
    assert [(name, matches) for name, matches, _ in columns["domain"]] == [
        ("Entertainment", 6),
        ("Medical consultation", 4),
    ]
    page = client.get("/paper/").content.decode()
    assert "copper-finch" in page
    assert "third" not in page.replace("copper-finch", "")
    assert "1246.1" in page


@pytest.mark.parametrize("name", ["main", "domain", "level"])
def test_tables_come_as_files(judged, client, name):
    rows = json.loads(client.get(f"/paper/{name}.json").content)

    assert {row["system"] for row in rows} >= {"copper-finch"}
    assert client.get(f"/paper/{name}.csv").status_code == client.get(f"/paper/{name}.tex").status_code == 200


def test_nothing_moves_before_the_next_snapshot(judged, client):
    before = client.get("/paper/").content
    boards.votes(factories.system("new"), factories.system("newer"), "aaa")

    assert client.get("/paper/").content == before


def test_page_stands_without_a_vote(client):
    assert "There is no decided vote yet" in client.get("/paper/").content.decode()
    assert client.get("/paper/main.csv").status_code == 404


def test_page_takes_the_same_queries_however_many_systems(judged, client, django_assert_max_num_queries):
    client.get("/paper/")
    with django_assert_max_num_queries(7) as few:
        client.get("/paper/")
    boards.votes(factories.system("new"), factories.system("newer"), "aaa")
    snapshots.build_all()
    with django_assert_max_num_queries(len(few)):
        client.get("/paper/")
