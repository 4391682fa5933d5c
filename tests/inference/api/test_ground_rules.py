"""What holds for every route: keys that make a write happen once, pages, filters, limits, tokens."""

import json
import re
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from inference.models import ApiToken, IdempotencyKey, Model
from inference.services import idempotency
from tests.inference.api.client import Program, published_set

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
BODY = {"name": "Harbour Voice", "licence": "Apache-2.0"}


def test_the_same_post_twice_gives_one_object_and_the_same_answer(lab):
    first = lab.post("models", BODY, key="k1")
    again = lab.post("models", BODY, key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), Model.objects.count()) == (again.json(), 1)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


def test_a_key_is_needed_and_belongs_to_one_request(lab, rivals):
    without = lab.http.post("/api/v1/models", json.dumps(BODY), content_type="application/json")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_required")

    lab.post("models", BODY, key="k1")
    reused = lab.post("models", BODY | {"name": "Another"}, key="k1")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    # Another team's keys are its own.
    assert rivals.post("models", BODY | {"name": "Theirs"}, key="k1").status_code == 201


def test_a_key_is_forgotten_after_seven_days(lab):
    lab.post("models", BODY, key="k1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))

    assert idempotency.forget_old() == 1
    assert lab.post("models", BODY | {"name": "Another"}, key="k1").status_code == 201


def test_an_answer_with_a_secret_is_not_kept(lab):
    body = {"name": "laptop", "scopes": ["systems:write"]}
    text = lab.post("tokens", body, key="k1").json()["token"]

    again = lab.post("tokens", body, key="k1")

    assert (again.status_code, again.json()["code"]) == (409, "secret_shown_once")
    assert text not in json.dumps(list(IdempotencyKey.objects.values("body")))


def test_a_get_changes_nothing_and_cancelling_is_a_post(lab, prompt_set):
    key = lab.post(
        "submissions", {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "worker"}
    ).json()["id"]

    assert lab.get(f"submissions/{key}/cancel").status_code == 405
    assert lab.get(f"submissions/{key}").json()["state"] == "draft"
    assert lab.post(f"submissions/{key}/cancel").json()["state"] == "cancelled"


def test_lists_are_pages_newest_first_and_nothing_is_twice_on_them(lab):
    made = [lab.post("models", BODY | {"name": f"Model {n}"}).json()["slug"] for n in range(5)]
    seen, address = [], "/api/v1/models?limit=2"
    while address:
        page = lab.http.get(address).json()
        assert set(page) == {"results", "next", "previous"}
        seen += [one["slug"] for one in page["results"]]
        address = page["next"]

    assert seen == made[::-1]
    for limit in ("0", "201", "two", "-1"):
        assert lab.get("models", limit=limit).json()["code"] == "malformed"
    assert lab.get("models", cursor="nonsense").json()["code"] == "malformed"


def test_a_filter_that_there_is_not_is_refused(lab):
    answer = lab.get("systems", colour="blue")

    assert (answer.status_code, answer.json()["code"]) == (400, "filter_unknown")


def test_every_answer_says_how_much_is_left_and_which_request_it_was(lab):
    first, second = lab.get("me"), lab.get("me")
    nowhere = lab.get("no-such-thing")

    assert int(first["RateLimit-Limit"]) == 300
    assert int(second["RateLimit-Remaining"]) == int(first["RateLimit-Remaining"]) - 1
    assert 0 < int(first["RateLimit-Reset"]) <= 60
    assert first["Request-Id"] != second["Request-Id"]
    assert (nowhere.status_code, nowhere.json()["request_id"]) == (404, nowhere["Request-Id"])
    assert set(nowhere.json()) >= {"type", "title", "status", "code", "fault", "detail", "fix", "request_id"}


@pytest.mark.parametrize("path", ["systems/a%0Ab", "%0A", "models/%0D%0Ax", "no/such/thing"])
def test_an_address_that_is_none_is_a_problem_whatever_it_holds(client, path):
    answer = client.get(f"/api/v1/{path}")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_sixty_writes_a_minute_and_then_a_pause(lab):
    answers = [lab.post("models", {}) for _ in range(61)]

    assert {one.status_code for one in answers[:60]} == {422}
    assert (answers[60].status_code, answers[60].json()["code"]) == (429, "rate_limited")
    assert 0 < int(answers[60]["Retry-After"]) <= 60
    # Reading goes on.
    assert lab.get("me").status_code == 200


@pytest.mark.parametrize("path", ["prompt-sets/core/3/manifest", "schema", "boards/overall"])
def test_what_one_has_already_is_not_sent_again(client, path, db):
    published_set(slug="core", version=3)
    first = client.get(f"/api/v1/{path}")

    again = client.get(f"/api/v1/{path}", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)


def test_answers_are_packed_as_the_client_asks(client):
    packed = client.get("/api/v1/schema", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/api/v1/schema")

    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain
    assert len(packed.content) < len(plain.content) / 5


def test_moments_are_utc_and_names_are_in_snake_case_with_their_unit(lab):
    schema = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())["components"]["schemas"]
    names = {name for shape in schema.values() for name in shape.get("properties", {})}

    shown = lab.get("me").json()["token"]

    assert datetime.fromisoformat(shown["expires_at"]).utcoffset() == timedelta(0)
    assert len(names) > 100
    assert {name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)} == set()
    assert not names & {"duration", "timeout", "first_audio", "total", "window", "age"}


