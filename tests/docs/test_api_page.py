"""docs/api.md is walked: its commands are sent in order, and each address it names is of the schema."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from inference.models import Submission
from inference.services.submissions import deciding
from tests.inference.api.client import Program, answers_to, manifest_of, published_set, team_of
from tests.inference.api.test_uploaded import work

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "api.md").read_text()
NAMED = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)[^`]*`")
COMMAND = re.compile(r"^api \$ARENA/(.*?)(?:\s+#.*)?$", re.MULTILINE)


def shape(path: str) -> str:
    """An address with its fields left open."""
    return re.sub(r"{\w+}", "{}", path)


def test_every_address_is_one_of_the_schema():
    paths = yaml.safe_load((DOCS / "openapi.yaml").read_text())["paths"]
    known = {(method.upper(), shape(path)) for path, methods in paths.items() for method in methods}
    named = {(method, shape(f"/api/v1{path}")) for method, path in NAMED.findall(PAGE)}

    assert len(named) > 5
    assert named - known == set()


@pytest.mark.django_db
def test_its_commands_lead_to_an_accepted_submission(ada, mo):
    lab = Program(team_of(ada, provider="Harbour Lab"), ada, scopes=["systems:write", "submissions:write"])
    prompt_set = published_set(slug="core", version=3)
    commands = [shlex.split(command) for command in COMMAND.findall(PAGE)]
    assert [command[0].split("/")[0] for command in commands] == [
        "prompt-sets",
        "prompt-sets",
        "models",
        "systems",
    ]

    for path, *options in commands:
        if "-d" in options:
            answer = lab.post(path, json.loads(options[options.index("-d") + 1]))
        else:
            answer = lab.get(path)
        assert answer.status_code in {200, 201}, (path, answer.content)
        last = answer
    answers = answers_to(prompt_set)
    shown = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
    manifest = manifest_of(answers) | {"provenance": shown["provenance"]}
    assert set(shown["responses"][0]) == set(manifest["responses"][0])
    body = {"prompt_set": "core/3", "kind": "uploaded", "manifest": manifest, "system": last.json()["slug"]}
    tried = lab.post("submissions?dry_run=1", body)
    assert (tried.status_code, tried.json()["problems"]) == (200, [])
    assert not Submission.objects.exists()
    key = lab.post("submissions", body).json()["id"]
    assert all(sent.status_code == 200 for sent in lab.upload(key, answers))
    assert lab.get(f"submissions/{key}/uploads", state="refused").json()["results"] == []
    assert lab.post(f"submissions/{key}/submit").status_code == 200
    state = lab.get(f"submissions/{key}").json()
    assert (state["state"], state["coverage"]["expected"]) == ("queued", 3)
    work()
    assert lab.get(f"submissions/{key}").json()["state"] == "awaiting_review"
    deciding.approve(Submission.objects.get(public_id=key), by=mo, reason="It sounds well.")
    accepted = lab.get(f"submissions/{key}").json()
    assert (accepted["state"], accepted["waiting_on"]) == ("approved", "nobody")
    assert lab.get(f"systems/{body['system']}").json()["state"] == "live"
