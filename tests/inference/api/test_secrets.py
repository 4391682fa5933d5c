"""Secrets by the API: in, never out; named by submissions, and only by their own team's."""

import json

from inference.models import IdempotencyKey, Secret

VALUE = "sk-invented-canary-of-the-lab-0001"
CONFIG = {"endpoint": {"base_url": "https://voice.example.org/v1", "model": "m"}, "voice": "marit"}


def test_a_value_goes_in_and_never_comes_out(lab, rivals):
    said = lab.post("secrets", {"name": "lab-key", "value": VALUE}, key="k1")
    again = lab.post("secrets", {"name": "lab-key", "value": VALUE}, key="k1")

    assert (said.status_code, again.status_code) == (201, 201)
    assert set(said.json()) == {"name", "set_at", "used_at"}
    listed = lab.get("secrets")
    assert [row["name"] for row in listed.json()["results"]] == ["lab-key"]
    assert rivals.get("secrets").json()["results"] == []
    for answer in (said, again, listed):
        assert VALUE not in answer.content.decode()
    assert VALUE not in json.dumps(list(IdempotencyKey.objects.values("body", "body_sha256", "path")))


def test_a_refused_value_is_not_repeated(lab):
    for body in ({"name": "Not A Name", "value": VALUE}, {"name": "a", "value": VALUE, "more": VALUE}):
        answer = lab.post("secrets", body)
        assert answer.status_code == 422
        assert VALUE not in answer.content.decode()


def test_only_its_team_removes_it(lab, rivals):
    lab.post("secrets", {"name": "lab-key", "value": VALUE})

    assert rivals.delete("secrets/lab-key").status_code == 404
    assert lab.delete("secrets/lab-key").status_code == 204
    assert not Secret.objects.exists()


def test_a_submission_names_a_secret_that_is_there(lab, rivals, prompt_set):
    rivals.post("secrets", {"name": "lab-key", "value": VALUE})
    body = {
        "system": lab.system(),
        "prompt_set": prompt_set.address,
        "kind": "endpoint",
        "adapter": "realtime",
        "config": CONFIG,
        "secret": "lab-key",
    }
    refused = lab.post("submissions", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "secret_missing")

    lab.post("secrets", {"name": "lab-key", "value": VALUE})
    made = lab.post("submissions", body)
    assert made.status_code == 201, made.content
    assert VALUE not in made.content.decode()


def test_an_endpoint_inside_is_refused_at_once(lab, prompt_set):
    body = {
        "system": lab.system(),
        "prompt_set": prompt_set.address,
        "kind": "endpoint",
        "adapter": "realtime",
    }
    for url in ("https://127.0.0.1/v1", "http://voice.example.org/v1", "https://voice.example.org:6379/v1"):
        config = {**CONFIG, "endpoint": {"base_url": url, "model": "m"}}
        refused = lab.post("submissions", {**body, "config": config})
        assert (refused.status_code, refused.json()["code"]) == (422, "endpoint_refused_address"), url
