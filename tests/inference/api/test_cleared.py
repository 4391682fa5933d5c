"""A22: a team's first submission of a kind that we run waits for a moderator; later ones do not."""

import pytest

from inference.models import Job, Submission, Team
from inference.services.submissions import deciding

pytestmark = pytest.mark.django_db
CONFIG = {"endpoint": {"base_url": "https://voice.example.org/v1", "model": "m"}, "voice": "marit"}


def submitted(lab, prompt_set):
    lab.post("secrets", {"name": "lab-key", "value": "sk-a-key-of-the-lab"})
    body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "endpoint"}
    body |= {"adapter": "realtime", "config": CONFIG, "secret": "lab-key"}
    key = lab.post("submissions", body).json()["id"]
    answer = lab.post(f"submissions/{key}/submit")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_teams_first_waits_for_a_moderator(lab, prompt_set, mo):
    waiting = submitted(lab, prompt_set)

    assert (waiting["state"], waiting["waiting_on"]) == ("validating", "reviewer")
    assert waiting["code"] == "clearance_needed"
    assert not Job.objects.exists()

    deciding.clear(Submission.objects.get(public_id=waiting["id"]), by=mo, reason="A known lab.")

    after = lab.get(f"submissions/{waiting['id']}").json()
    assert (after["state"], after["waiting_on"], after["code"]) == ("validating", "us", "health_check")
    assert Job.objects.count() == 3
    assert Team.objects.get(pk=lab.team.pk).cleared_kinds == ["endpoint"]


def test_a_cleared_teams_next_one_is_asked_at_once(lab, prompt_set):
    Team.objects.filter(pk=lab.team.pk).update(cleared_kinds=["endpoint"])
    lab.team.refresh_from_db()

    assert submitted(lab, prompt_set)["code"] == "health_check"
