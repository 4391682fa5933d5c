"""Who may use which route: generated from the URL resolver. A route without a row fails.

Every principal asks about objects of the own team, of another team's, and missing ones.
What a stranger may not see looks like what does not exist.
"""

import json
import uuid
from dataclasses import dataclass

import pytest
from django.urls import get_resolver

from inference.api.base import ApiView
from inference.models import Scope
from tests.inference.api.client import Program

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    name: str
    pattern: str
    view: type[ApiView]
    method: str

    def __str__(self):
        return f"{self.method} {self.pattern}"


def routes():
    """Every route below /api/."""
    found = []

    def walk(patterns, before=""):
        for one in patterns:
            path = before + str(one.pattern)
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, path)
            elif path.lstrip("^").startswith("api/"):
                view = one.callback.view_class
                found.extend(
                    Route(one.name, path, view, method) for method in METHODS if hasattr(view, method.lower())
                )

    walk(get_resolver().url_patterns)
    return found


ROUTES = routes()
OPEN = {
    "api-root",
    "api-schema",
    "api-nowhere",
    "api-status",
    "api-languages",
    "api-domains",
    "api-levels",
    "api-tasks",
    "api-adapters",
    "api-adapter",
    "api-prompt-sets",
    "api-prompt-set",
    "api-manifest",
    "api-boards",
    "api-board",
    "api-snapshots",
    "api-latest",
    "api-snapshot",
    "api-head-to-head",
    "api-votes",
    "api-shares",
    "api-agreement",
    "api-exclusions",
    "api-announcements",
    "api-releases",
    "api-release-of",
    "api-release-file",
}
READ_OPEN = {"api-models", "api-model", "api-systems", "api-system"}
ANY_TOKEN = {
    "api-me",
    "api-quota",
    "api-archive",
    "api-prompt-audio",
    "api-submission-events",
    "api-submission-jobs",
    "api-submission-responses",
}
SCOPES = {
    Scope.TOKENS: {"api-tokens", "api-token"},
    Scope.SYSTEMS: {*READ_OPEN, "api-codename", "api-reveal", "api-retire", "api-system-withdraw"},
    Scope.SUBMISSIONS: {
        "api-submissions",
        "api-submission",
        "api-submit",
        "api-cancel",
        "api-retry",
        "api-accept-partial",
        "api-withdraw",
        "api-submission-uploads",
        "api-upload",
        "api-part",
        "api-complete",
        "api-secrets",
        "api-secret",
    },
    Scope.WORKER: {"api-claim", "api-heartbeat", "api-job-complete", "api-fail", "api-release"},
    Scope.WEBHOOKS: {
        "api-webhooks",
        "api-webhook",
        "api-webhook-test",
        "api-deliveries",
        "api-redeliver",
    },
    Scope.RESULTS: {"api-results"},
}


def declared(route):
    """What the table above says of a route: open, any token, or a scope; None: it has no row."""
    if route.name in OPEN or (route.name in READ_OPEN and route.method == "GET"):
        return "open"
    if route.name in ANY_TOKEN:
        return "token"
    return next((str(scope) for scope, names in SCOPES.items() if route.name in names), None)


def test_every_route_has_a_row_and_its_view_says_the_same():
    assert {route.name for route in ROUTES if declared(route) is None} == set()
    for route in ROUTES:
        access = route.view.access.get(route.method)
        said = None if access is None else access.scope or ("token" if access.needs_token else "open")
        assert said == declared(route), route


def test_every_post_asks_for_a_key_or_a_lease():
    by_lease = SCOPES[Scope.WORKER]

    without = {
        route.name
        for route in ROUTES
        if route.method == "POST" and not getattr(route.view.post, "is_once", False)
    }

    assert without == by_lease | {"api-nowhere"}


def address(route, values):
    """An address of the route with these values."""
    path = route.pattern.replace("^", "").replace("$", "").replace("(?P<rest>[\\s\\S]*)", "nothing")
    for name, value in values.items():
        for kind in ("uuid", "slug", "int", "str"):
            path = path.replace(f"<{kind}:{name}>", str(value))
    return f"/{path}"


MISSING = {
    "slug": "no-such-thing",
    "name": "no-such-thing",
    "version": 9,
    "number": 1,
    "token": uuid.uuid4(),
    "prompt": uuid.uuid4(),
    "submission": uuid.uuid4(),
    "upload": uuid.uuid4(),
    "job": uuid.uuid4(),
    "webhook": uuid.uuid4(),
    "delivery": uuid.uuid4(),
}


def ask(client, route, values):
    headers = {"Idempotency-Key": uuid.uuid4().hex} if route.method != "GET" else {}
    return client.generic(
        route.method,
        address(route, values),
        json.dumps({}) if route.method != "GET" else "",
        content_type="application/json",
        headers=headers,
    )


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_who_may_use_a_route(route, lab, client):
    who = declared(route)
    without = Program(lab.team, lab.by, scopes=())
    others = Program(lab.team, lab.by, scopes=[scope for scope in Scope.values if scope != who])

    stranger = ask(client, route, MISSING)
    if who == "open":
        assert stranger.status_code not in {401, 403}
        return
    assert (stranger.status_code, stranger.json()["code"]) == (401, "token_needed")
    for program in (without, others):
        answer = ask(program.http, route, MISSING)
        if who == "token":
            assert answer.status_code in {200, 404}
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
            assert answer.json()["scope"] == who


@pytest.mark.parametrize("route", [one for one in ROUTES if "<" in one.pattern], ids=str)
def test_what_is_missing_and_what_is_anothers_look_alike(route, lab, rivals, prompt_set):
    if declared(route) == "open":
        return
    theirs = objects_of(rivals, prompt_set)

    missing, anothers = ask(lab.http, route, MISSING), ask(lab.http, route, MISSING | theirs)

    assert missing.status_code == anothers.status_code
    assert missing.json()["code"] == anothers.json()["code"]
    assert missing.json()["detail"] == anothers.json()["detail"]


def objects_of(program, prompt_set):
    """A private object of each kind, of a team."""
    system = program.system()
    submission = program.post(
        "submissions", {"system": system, "prompt_set": prompt_set.address, "kind": "uploaded"}
    ).json()["id"]
    upload = program.post(
        f"submissions/{submission}/uploads", {"files": [{"sha256": "0" * 64, "bytes": 9}]}
    ).json()["uploads"][0]["id"]
    webhook = program.post("webhooks", {"url": "https://example.org/", "events": ["test"]}).json()["id"]
    delivery = program.post(f"webhooks/{webhook}/test").json()["id"]
    token = program.get("tokens").json()["results"][0]["id"]
    program.post("secrets", {"name": "harbour-key", "value": "a key of theirs"})
    return {
        "name": "harbour-key",
        "slug": system,
        "submission": submission,
        "upload": upload,
        "webhook": webhook,
        "delivery": delivery,
        "token": token,
    }
