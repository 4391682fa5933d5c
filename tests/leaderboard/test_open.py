"""What is open about how the boards came about."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.models import System
from leaderboard.models import Announcement, Release, ReleaseFile, Snapshot
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


def counts(wins):
    """A line's answers, all of them won."""
    return {"wins": wins, "losses": 0, "ties": 0, "both_bad": 0}


def test_shares_are_of_the_current_snapshot_and_name_no_codename(client, django_assert_max_num_queries):
    assert client.get("/api/v1/shares").json() == {
        "board": None,
        "snapshot": None,
        "systems": [],
        "owners": [],
    }
    one, hidden = factories.system("one"), factories.system("hidden")
    boards.published([(one, {"votes": 30, **counts(30)}), (hidden, {"votes": 10, **counts(10)})])
    now = timezone.now()
    System.objects.filter(pk=hidden.pk).update(
        state="codenamed", codename="heron", codenamed_at=now, reveal_at=now
    )

    with django_assert_max_num_queries(20):
        answer = client.get("/api/v1/shares")

    shown = {row["system"]: (row["votes"], row["share"], row["target"]) for row in answer.json()["systems"]}
    assert shown == {"one": (30, 0.75, 0.5), "heron": (10, 0.25, 0.5)}
    assert b"hidden" not in answer.content.lower()
    assert hidden.model.provider == one.model.provider or hidden.model.provider.encode() not in answer.content


def test_exclusions_are_counted_by_rule_and_snapshot(client):
    snapshot = boards.published([(factories.system(), {}), (factories.system(), {})])
    rule = {
        "rule": "heard_recheck",
        "votes": 31,
        "sentence_en": "Heard too little.",
        "sentence_zh_hans": "没听完。",
    }
    assert client.get("/api/v1/exclusions").json() == {"results": []}
    with factories.unguarded():
        Snapshot.objects.filter(pk=snapshot.pk).update(card={"exclusions": [rule]})

    assert client.get("/api/v1/exclusions").json()["results"] == [
        {"board": "overall", "snapshot": snapshot.number, **rule}
    ]


def test_announcements_are_listed_the_newest_first(client, django_assert_num_queries):
    for title in ("One", "Two", "Three"):
        Announcement.objects.create(
            kind="notice", title_en=title, title_zh_hans="通知", body_en="So it is.", body_zh_hans="如此。"
        )
    with django_assert_num_queries(1):
        rows = client.get("/api/v1/announcements").json()["results"]

    assert [row["title_en"] for row in rows] == ["Three", "Two", "One"]
    assert rows[0]["snapshot"] is None


def test_a_release_has_its_files_and_one_that_is_not_published_is_not_there(client):
    fields = {"title": "Votes", "licence": "CC-BY-4.0"}
    release = Release.objects.create(version="2031-1", published_at=timezone.now(), **fields)
    Release.objects.create(version="2031-2", **fields)
    key = default_storage.save("releases/votes.jsonl", ContentFile(b"{}\n"))
    ReleaseFile.objects.create(
        release=release,
        name="votes.jsonl",
        bytes=3,
        sha256="a" * 64,
        rows=1,
        media_type="application/jsonl",
        storage_key=key,
    )

    (listed,) = client.get("/api/v1/releases").json()["results"]
    shown = client.get("/api/v1/releases/2031-1").json()
    sent = client.get(shown["files"][0]["address"])

    assert listed == shown
    assert (shown["version"], shown["files"][0]["sha256"]) == ("2031-1", "a" * 64)
    assert b"".join(sent.streaming_content) == b"{}\n"
    assert "attachment" in sent["Content-Disposition"]
    assert key not in str(shown)
    for path in ("2031-2", "2031-1/files/other", "2031-2/files/votes.jsonl"):
        assert client.get(f"/api/v1/releases/{path}").status_code == 404


def test_the_api_can_be_browsed_with_what_the_site_brings_along(client):
    page = client.get("/docs/api/")

    assert page.status_code == 200
    text = page.content.decode()
    assert 'data-schema="/api/v1/schema"' in text
    assert "https://" not in text.split("<main")[1]
    assert "<script>" not in text
