"""Seals: a chain over what was said, in which every later edit is found."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from judging.models import Seal, SealedItem
from judging.services import exclusions, seals
from tests import factories


def history(mo):
    """Two seals: three votes, then an exclusion and its lift."""
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    votes = [factories.vote(pair, factories.annotator(), "a") for _ in range(3)]
    seals.seal()
    [made] = exclusions.exclude(votes[:1], rule="moderator", reason="trial", by=mo)
    exclusions.lift(made, reason="over", by=mo)
    seals.seal()
    return votes


def tamper(sql, *values):
    """Edit past the guards, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        cursor.execute("RESET session_replication_role")


def test_seal_holds_what_is_new_and_nothing_twice(db, mo):
    votes = history(mo)

    first, second = Seal.objects.all()

    assert (first.number, first.items, second.number, second.items) == (1, 6, 2, 2)
    assert list(first.sealed_items.order_by("kind", "key").values_list("kind", "key")) == [
        *(("closing", vote.ballot.batch.closing.pk) for vote in votes),
        *(("vote", vote.pk) for vote in votes),
    ]
    assert sorted(second.sealed_items.values_list("kind", flat=True)) == ["exclusion", "lift"]
    assert len({first.digest, second.digest}) == 2


def test_nothing_new_makes_no_seal(db, mo):
    assert seals.seal() is None
    history(mo)

    assert seals.seal() is None
    assert Seal.objects.count() == 2


def test_what_commits_late_is_in_a_later_seal_whatever_its_key(db, mo):
    votes = history(mo)
    tamper("DELETE FROM judging_sealeditem WHERE kind = 'vote' AND key = %s", votes[0].pk)

    third = seals.seal()

    assert list(third.sealed_items.values_list("kind", "key")) == [("vote", votes[0].pk)]


def test_an_untouched_chain_verifies(db, mo, capsys):
    history(mo)

    call_command("verify_seals")

    assert seals.verify() == []
    assert "2 seals" in capsys.readouterr().out


EDITS = {
    "vote": [
        "UPDATE judging_vote SET elapsed_ms = elapsed_ms + 1",
        "UPDATE judging_vote SET cast_at = cast_at - interval '1 second'",
        "UPDATE judging_vote SET public_id = gen_random_uuid()",
        "UPDATE judging_verdict SET answer = 'b'",
        "UPDATE judging_verdict SET criterion_id = (SELECT min(id) FROM judging_criterion)",
        "DELETE FROM judging_verdict",
        "UPDATE judging_ballot SET \"left\" = 'b'",
        "UPDATE judging_ballot SET first = 'right'",
        "UPDATE judging_ballot SET probability = probability / 2",
        "UPDATE judging_ballot SET annotator_id = annotator_id + 1000",
        "UPDATE judging_ballot SET opened_at = opened_at + interval '1 second'",
        "UPDATE judging_pair SET system_b_id = system_b_id + 1",
    ],
    "exclusion": [
        "UPDATE judging_voteexclusion SET reason = 'other'",
        "UPDATE judging_voteexclusion SET vote_id = vote_id + 1",
        "UPDATE judging_voteexclusion SET created_by_id = NULL",
    ],
    "lift": [
        "UPDATE judging_exclusionlift SET reason = 'other'",
        "UPDATE judging_exclusionlift SET at = at + interval '1 second'",
    ],
}


@pytest.mark.parametrize(("kind", "sql"), [(kind, sql) for kind, edits in EDITS.items() for sql in edits])
def test_an_edit_past_the_guards_is_found_and_named(db, mo, kind, sql):
    history(mo)
    tamper(sql)

    found = seals.verify()

    assert {finding.kind for finding in found} == {kind}
    assert all("was edited" in finding.sentence and finding.key for finding in found)
    with pytest.raises(CommandError, match="not as they were sealed"):
        call_command("verify_seals")


def test_one_edited_row_is_told_from_its_neighbours(db, mo):
    votes = history(mo)
    tamper("UPDATE judging_vote SET elapsed_ms = 1 WHERE id = %s", votes[1].pk)

    [finding] = seals.verify()

    assert (finding.seal, finding.kind, finding.key) == (1, "vote", votes[1].pk)


@pytest.mark.parametrize(
    ("sql", "number", "sentence"),
    [
        ("DELETE FROM judging_exclusionlift", 2, "is gone"),
        ("UPDATE judging_seal SET digest = repeat('1', 64) WHERE number = 1", 2, "Seal 2 or its list"),
        ("UPDATE judging_seal SET at = at + interval '1 second' WHERE number = 1", 1, "Seal 1 or its list"),
        ("DELETE FROM judging_sealeditem WHERE kind = 'lift'", 2, "Seal 2 or its list"),
        ("UPDATE judging_sealeditem SET digest = repeat('1', 64) WHERE kind = 'lift'", 2, "was edited"),
    ],
)
def test_an_edited_seal_is_found(db, mo, sql, number, sentence):
    history(mo)
    tamper(sql)

    found = seals.verify()

    assert any(finding.seal == number and sentence in finding.sentence for finding in found)


def test_a_missing_seal_is_found(db, mo):
    history(mo)
    tamper("DELETE FROM judging_sealeditem WHERE seal_id = (SELECT id FROM judging_seal WHERE number = 1)")
    tamper("DELETE FROM judging_seal WHERE number = 1")

    assert [finding.sentence for finding in seals.verify()] == ["A seal before number 2 is missing."]


def test_parallel_calls_make_one_seal(committed_db, together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    votes = [factories.vote(pair, factories.annotator(), "tie") for _ in range(5)]

    made = together(8, lambda _: seals.seal())

    assert [one for one in made if one] == [Seal.objects.get()]
    assert SealedItem.objects.count() == 2 * len(votes)
    assert seals.verify() == []
