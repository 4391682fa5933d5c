"""What all tests share: the taxonomy, the four people, and a database whose rows other processes can see."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import setup_databases
from django.utils import translation

from inference.services import bells
from tests import factories

# No test is timed: a busy machine is no bug.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# Filled by migrations and by the taxonomy: what every test expects to be there.
KEPT = {
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "inference_domain",
    "inference_language",
    "inference_level",
    "inference_task",
    "judging_consenttext",
    "judging_criterion",
    "judging_exclusionrule",
    "judging_policy",
    "judging_policycriterion",
    "leaderboard_board",
}
# A policy may name who made it, and PostgreSQL truncates no table that another one refers to.
NAMED_BY_KEPT = "arena_site_user"
EMPTYING_TRIES = 5


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test begins in English: a thread goes on in the language of the page that it answered last."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker) -> None:
    """The migrated database with its taxonomy.

    Instead of pytest-django's own, which makes no database for a run of tests that use `committed_db` alone.
    It is not dropped afterwards: the run's server goes as a whole, and elsewhere the next run replaces it.
    """
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False)
        call_command("load_taxonomy", verbosity=0)


@pytest.fixture
def committed_db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A database without a surrounding transaction, for tests in which other threads and processes take part.

    Django's own way (`transaction=True`) empties tables with TRUNCATE, which the append-only ones refuse.
    """
    with django_db_blocker.unblock():
        yield
        _empty()


def _empty() -> None:
    """Empty all tables but KEPT; again where a server that still answers a page stood in the way."""
    names = [name for name in connection.introspection.table_names() if name not in KEPT]
    tables = ", ".join(f'"{name}"' for name in names if name != NAMED_BY_KEPT)
    for tries_left in reversed(range(EMPTYING_TRIES)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # A replica's session runs no triggers; only a superuser may say so.
                cursor.execute(
                    f"SET LOCAL session_replication_role = replica; TRUNCATE {tables}; "
                    f'DELETE FROM "{NAMED_BY_KEPT}"'
                )
        except OperationalError:
            if not tries_left:
                raise
        else:
            return


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that PostgreSQL's own user can reach; pytest's are closed to others than us."""
    folder = Path(tempfile.mkdtemp(prefix="s2s-arena-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ada(db):
    """Ada researches."""
    return factories.user("ada@example.org")


@pytest.fixture
def ben(db):
    """Ben annotates."""
    return factories.annotator("ben@example.org").user


@pytest.fixture
def cleo(db):
    """Cleo is a stranger with an account."""
    return factories.user("cleo@example.org")


@pytest.fixture
def mo(db):
    """Mo moderates."""
    return factories.user("mo@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def as_user():
    """A browser in which somebody is logged in: `as_user(ben).get(…)`."""

    def log_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def patience(monkeypatch):
    """Waits for bells on a machine that is too busy to ring them in time."""
    monkeypatch.setattr(bells, "BELL_SECONDS", 60.0)
    for name in ("socket_timeout", "socket_connect_timeout", "connect_retries_timeout"):
        monkeypatch.setitem(bells.OPTIONS, name, 60.0)
