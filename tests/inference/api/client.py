"""A researcher's program: bears a token, sends keys, and streams parts."""

import base64
import hashlib
import json
import uuid

from django.test import Client
from django.utils import timezone

from inference.models import Membership, Scope
from inference.services import tokens
from tests import factories

ALL = tuple(Scope.values)


def team_of(person, **fields):
    """A team with an owner."""
    team = factories.team(**fields)
    Membership.objects.create(team=team, person=person, role="owner")
    return team


class Program:
    """A client that bears a token of a team."""

    def __init__(self, team, by, *, scopes=ALL) -> None:
        self.team, self.by = team, by
        self.shown = tokens.make(team, by=by, name="test", scopes=scopes)
        self.http = Client(headers={"Authorization": f"Bearer {self.shown.text}"})

    def get(self, path, **query):
        return self.http.get(f"/api/v1/{path}", query)

    def post(self, path, body=None, *, key=None, **extra):
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.http.post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            headers=headers,
            **extra,
        )

    def patch(self, path, body):
        return self.http.patch(f"/api/v1/{path}", json.dumps(body), content_type="application/json")

    def delete(self, path):
        return self.http.delete(f"/api/v1/{path}")

    def put_part(self, upload, number, data, *, digest=None):
        said = base64.b64encode(digest or hashlib.sha256(data).digest()).decode()
        return self.http.put(
            f"/api/v1/uploads/{upload}/parts/{number}",
            data,
            content_type="application/octet-stream",
            headers={"Content-Digest": f"sha-256=:{said}:"},
        )

    def system(self, **fields):
        """A draft of a new model."""
        model = self.post("models", {"name": f"Model {uuid.uuid4().hex[:6]}", "licence": "Apache-2.0"}).json()
        body = {"model": model["slug"], "version": "1", "voice": "Marit", "languages": ["en"]} | fields
        return self.post("systems", body).json()["slug"]

    def upload(self, submission, files):
        """Send whole files, each in one part."""
        wanted = [{"sha256": sha(data), "bytes": len(data), "name": name} for name, data in files.items()]
        made = self.post(f"submissions/{submission}/uploads", {"files": wanted}).json()["uploads"]
        by_hash = {sha(data): data for data in files.values()}
        return [self.put_part(one["id"], 1, by_hash[one["sha256"]]) for one in made if one["missing"]]


def sha(data):
    """The SHA-256 of bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def published_set(count=3, *, ids=(), **fields):
    """A frozen and published set of prompts in English; so many with ids of chance, or with these."""
    made = factories.prompt_set(**fields)
    for _ in range(count if not ids else 0):
        factories.prompt(made)
    for slug in ids:
        factories.prompt(made, slug=slug)
    now = timezone.now()
    type(made).objects.filter(pk=made.pk).update(frozen_at=now, published_at=now)
    made.refresh_from_db()
    return made


def answers_to(prompt_set):
    """A different tone for each prompt, by its slug."""
    return {prompt.slug: factories.wav() for prompt in prompt_set.prompts.order_by("slug")}


def manifest_of(answers):
    """The manifest of these answers."""
    return {
        "responses": [
            {"prompt": slug, "sha256": sha(data), "bytes": len(data), "transcript": f"An answer to {slug}."}
            for slug, data in answers.items()
        ],
        "provenance": {"made_by": "a test"},
    }
