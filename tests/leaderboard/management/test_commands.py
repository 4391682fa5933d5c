"""`manage.py snapshot` and `manage.py rebuild_snapshot`."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leaderboard.models import Snapshot
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings):
    settings.BOOTSTRAP_RESAMPLES = 10


def said(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_snapshot_builds_all_boards_and_says_what_they_hold():
    boards.triangle("ab")

    lines = said("snapshot").splitlines()

    held = "6 votes by 6 annotators on 3 prompts, 0 excluded, 3 systems."
    assert lines[:2] == [f"overall #1: {held}", f"overall-elo #1: {held}"]
    # The slices that were judged too.
    assert all(line.startswith("overall-") and line.endswith(held) for line in lines[2:])
    assert len(lines) == 6


def test_snapshot_builds_one_board():
    boards.triangle("ab")

    said("snapshot", "overall-elo")

    assert list(Snapshot.objects.values_list("board__slug", "number")) == [("overall-elo", 1)]


def test_snapshot_says_that_nothing_is_new():
    before = said("snapshot")
    boards.triangle("ab")
    said("snapshot")

    after = said("snapshot")

    assert before == after == "Nothing new: no vote, exclusion or lift since the last snapshot.\n"
    assert set(Snapshot.objects.values_list("number", flat=True)) == {1}


def test_snapshot_names_the_boards_that_there_are():
    with pytest.raises(
        CommandError, match=r"no board 'overal'\. There are: overall, semantic, paralinguistic, overall-elo"
    ):
        said("snapshot", "overal")


def test_rebuild_snapshot_says_equal():
    boards.triangle("ab")
    said("snapshot")

    text = said("rebuild_snapshot", "overall", "1")

    assert text.count(Snapshot.objects.get(board__slug="overall").result_sha256) == 2
    assert text.splitlines()[-1] == "EQUAL: the snapshot is what its votes come to."


def test_rebuild_snapshot_fails_where_a_vote_was_edited():
    boards.triangle("ab")
    said("snapshot")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE judging_verdict SET answer = 'tie' WHERE answer = 'a'")

    with pytest.raises(CommandError, match="DIFFERENT") as refused:
        said("rebuild_snapshot", "overall", "1")

    assert refused.value.returncode == 1


def test_rebuild_snapshot_knows_no_such_number():
    with pytest.raises(CommandError, match="Board 'overall' has no snapshot 9"):
        said("rebuild_snapshot", "overall", "9")
