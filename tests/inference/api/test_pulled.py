"""A team's own machine takes jobs over the API, and a lost lease changes nothing."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference.models import Attempt, Response
from inference.services.submissions import advancing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def submission(lab, prompt_set):
    """A queued one of the kind worker."""
    body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "worker"}
    key = lab.post("submissions", body).json()["id"]
    lab.post(f"submissions/{key}/submit")
    return key


def claim(lab, submission, at_most=1):
    return lab.post("jobs/claim", {"submission": submission, "at_most": at_most, "worker": "lab-a gpu 0"})


def complete(lab, job, data):
    reply = json.dumps({"lease_token": job["lease_token"], "transcript": "Sure.", "total_ms": 900})
    sound = SimpleUploadedFile("answer.wav", data)
    return lab.http.post(f"/api/v1/jobs/{job['id']}/complete", {"reply": reply, "audio": sound})


def test_claimed_jobs_are_answered_once(lab, submission):
    jobs = claim(lab, submission, at_most=8).json()["jobs"]
    sounds = [factories.wav() for _ in jobs]

    first = [complete(lab, job, data).status_code for job, data in zip(jobs, sounds, strict=True)]
    again = [complete(lab, job, data).status_code for job, data in zip(jobs, sounds, strict=True)]
    advancing.advance_all()

    assert first == again == [200, 200, 200]
    assert Response.objects.count() == 3
    assert claim(lab, submission).status_code == 204
    assert lab.get(f"submissions/{submission}").json()["state"] == "awaiting_review"
    assert {attempt.api_token for attempt in Attempt.objects.all()} == {lab.shown.token}


def test_a_lost_lease_counts_no_more(lab, submission):
    (job,) = claim(lab, submission).json()["jobs"]
    token = {"lease_token": job["lease_token"]}

    released = lab.post(f"jobs/{job['id']}/release", token)
    late = [
        complete(lab, job, factories.wav()),
        lab.post(f"jobs/{job['id']}/heartbeat", token),
        lab.post(f"jobs/{job['id']}/fail", token | {"code": "slow", "message": "Too slow."}),
    ]

    assert released.status_code == 200
    assert {(one.status_code, one.json()["code"]) for one in late} == {(409, "lease_lost")}
    assert not Response.objects.exists()


def test_only_what_failed_is_asked_again(lab, submission):
    jobs = claim(lab, submission, at_most=3).json()["jobs"]
    for job in jobs[:2]:
        complete(lab, job, factories.wav())
    failed = {
        "lease_token": jobs[2]["lease_token"],
        "code": "out_of_memory",
        "message": "No.",
        "again": False,
    }
    lab.post(f"jobs/{jobs[2]['id']}/fail", failed)
    advancing.advance_all()

    before = lab.get(f"submissions/{submission}").json()
    answer = lab.post(f"submissions/{submission}/retry").json()

    assert (before["state"], before["failed_by_code"]) == ("incomplete", {"out_of_memory": 1})
    assert (answer["state"], answer["round"]) == ("queued", 2)
    assert {name: answer["coverage"][name] for name in ("ok", "queued", "failed")} == {
        "ok": 2,
        "queued": 1,
        "failed": 0,
    }


def test_silence_is_refused_with_its_code(lab, submission):
    (job,) = claim(lab, submission).json()["jobs"]

    answer = complete(lab, job, factories.wav(factories.tone(level=0.0)))

    assert (answer.status_code, answer.json()["code"]) == (422, "audio_silent")
    (row,) = lab.get(f"submissions/{submission}/jobs", state="failed").json()["results"]
    assert (row["code"], row["fault"]) == ("audio_silent", "submitter")


def test_another_teams_jobs_are_not_there(lab, rivals, submission):
    (job,) = claim(lab, submission).json()["jobs"]

    assert claim(rivals, submission).status_code == 404
    token = {"lease_token": job["lease_token"]}
    assert rivals.post(f"jobs/{job['id']}/heartbeat", token).status_code == 404
