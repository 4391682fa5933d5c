"""A release gives the boards again from its files alone, and holds nothing private (A54, D70, E49)."""

import gzip
import io
import json
import subprocess
import sys
from hashlib import sha256

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

import leaderboard
from inference.errors import Refused
from judging.services import exclusions
from leaderboard.models import Release
from leaderboard.services import releases, snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db

USUAL = {"title": "Votes", "licence": "CC-BY-4.0"}
FILES = {
    *("votes.jsonl.gz", "snapshots.json", "protocol.json", "systems.jsonl", "prompts.jsonl", "README.md"),
    "SHA256SUMS",
}


@pytest.fixture
def few(settings, tmp_path):
    """Keep what is kept and stored apart, and resample little."""
    settings.VAR_DIR = tmp_path
    settings.BOOTSTRAP_RESAMPLES = 20


def bytes_of(file):
    with default_storage.open(file.storage_key) as stream:
        return stream.read()


def published(prompt_set):
    prompt_set.frozen_at = prompt_set.published_at = timezone.now()
    prompt_set.save()


def contents(release):
    return {file.name: bytes_of(file) for file in release.files.all()}


def votes_of(release):
    text = gzip.decompress(contents(release)["votes.jsonl.gz"]).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_files_alone_give_the_published_board_again(few, tmp_path):
    call_command("make_arena", systems=5, prompts=30, annotators=24, votes=1100, seed=3, verbosity=0)
    call_command("release", "2031-1", licence="CC-BY-4.0", to=tmp_path / "taken", verbosity=0)
    folder = tmp_path / "taken"
    published = {one["board"]["slug"]: one for one in json.loads((folder / "snapshots.json").read_text())}
    overall, trend = published["overall"], published["overall-elo"]

    again = ranked(folder, overall, "--bootstrap", "0")
    elo = ranked(folder, trend, "--method", "elo")

    mine = {line["system"]: line for line in overall["standings"]}
    assert len(again) == len(mine) == 5
    for line in again:
        there = mine[line["system"]]
        for name in ("rating", "low", "high"):
            assert line[name] == pytest.approx(there[name], abs=2e-5)
        if there["rank_low"]:
            assert (line["rank_low"], line["rank_high"]) == (there["rank_low"], there["rank_high"])
        for name in ("votes", "wins", "losses", "ties", "both_bad"):
            assert line[name] == there[name]
    ratings = {line["system"]: line["rating"] for line in trend["standings"]}
    assert {line["system"]: pytest.approx(line["rating"], abs=1e-5) for line in elo} == ratings
    assert sum(ratings.values()) == pytest.approx(5000)


def ranked(folder, snapshot, *options):
    """Rank the votes in a process that has neither settings nor a database."""
    command = [sys.executable, "-m", "leaderboard.ranking", folder / "votes.jsonl.gz", *options]
    command += ["--criterion", snapshot["board"]["criterion"], "--seed", str(snapshot["seed"])]
    # The code from where it lies, the data from nowhere else.
    path = {"PYTHONPATH": str(leaderboard.__path__[0] + "/..")}
    done = subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, cwd=folder, env=path, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["systems"]


def test_is_published_once_with_checksums_and_open_to_everybody(few, client):
    boards.triangle()
    snapshots.build_all()
    call_command("release", "2031-1", licence="CC-BY-4.0", verbosity=0, stdout=io.StringIO())

    release = Release.objects.get()
    there = contents(release)
    assert there.keys() == FILES
    assert all(sha256(there[file.name]).hexdigest() == file.sha256 for file in release.files.all())
    sums = dict(line.split("  ")[::-1] for line in there["SHA256SUMS"].decode().splitlines())
    assert sums == {name: sha256(data).hexdigest() for name, data in there.items() if name != "SHA256SUMS"}
    listed = client.get("/api/v1/releases").json()["results"]
    assert [one["version"] for one in listed] == ["2031-1"]
    assert len(listed[0]["files"]) == len(FILES)
    assert sums["votes.jsonl.gz"] in client.get("/releases/").content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.update(title="Other")
    with pytest.raises(CommandError, match="here already"):
        call_command("release", "2031-1", licence="CC-BY-4.0", verbosity=0)


