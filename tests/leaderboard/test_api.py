"""The boards over HTTP."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leaderboard.models import Board
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


def test_boards_are_listed_with_their_current_snapshot(client):
    boards.published()
    boards.published()

    answer = client.get("/api/v1/boards")

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "slug": "overall",
                "title": "Overall",
                "criterion": "overall",
                "method": "bradley-terry",
                "snapshot": 2,
            },
            *(
                {"slug": slug, "title": title, "criterion": slug, "method": "bradley-terry", "snapshot": None}
                for slug, title in (("semantic", "What was said"), ("paralinguistic", "How it was said"))
            ),
            {
                "slug": "overall-elo",
                "title": "Overall, online Elo as in the paper",
                "criterion": "overall",
                "method": "online-elo",
                "snapshot": None,
            },
        ]
    }


def test_board_shows_its_current_snapshot_whole(client):
    best, other = factories.system("best", label="baseline"), factories.system("other")
    snapshot = boards.published([(best, {}), (other, {"status": "provisional"})])

    shown = client.get("/api/v1/boards/overall").json()["snapshot"]

    assert [line["system"]["slug"] for line in shown["standings"]] == ["best", "other"]
    assert shown["standings"][0] == {
        "system": {"slug": "best", "name": "Best-Model 1", "label": "baseline"},
        "rating": 1163.0,
        "low": 1143.0,
        "high": 1183.0,
        "rank_low": 1,
        "rank_high": 2,
        "bootstrap_low": None,
        "bootstrap_high": None,
        "expected_score": None,
        "acceptable": None,
        "acceptable_low": None,
        "acceptable_high": None,
        "votes": 240,
        "annotators": None,
        "wins": 120,
        "losses": 90,
        "ties": 20,
        "both_bad": 10,
        "status": "established",
        "component": 0,
        "prior_driven": False,
    }
    met = {"system_a": "best", "system_b": "other", "a_wins": 9, "b_wins": 4, "ties": 2, "both_bad": 1}
    unknown = dict.fromkeys(("a_expected", "difference", "difference_low", "difference_high"))
    assert shown["head_to_head"] == [met | unknown | {"different": False, "settled": False}]
    assert shown["seal"]["number"] == snapshot.seal.number
    made = (
        "number",
        "seed",
        "code_version",
        "votes_sha256",
        "result_sha256",
        "parameters",
        "votes",
        "excluded",
        "design_effect",
        "largest_share",
    )
    assert {name: shown[name] for name in made} == {name: getattr(snapshot, name) for name in made}


def test_board_without_a_snapshot_says_null(client):
    answer = client.get("/api/v1/boards/overall")

    assert (answer.status_code, answer.json()["snapshot"]) == (200, None)


def test_unknown_board_is_told_in_the_shape_of_all_errors(client):
    answer = client.get("/api/v1/boards/nothing")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert {name: answer.json()[name] for name in ("code", "status", "fault")} == {
        "code": "not_found",
        "status": 404,
        "fault": "submitter",
    }
    assert answer.json()["request_id"] == answer["Request-Id"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_boards_cannot_be_written(method, as_user, mo):
    answer = getattr(as_user(mo), method)("/api/v1/boards/overall")

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_boards_are_the_same_for_everybody(ada, ben, cleo, mo, as_user):
    boards.published([(factories.system(), {})])

    answers = {as_user(who).get("/api/v1/boards/overall").content for who in (ada, ben, cleo, mo)}

    assert answers == {Client().get("/api/v1/boards/overall").content}


@pytest.mark.parametrize("count", [1, 3])
def test_board_takes_the_same_queries_however_many_systems(client, count):
    boards.published([(factories.system(), {}) for _ in range(count)])

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/api/v1/boards/overall")

    assert len(queries) == 4


def test_root_leads_to_everything(client):
    answer = client.get("/api/v1/")

    assert answer.json() == {
        "boards": "http://testserver/api/v1/boards",
        "systems": "http://testserver/api/v1/systems",
        "prompt_sets": "http://testserver/api/v1/prompt-sets",
        "status": "http://testserver/api/v1/status",
        "schema": "http://testserver/api/v1/schema",
    }
    assert {client.get(address).status_code for address in answer.json().values()} == {200}


@pytest.mark.parametrize("part", ["", "/head-to-head", "/votes", "?format=csv"])
def test_snapshots_of_a_board_for_staff_are_not_there(client, part):
    boards.published([(factories.system("one"), {}), (factories.system("two"), {})])
    assert client.get(f"/api/v1/boards/overall/snapshots/1{part}").status_code == 200

    Board.objects.filter(slug="overall").update(visibility=Board.Visibility.STAFF)

    assert client.get(f"/api/v1/boards/overall/snapshots/1{part}").status_code == 404
