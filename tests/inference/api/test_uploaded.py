"""Answers that were made beforehand: from a draft to an approved system."""

import pytest

from inference.models import Response, Submission, System
from inference.services.slots import Slot
from inference.services.submissions import advancing, deciding
from tests.inference.api.client import answers_to, manifest_of

pytestmark = pytest.mark.django_db


def submitted(lab, prompt_set, answers, **fields):
    """A submission with its files sent, submitted."""
    system = lab.system()
    body = {
        "system": system,
        "prompt_set": prompt_set.address,
        "kind": "uploaded",
        "manifest": manifest_of(answers),
        **fields,
    }
    made = lab.post("submissions", body)
    assert made.status_code == 201, made.json()
    key = made.json()["id"]
    for sent in lab.upload(key, answers):
        assert sent.status_code == 200, sent.json()
    return lab.post(f"submissions/{key}/submit")


def work():
    """Run all that is due, as a worker does, and let the sweeper look."""
    Slot(worker="test", queues=["api"]).drain()
    advancing.advance_all()


def test_from_draft_to_approved(lab, prompt_set, mo):
    answers = answers_to(prompt_set)

    answer = submitted(lab, prompt_set, answers)
    assert answer.status_code == 200, answer.json()
    key = answer.json()["id"]
    assert (answer.json()["state"], answer.json()["waiting_on"]) == ("queued", "us")
    work()

    shown = lab.get(f"submissions/{key}").json()
    assert (shown["state"], shown["waiting_on"]) == ("awaiting_review", "reviewer")
    assert shown["coverage"]["ok"] == shown["coverage"]["expected"] == 3
    assert shown["next_actions"] == ["withdraw"]
    responses = lab.get(f"submissions/{key}/responses").json()["results"]
    assert {one["prompt"]: one["sha256"] for one in responses} == {
        entry["prompt"]: entry["sha256"] for entry in manifest_of(answers)["responses"]
    }
    deciding.approve(Submission.objects.get(public_id=key), by=mo, reason="It sounds well.")
    assert System.objects.get(slug=shown["system"]).state == "live"
    events = lab.get(f"submissions/{key}/events").json()["results"]
    assert [event["to_state"] for event in events] == [
        "draft",
        "uploading",
        "validating",
        "queued",
        "running",
        "awaiting_review",
        "approved",
    ]
    assert [event["number"] for event in events] == list(range(1, 8))
    first = prompt_set.prompts.get(slug=min(answers))
    assert Response.objects.get(prompt=first).own_transcript.startswith("An answer to")


def test_a_dry_run_tells_all_and_stores_nothing(lab, prompt_set):
    answers = answers_to(prompt_set)
    manifest = manifest_of(answers)
    first, second, third = manifest["responses"]
    manifest["responses"] = [
        first | {"sha256": "nonsense"},
        second,
        second | {"sha256": "0" * 64},
        third | {"prompt": "x"},
    ]

    answer = lab.post(
        "submissions?dry_run=1",
        {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "uploaded", "manifest": manifest},
    )

    assert answer.status_code == 200
    assert not answer.json()["ok"]
    assert {problem["code"] for problem in answer.json()["problems"]} == {
        "manifest_hash_format",
        "manifest_duplicate_prompt",
        "manifest_unknown_prompt",
        "manifest_missing_prompt",
    }
    assert not Submission.objects.exists()


def test_what_is_missing_is_not_submitted(lab, prompt_set):
    answers = answers_to(prompt_set)
    body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "uploaded"}
    key = lab.post("submissions", body | {"manifest": manifest_of(answers)}).json()["id"]

    answer = lab.post(f"submissions/{key}/submit")

    assert (answer.status_code, answer.json()["code"]) == (409, "upload_incomplete")
    assert answer.json()["count"] == 3
    assert lab.get(f"submissions/{key}").json()["state"] == "draft"