def test_says_what_every_vote_was(few):
    one, other = factories.system("one"), factories.system("other")
    opened = factories.prompt_set("core")
    pair = factories.pair(factories.prompt(opened, slug="rain", task="poetry", level=3), one, other)
    published(opened)
    factories.vote(pair, factories.annotator(), "a", left="b")
    snapshots.build_all()

    (vote,) = votes_of(releases.publish(version="1", **USUAL))

    # What stood left comes first: system a of the pair stood right, and won.
    assert (vote["a"], vote["b"], vote["winner"]) == ("other", "one", "b")
    assert (vote["prompt"], vote["task"], vote["level"], vote["language"]) == (
        "core/1/rain",
        "poetry",
        3,
        "en",
    )
    assert (vote["criterion"], vote["weight"], vote["time"], vote["heard"]) == ("overall", 1.0, 1, "a")
    assert vote["day"] == timezone.now().date().isoformat()


def test_pseudonyms_of_two_releases_cannot_be_joined_and_one_person_keeps_one(few):
    one, other = factories.system(), factories.system()
    person = factories.annotator()
    for _ in range(3):
        factories.vote(factories.pair(factories.prompt(), one, other), person, "a")
    snapshots.build_all()

    first, second = (votes_of(releases.publish(version=name, **USUAL)) for name in ("1", "2"))

    assert len({vote["annotator"] for vote in first}) == 1
    assert {vote["annotator"] for vote in first} & {vote["annotator"] for vote in second} == set()
    assert {vote["prompt"] for vote in first} & {vote["prompt"] for vote in second} == set()


def test_counts_what_was_taken_back_and_leaves_it_out(few):
    _, cast = boards.triangle("aab")
    exclusions.exclude(cast[:2], rule="withdrawn", reason="wish", by=None)
    exclusions.exclude(cast[2:3], rule="moderator", reason="trial", by=None)
    snapshots.build_all()

    release = releases.publish(version="1", **USUAL)

    assert release.withdrawn == 2
    assert len(votes_of(release)) == 6
    assert "`withdrawn`, 2:" in contents(release)["README.md"].decode()


def test_holds_nothing_that_is_private(few):
    secret = "canary-7f3a"
    person = factories.annotator(f"{secret}@example.org")
    person.user.name = secret
    person.user.save()
    hidden = factories.prompt_set("core")
    asked = [
        factories.prompt(hidden, split="hidden", slug=f"{secret}-1", transcript=secret, tags=[secret]),
        factories.prompt(hidden, state="withdrawn", withdrawn_reason=secret, slug=f"{secret}-2"),
        factories.prompt(factories.prompt_set(f"{secret}-set"), transcript=secret),
        factories.prompt(hidden, split="training", slug=f"{secret}-3", transcript=secret),
    ]
    published(hidden)
    plain = factories.system("plain", config={"url": f"https://{secret}.example.org", "key": secret})
    named = factories.system(
        f"{secret}-system",
        state="codenamed",
        codename="copper-finch",
        codenamed_at=timezone.now(),
        reveal_at=timezone.now(),
        model=factories.model(f"{secret}-model", provider=secret),
        voice=secret,
        system_prompt=secret,
    )
    for prompt in asked[:3]:
        cast = factories.vote(factories.pair(prompt, plain, named), person, "a")
    exclusions.exclude([cast], rule="moderator", reason=secret, by=person.user)
    snapshots.build_all()

    release = releases.publish(version="1", **USUAL)

    there = contents(release)
    there["votes.jsonl.gz"] = gzip.decompress(there["votes.jsonl.gz"])
    assert [name for name, data in there.items() if secret.encode() in data] == []
    assert {vote[side] for vote in votes_of(release) for side in "ab"} == {"plain", "copper-finch"}
    assert len(votes_of(release)) == 2
    assert all(str(person.pk) != vote["annotator"] for vote in votes_of(release))


@pytest.mark.parametrize("version", ["", "UP", "../1", "a" * 41, "1 2"])
def test_version_that_is_no_folder_is_refused(few, version):
    with pytest.raises(Refused) as refused:
        releases.publish(version=version, **USUAL)
    assert refused.value.code == "release_version"


def test_nothing_to_release_is_said(few, client):
    with pytest.raises(Refused) as refused:
        releases.publish(version="1", **USUAL)
    assert refused.value.code == "nothing_to_release"
    assert "Nothing has been released yet" in client.get("/releases/").content.decode()


def test_page_takes_the_same_queries_however_many_releases(few, client, django_assert_num_queries):
    boards.triangle()
    snapshots.build_all()
    releases.publish(version="1", **USUAL)
    client.get("/releases/")
    with django_assert_num_queries(2):
        client.get("/releases/")
    releases.publish(version="2", **USUAL)
    with django_assert_num_queries(2):
        assert client.get("/releases/").content.count(b">README.md<") == 2
