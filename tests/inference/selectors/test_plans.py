"""What an overview reads where the tables are full: what is of now, not what ever was."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from inference.selectors import queues
from tests import crowd
from tests.inference.services.test_plans import read

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def full_tables(django_db_setup, django_db_blocker):
    """A busy year, in which the last hour's attempts are few; rolled back after the last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        crowd.fill()
        with connection.cursor() as cursor:
            # What autovacuum does in time.
            cursor.execute("SELECT brin_summarize_new_values('attempts_by_their_end')")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def crowded(full_tables, db):
    """Undoes after each test what it changed."""


def test_queues_are_read_by_indexes_of_what_waits_runs_and_failed(crowded):
    with read() as reading:
        found = queues.queues()

    assert sum(queue.waiting for queue in found) == crowd.QUEUED
    assert "Seq Scan" not in {how for how, _ in reading.scans}
    assert {index for _, index in reading.scans if index} <= {
        "queued_jobs",
        "jobs_on_lease",
        "jobs_that_came_to_nothing",
    }
    assert reading.rows <= crowd.QUEUED + crowd.RUNNING + crowd.FINISHED / 20 + 2 * crowd.SYSTEMS


def test_attempts_of_the_last_hour_are_read_alone(crowded):
    with read() as reading:
        lately = queues.ended(HOUR)

    assert {how for how, _ in reading.scans} <= {"Bitmap Heap Scan", "Bitmap Index Scan"}
    assert sum(lately.values()) >= 3000
    # Pages are summarised by sixteen, so a few older rows of the same pages are passed over.
    assert reading.pages <= 1000
