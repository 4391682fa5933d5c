"""S3: stored secrets are sealed, lent to their own team alone, and rotated while they are read."""

import io
import logging
import sys
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.utils import timezone

from arena_site import keys as keys_of
from inference.errors import Refused
from inference.models import AuditEntry, Secret
from inference.services import envelopes, secrets
from inference.services.envelopes import NotOpenedError
from inference.services.jobs import hosting
from tests import factories

CANARIES = [f"canary-{number:02}-{'x' * 20}" for number in range(20)]
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture(autouse=True)
def site_keys(settings):
    settings.SECRETS_KEYS = {"old": OLD}


def opened(team, name):
    return secrets.lent(team.pk if team else None, [name], now=timezone.now()).get(name)


def everything_stored():
    """Each row of each table, as PostgreSQL writes it."""
    found = io.StringIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            found.writelines(row[0] for row in cursor.fetchall())
    return found.getvalue()


def test_a_value_comes_back_to_its_own_team_only(db):
    one, other = factories.team(), factories.team()
    secrets.put(one, name="lab", value=CANARIES[0], by=None)

    assert opened(one, "lab") == CANARIES[0]
    assert opened(other, "lab") is None
    assert opened(None, "lab") is None
    assert Secret.objects.get().used_at is not None


def test_a_second_value_replaces_the_first(db):
    team = factories.team()
    secrets.put(team, name="lab", value="first value", by=None)
    secrets.put(team, name="lab", value="second value", by=None)

    assert opened(team, "lab") == "second value"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "secret.set",
        "secret.replace",
    ]


def test_no_canary_lies_in_the_database_or_in_what_is_logged(db, ada, caplog):
    caplog.set_level(logging.DEBUG)
    team = factories.team()
    for number, canary in enumerate(CANARIES):
        secrets.put(team, name=f"key-{number}", value=canary, by=ada)
        assert opened(team, f"key-{number}") == canary

    stored = everything_stored()

    assert "key-19" in stored
    for canary in CANARIES:
        for form in (canary, canary.encode().hex()):
            assert form not in stored
            assert form not in caplog.text


@pytest.mark.parametrize("field", ["ciphertext", "wrapped_key"])
def test_a_row_that_was_changed_or_moved_does_not_open(db, field):
    one, other = factories.team(), factories.team()
    for team in (one, other):
        secrets.put(team, name="lab", value=CANARIES[0], by=None)
    row = Secret.objects.get(team=one)
    changed = bytearray(getattr(row, field))
    changed[-1] ^= 1
    Secret.objects.filter(pk=row.pk).update(**{field: bytes(changed)})
    with pytest.raises(NotOpenedError):
        opened(one, "lab")

    theirs = Secret.objects.get(team=other)
    Secret.objects.filter(pk=row.pk).update(ciphertext=theirs.ciphertext, wrapped_key=theirs.wrapped_key)
    with pytest.raises(NotOpenedError):
        opened(one, "lab")


def test_a_teams_system_is_lent_nothing_of_the_sites(db, monkeypatch):
    """It names the key, and the address that the key goes to."""
    monkeypatch.setenv("ARENA_SECRET_LAB", "the operator's own")
    secrets.put(None, name="lab", value="the site's stored one", by=None)
    system = factories.system(adapter="scripted", config={"needs": ["lab"]})
    adapter = hosting.adapters.of(system)
    assert hosting._lent(system, adapter) == {"lab": "the site's stored one"}

    system.model.team = factories.team()
    assert hosting._lent(system, adapter) == {}
    secrets.put(system.model.team, name="lab", value="the team's own", by=None)
    assert hosting._lent(system, adapter) == {"lab": "the team's own"}


def test_a_secret_that_does_not_open_is_no_fault_of_the_team(db, settings):
    system = factories.system(adapter="scripted", config={"needs": ["lab"]})
    secrets.put(None, name="lab", value=CANARIES[0], by=None)
    settings.SECRETS_KEYS = {"new": NEW}

    with pytest.raises(OSError, match="SECRETS_KEYS"):
        hosting._lent(system, hosting.adapters.of(system))


@pytest.mark.parametrize("value", ["short", "x" * 4001])
def test_a_value_that_could_not_be_masked_is_refused(db, value):
    with pytest.raises(Refused):
        secrets.put(factories.team(), name="lab", value=value, by=None)


def test_the_key_is_rotated_while_everybody_reads(committed_db, settings):
    team = factories.team()
    for number, canary in enumerate(CANARIES):
        secrets.put(team, name=f"key-{number}", value=canary, by=None)
    wanted = {f"key-{number}": canary for number, canary in enumerate(CANARIES)}
    over, reads, failures = threading.Event(), [], []

    def read():
        try:
            while not over.is_set() or not reads:
                found = secrets.lent(team.pk, list(wanted), now=timezone.now())
                reads.append(found == wanted)
        except NotOpenedError as error:
            failures.append(error)
        finally:
            connections.close_all()

    settings.SECRETS_KEYS = {"new": NEW, "old": OLD}
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    call_command("rotate_secrets", stdout=io.StringIO())
    over.set()
    for reader in readers:
        reader.join()

    assert not failures
    assert all(reads)
    assert set(Secret.objects.values_list("key_id", flat=True)) == {"new"}
    settings.SECRETS_KEYS = {"new": NEW}
    assert secrets.lent(team.pk, list(wanted), now=timezone.now()) == wanted
    assert secrets.rotate() == 0


def test_a_rotation_without_the_old_key_says_what_to_do(db, settings):
    secrets.put(None, name="lab", value=CANARIES[0], by=None)
    settings.SECRETS_KEYS = {"new": NEW}

    with pytest.raises(CommandError, match="old key behind the new"):
        call_command("rotate_secrets", stdout=io.StringIO())


def test_a_new_key_is_one_of_the_settings():
    said = io.StringIO()
    call_command("rotate_secrets", "--new-key", stdout=said)
    assert len(keys_of.read([f"a:{said.getvalue().strip()}"])["a"]) == envelopes.KEY_BYTES


@pytest.mark.parametrize("entries", [["a"], ["a:"], [":QUJD"], ["a:QUJD"], ["a:!!"], [f"a:{'QUJD' * 11}"]])
def test_a_key_that_is_none_is_refused_and_not_repeated(entries):
    with pytest.raises(ValueError, match="32 bytes") as refusal:
        keys_of.read(entries)
    assert "QUJD" not in str(refusal.value)


def test_the_operator_types_no_value_as_an_argument(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{CANARIES[1]}\n"))
    said = io.StringIO()
    call_command("set_secret", "lab", stdout=said)

    assert CANARIES[1] not in said.getvalue()
    assert opened(None, "lab") == CANARIES[1]
