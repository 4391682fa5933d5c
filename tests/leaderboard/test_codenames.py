"""While a system bears a codename, nothing open says whose it is: no page, no file, no answer of the API."""

import re
from datetime import timedelta

import pytest
from django.urls import get_resolver
from django.utils import timezone

from inference.models import System
from inference.services import publishing
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db
# What would tell: each is in the row, and none may be in an answer.
CANARIES = ("canaryslug", "canarymodel", "Canaryname", "Canarylab", "canaryversion", "Canaryvoice")
FILLED = {
    "slug": ("overall", "heron", "canaryslug"),
    "number": (1,),
    "name": (
        "standings",
        "pairs",
        "history",
        "ratings",
        "matrix",
        "votes",
        "differs",
        "results",
        "opponents",
    ),
    "form": ("csv", "json", "tex"),
}


@pytest.fixture
def hidden():
    model = factories.model("canarymodel", name="Canaryname", provider="Canarylab")
    system = factories.system("canaryslug", model=model, version="canaryversion", voice="Canaryvoice")
    for name in ("one", "two"):
        for _ in range(12):
            boards.votes(system, System.objects.filter(slug=name).first() or factories.system(name), "abtxab")
    now = timezone.now()
    System.objects.filter(pk=system.pk).update(
        state="codenamed", codename="heron", codenamed_at=now, reveal_at=now + timedelta(days=30)
    )
    snapshots.build_all()
    return system


def addresses():
    """Every open address that can be read, with what could stand in it."""
    found = {"/", "/boards/overall/compare/?a=heron&b=one"}

    def walk(patterns, before=""):
        for one in patterns:
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, before + str(one.pattern))
                continue
            path = (before + str(one.pattern)).replace("^", "").replace("$", "").replace("\\.", ".")
            if path.startswith(
                ("boards", "systems", "api/v1/", "trade-off", "waiting", "agreement", "balance")
            ):
                found.update(filled(path))

    walk(get_resolver().url_patterns)
    return sorted(found)


def filled(path):
    paths = {re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", path)}
    for name, values in FILLED.items():
        paths = {re.sub(rf"<\w+:{name}>", str(value), one) for one in paths for value in values}
    return {f"/{one}" for one in paths if "<" not in one}


def test_nothing_open_tells_who_it_is(client, hidden):
    shown = read = 0
    for address in addresses():
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = body.decode(errors="replace").replace(address, "")
        assert not [one for one in CANARIES if one in text], address
        assert "canaryslug" not in address or answer.status_code in {401, 404, 405}, address
        read += answer.status_code == 200
        shown += "heron" in text
    # It is there, under its other name.
    assert read > 40
    assert shown > 10


def test_its_name_is_shown_once_it_is_revealed(client, hidden):
    publishing.reveal(hidden, by=None)

    shown = client.get("/api/v1/boards/overall/snapshots/1").content.decode()

    assert "canaryslug" in shown
    assert "heron" not in shown
