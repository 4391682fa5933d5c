"""V4: the site's database role reads and adds, and changes nothing that is kept, whatever code it runs."""

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from arena_site import checks, roles
from judging.models import Seal, Vote
from judging.services import seals, votes
from tests import factories
from tests.judging.casting import casting

pytestmark = pytest.mark.django_db
SITE, READER = "arena_test_site", "arena_test_reader"
# The five of the goal; all others that only grow are tried as well.
PROTECTED = {
    "judging_vote",
    "judging_verdict",
    "judging_voteexclusion",
    "judging_exclusionlift",
    "judging_seal",
}
KEPT = {
    *PROTECTED,
    *("inference_stage", "inference_auditentry", "inference_submissionevent"),
    *("judging_sealeditem", "judging_heard", "judging_draw", "judging_pair", "judging_batchclosing"),
    *("leaderboard_standing", "leaderboard_headtohead"),
}


@pytest.fixture
def granted(capsys):
    """Two roles as an operator makes them; they go with the test's transaction."""
    with connection.cursor() as cursor:
        for role in (SITE, READER):
            cursor.execute(f"CREATE ROLE {role}")
    call_command("grant_roles", SITE, reader=READER)
    return capsys.readouterr().out


@pytest.fixture
def become():
    """Go on as another role."""

    def switch(role):
        with connection.cursor() as cursor:
            # What a test made is checked by its owner.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"SET LOCAL ROLE {role}")

    yield switch
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def refused(statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return True


def test_every_change_of_what_is_kept_is_refused_to_the_sites_role(granted, become):
    names = roles.kept()
    become(SITE)

    tried = {
        (name, verb): refused(statement)
        for name in names
        for verb, statement in (
            ("update", f"UPDATE {name} SET id = id"),
            ("delete", f"DELETE FROM {name}"),
            ("truncate", f"TRUNCATE {name} CASCADE"),
        )
    }

    assert set(names) >= KEPT
    assert sum(name in PROTECTED for name, _ in tried) == 15
    assert len(tried) == 3 * len(names)
    assert f"no row of {len(names)} tables" in granted


def test_the_sites_role_lets_people_vote_and_seals(granted, become):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    ballot = factories.ballot(pair, factories.annotator())
    become(SITE)

    votes.cast(ballot, casting(ballot), by=ballot.annotator)
    seals.seal()

    assert (Vote.objects.count(), Seal.objects.count()) == (1, 1)
    assert seals.verify() == []


def test_the_sites_role_applies_no_migration(granted, become):
    become(SITE)

    assert refused("INSERT INTO django_migrations (app, name, applied) VALUES ('judging', 'x', now())")
    assert refused("CREATE TABLE mine (id int)")


def test_the_reader_reads_and_writes_nothing_but_that_it_did(granted, become):
    become(READER)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM judging_vote")
    assert refused("INSERT INTO judging_seal (number) VALUES (1)")
    assert refused("UPDATE arena_site_user SET is_staff = true")


def test_the_check_for_production_tells_a_role_that_may_too_much(granted, become):
    [found] = checks.what_is_kept_is_kept_from_us(None)
    become(SITE)

    assert found.id == "arena.W002"
    assert checks.what_is_kept_is_kept_from_us(None) == []