def test_an_invalid_one_is_mended_in_another_round(lab, prompt_set):
    answers = answers_to(prompt_set)
    slug = min(answers)
    partly = {name: data for name, data in answers.items() if name != slug}
    answer = submitted(lab, prompt_set, partly)
    key = answer.json()["id"]
    assert (answer.json()["state"], answer.json()["waiting_on"]) == ("invalid", "you")
    assert answer.json()["problems"][0]["code"] == "manifest_missing_prompt"
    buckets = {one["bucket"]: one for one in lab.get("me/quota").json()["buckets"]}
    assert [buckets[name]["used"] for name in ("accepted", "running", "invalid")] == [0, 0, 1]

    lab.upload(key, {slug: answers[slug]})
    again = lab.post(f"submissions/{key}/submit", {"manifest": manifest_of(answers)})
    work()

    assert again.status_code == 200, again.json()
    shown = lab.get(f"submissions/{key}").json()
    assert (shown["state"], shown["round"]) == ("awaiting_review", 2)


def test_a_partial_set_below_nine_in_ten_is_not_taken(lab, prompt_set):
    answers = answers_to(prompt_set)
    answers.pop(min(answers))

    answer = submitted(lab, prompt_set, answers, partial=True)

    assert answer.json()["state"] == "invalid"
    assert [one["code"] for one in answer.json()["problems"]] == ["coverage_too_low"]


def test_a_file_that_cannot_be_taken_is_known_at_once(lab, prompt_set):
    body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "uploaded"}
    key = lab.post("submissions", body).json()["id"]

    (sent,) = lab.upload(key, {"broken.wav": b"RIFF this is no sound at all, whatever its name says"})

    assert sent.status_code == 422
    assert sent["Content-Type"] == "application/problem+json"
    (refused,) = lab.get(f"submissions/{key}/uploads", state="refused").json()["results"]
    assert refused["code"] == sent.json()["code"]


def test_the_same_file_is_not_sent_twice(lab, prompt_set):
    answers = answers_to(prompt_set)
    key = submitted(lab, prompt_set, answers).json()["id"]
    lab.post(f"submissions/{key}/cancel")
    body = {"system": lab.system(version="2"), "prompt_set": prompt_set.address, "kind": "uploaded"}
    other = lab.post("submissions", body).json()["id"]

    assert lab.upload(other, answers) == []
    states = {one["state"] for one in lab.get(f"submissions/{other}/uploads").json()["results"]}
    assert states == {"complete"}


def test_cancelled_before_running_gives_the_slot_back(lab, prompt_set):
    key = submitted(lab, prompt_set, answers_to(prompt_set)).json()["id"]

    cancelled = lab.post(f"submissions/{key}/cancel")

    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.json()["coverage"]["cancelled"] == 3
    buckets = {one["bucket"]: one for one in lab.get("me/quota").json()["buckets"]}
    assert [buckets[name]["used"] for name in ("accepted", "running")] == [0, 0]
    again = lab.post(f"submissions/{key}/cancel")
    assert (again.status_code, again.json()["code"], again.json()["possible"]) == (409, "wrong_state", [])


def test_an_identical_system_is_named(lab, prompt_set):
    answers = answers_to(prompt_set)
    key = submitted(lab, prompt_set, answers).json()["id"]
    first = lab.get(f"submissions/{key}").json()["system"]
    lab.post(f"submissions/{key}/cancel")
    model = System.objects.get(slug=first).model.slug
    twin = lab.post(
        "systems", {"model": model, "version": "1", "voice": "Marit", "languages": ["en"]}
    ).json()["slug"]
    body = {"system": twin, "prompt_set": prompt_set.address, "kind": "uploaded"}
    other = lab.post("submissions", body | {"manifest": manifest_of(answers)}).json()["id"]
    lab.upload(other, answers)

    answer = lab.post(f"submissions/{other}/submit")

    assert (answer.status_code, answer.json()["code"], answer.json()["system"]) == (
        409,
        "system_exists",
        first,
    )
