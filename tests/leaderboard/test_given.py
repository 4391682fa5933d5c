"""What is given away of the votes behind a snapshot: counts at once, single votes in a month, of nobody."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import Prompt
from judging.models import Vote
from leaderboard.models import Snapshot
from leaderboard.selectors import given
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/boards/overall/snapshots/1/votes"


@pytest.fixture
def cast():
    votes = boards.triangle("aaabtx")[1]
    snapshots.build_all()
    return votes


def sent(client, **query):
    answer = client.get(ADDRESS, query)
    assert answer.status_code == 200, answer.content
    return json.loads(b"".join(answer.streaming_content))


def a_month_later():
    with factories.unguarded():
        Snapshot.objects.update(created_at=timezone.now() - given.WAIT - timedelta(minutes=1))


def test_counts_are_of_each_person_and_pair(client, cast):
    found = sent(client)

    assert (found["form"], found["criterion"]) == ("matrices", "overall")
    rows = found["matrices"]
    assert sum(row[answer] for row in rows for answer in ("a", "b", "tie", "both_bad")) == len(cast) == 18
    assert {row["weight"] for row in rows} == {1.0}
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    assert found["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    people = {vote.ballot.annotator.pseudonym for vote in cast} | {
        str(vote.ballot.annotator_id) for vote in cast
    }
    assert not {row["annotator"] for row in rows} & {str(one) for one in people}


def test_whoever_has_it_already_is_not_sent_it_again(client, cast):
    mark = client.get(ADDRESS)["ETag"]

    again = client.get(ADDRESS, headers={"If-None-Match": mark})

    assert (again.status_code, again.content) == (304, b"")
    assert client.get(ADDRESS, {"form": "matrices"})["ETag"] != mark


def test_single_votes_come_after_a_month_and_tell_nobody(client, cast):
    early = client.get(ADDRESS, {"form": "rows"})
    assert (early.status_code, early.json()["code"]) == (409, "not_yet")
    assert early.json()["open_from"] > timezone.now().isoformat()

    a_month_later()
    rows = sent(client, form="rows")["rows"]

    assert len(rows) == len(cast)
    assert set(rows[0]) == {
        *("system_a", "system_b", "prompt", "task", "level", "language", "criterion", "answer", "left"),
        *("first", "probability", "share_heard", "day", "weight"),
    }
    by_prompt = {vote.ballot.pair.prompt.slug: vote for vote in cast}
    for row in rows:
        pair = by_prompt[row["prompt"]].ballot.pair
        assert (row["system_a"], row["system_b"]) == (pair.system_a.slug, pair.system_b.slug)
        assert row["first"] in {"a", "b"}
    counted = sorted((row["prompt"], row["answer"]) for row in rows)
    assert counted == sorted(
        (vote.ballot.pair.prompt.slug, verdict.answer) for vote in cast for verdict in vote.verdicts.all()
    )
    # No moment and no order of time: where a row stands says nothing.
    order = [str(one) for one in Vote.objects.order_by("public_id").values_list("public_id", flat=True)]
    assert order == sorted(order)
    assert all(len(row["day"]) == len("2031-01-01") for row in rows)


def test_a_hidden_prompt_is_not_named(client, cast):
    prompt = cast[0].ballot.pair.prompt
    with factories.unguarded():
        Prompt.objects.filter(pk=prompt.pk).update(split="hidden")
    a_month_later()

    rows = sent(client, form="rows")["rows"]

    assert prompt.slug not in json.dumps(rows)
    assert sum(row["prompt"] is None for row in rows) == 6


def test_another_form_is_none(client, cast):
    answer = client.get(ADDRESS, {"form": "people"})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_an_empty_board_has_an_empty_list(client):
    boards.published()
    assert sent(client)["matrices"] == []


def test_agreement_is_shown_with_its_cases_or_not_at_all(client):
    assert client.get("/api/v1/agreement").json() == {"snapshot_at": None, "fewest_cases": 10, "criteria": []}
    one, other = factories.system(), factories.system()
    people = [factories.annotator() for _ in range(3)]
    for number in range(12):
        pair = factories.pair(factories.prompt(), one, other)
        for person in people:
            factories.vote(pair, person, "a" if number % 3 else "b")
    snapshots.build_all()

    found = client.get("/api/v1/agreement").json()

    (overall,) = found["criteria"]
    whole = overall["lines"][0]
    assert (overall["criterion"], whole["by"], whole["judged_twice"]) == ("overall", None, 12)
    assert whole["alpha"]["value"] == pytest.approx(1.0)
    assert whole["raw"]["cases"] >= 10
    # Nobody was asked again.
    assert whole["own"] is None
    assert not {str(person.pseudonym) for person in people} & set(json.dumps(found).split('"'))


def test_agreement_does_not_move_between_snapshots(client):
    one, other = factories.system(), factories.system()
    for _ in range(12):
        boards.votes(one, other, "aab")
    snapshots.build_all()
    before = client.get("/api/v1/agreement").content

    boards.votes(one, other, "bbbbbb")

    assert client.get("/api/v1/agreement").content == before