def test_a_token_expires_is_revoked_and_says_when_it_was_used(lab):
    other = lab.post("tokens", {"name": "laptop", "scopes": ["systems:write"], "days": 1}).json()
    program = Client(headers={"Authorization": f"Bearer {other['token']}", "User-Agent": "lab/1"})
    assert program.get("/api/v1/me").status_code == 200
    (listed,) = (one for one in lab.get("tokens").json()["results"] if one["id"] == other["id"])
    assert (listed["last_used_by"], "token" in listed) == ("lab/1", False)
    assert other["token"].startswith("s2s_")
    row = ApiToken.objects.get(public_id=other["id"])
    assert other["token"] not in json.dumps(list(ApiToken.objects.values()), default=str)
    assert abs(row.expires_at - timezone.now() - timedelta(days=1)) < timedelta(minutes=1)

    assert lab.delete(f"tokens/{other['id']}").status_code == 204
    after = program.get("/api/v1/me")
    assert (after.status_code, after.json()["code"]) == (401, "token_invalid")
    assert lab.post("tokens", {"name": "long", "scopes": [], "days": 366}).status_code == 422


def test_a_token_gives_only_what_it_has(lab, ada):
    narrow = Program(lab.team, ada, scopes=["tokens:write"])

    refused = narrow.post("tokens", {"name": "more", "scopes": ["systems:write"]})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_yours")


def test_a_token_opens_no_page_and_a_cookie_no_write(lab, ada, as_user):
    page = lab.http.get("/my/teams/")
    write = as_user(ada).post(
        "/api/v1/models",
        json.dumps(BODY),
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )

    assert page.status_code == 302
    assert "login" in page["Location"]
    assert (write.status_code, write.json()["code"]) == (401, "token_needed")


def test_a_codename_is_asked_for_once_within_sixty_days(lab):
    slug, now = lab.system(), timezone.now()

    late = lab.post(
        f"systems/{slug}/codename", {"codename": "heron", "reveal_at": (now + timedelta(days=61)).isoformat()}
    )
    asked = lab.post(
        f"systems/{slug}/codename", {"codename": "heron", "reveal_at": (now + timedelta(days=59)).isoformat()}
    )
    again = lab.post(
        f"systems/{slug}/codename", {"codename": "ibis", "reveal_at": (now + timedelta(days=59)).isoformat()}
    )
    other = lab.post(
        f"systems/{lab.system()}/codename",
        {"codename": "heron", "reveal_at": (now + timedelta(days=9)).isoformat()},
    )

    assert (late.status_code, late.json()["code"]) == (422, "reveal_date_needed")
    assert (asked.status_code, asked.json()["own"]["codename"]) == (200, "heron")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert (other.status_code, other.json()["code"]) == (409, "codename_taken")
