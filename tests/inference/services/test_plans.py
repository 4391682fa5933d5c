"""What a pass of the sweeper and a claim read where the tables are full: a few index entries (R9)."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from inference.models import Job, System
from inference.services import jobs, sweep
from inference.services.jobs import Failure, Kind
from tests import crowd

BIG = {"inference_job", "inference_attempt"}
INDEXES = {
    "queued_jobs",
    "jobs_on_lease",
    "jobs_by_their_end",
    "inference_job_pkey",
    "inference_attempt_pkey",
    "inference_attempt_lease_token_key",
    "a_number_is_unique_in_its_job",
    "a_job_is_known_by_what_it_asks",
    "inference_attempt_job_id_41a2d134",
}


def long_ago():
    return timezone.now() - timedelta(hours=1)


@dataclass
class Reading:
    """How the database went about some statements.

    Attributes:
        scans: of the big tables: how, and by which index.
        rows: how many of their rows were looked at.
        pages: how many pages of 8 KiB were touched.
    """

    scans: set[tuple[str, str]] = field(default_factory=set)
    rows: float = 0
    pages: int = 0

    def add(self, node: dict[str, Any]) -> None:
        """Add what a node of a plan and those below it read."""
        if node.get("Relation Name") in BIG and "Scan" in node["Node Type"]:
            self.scans.add((node["Node Type"], node.get("Index Name", "")))
            passed_over = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
            self.rows += (node["Actual Rows"] + passed_over) * node["Actual Loops"]
        for below in node.get("Plans", []):
            self.add(below)


@contextlib.contextmanager
def read() -> Iterator[Reading]:
    """Have every statement of the block explained, as it is run on the rows that it finds."""
    reading, explaining = Reading(), False

    def explain(execute, sql, params, many, context):
        nonlocal explaining
        if not explaining and sql.split()[0] in {"SELECT", "UPDATE", "INSERT", "WITH"}:
            explaining = True
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                ((found,),) = cursor.fetchall()
                transaction.set_rollback(True)
            explaining = False
            (whole,) = json.loads(found) if isinstance(found, str) else found
            reading.add(whole["Plan"])
            reading.pages += whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"]
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield reading


def only_indexes(reading: Reading) -> bool:
    """Whether the big tables were read by nothing but indexes that are meant for it."""
    return {how for how, _ in reading.scans} <= {"Index Scan", "Index Only Scan"} and {
        index for _, index in reading.scans
    } <= INDEXES


@pytest.fixture(scope="module")
def full_tables(django_db_setup, django_db_blocker):
    """Fills the tables once for all tests here, in a transaction that is rolled back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        crowd.fill()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def crowded(full_tables, db):
    """Undoes after each test what it changed."""


def test_a_pass_that_finds_no_lost_lease_reads_no_job(crowded):
    with read() as reading:
        assert sweep.lost_leases() == 0

    assert only_indexes(reading)
    assert reading.rows == 0
    assert reading.pages <= 10


def test_a_pass_reads_lost_leases_alone(crowded):
    lost = Job.objects.filter(state="running").values("pk")[:10]
    Job.objects.filter(pk__in=list(lost.values_list("pk", flat=True))).update(lease_expires_at=long_ago())

    with read() as reading:
        assert sweep.lost_leases() == 10

    # Its job and attempt are found, ended, and the system and prompt are looked at.
    assert only_indexes(reading)
    assert reading.rows <= 10 * 10
    assert reading.pages <= 10 * 200


def test_a_pass_that_rings_reads_one_job_of_each_system(crowded, no_broker):
    with read() as reading:
        assert sweep.ring_again() == 1

    assert only_indexes(reading)
    assert reading.rows <= crowd.SYSTEMS
    assert reading.pages <= 500


@pytest.mark.parametrize("teams", [False, True], ids=["the site's own", "a team's"])
def test_a_claim_reads_heads_of_queues_what_runs_and_what_it_takes(crowded, take, settings, teams):
    settings.OWNER_SLOTS = 4
    system = System.objects.filter(state="live", paused_at=None, model__team__isnull=not teams).first()

    with read() as reading:
        claim = take(prefer=system)

    assert claim.system == system
    assert len(claim.leases) == 8
    assert only_indexes(reading)
    # One head for each system, what runs twice (whose turn, has the owner room), and each job it takes.
    assert reading.rows <= crowd.SYSTEMS + 2 * crowd.RUNNING + 5 * 8
    assert reading.pages <= 1000


def test_the_breaker_reads_five_ended_jobs(crowded, rng, take):
    lease = take().leases[0]
    never = Failure(kind=Kind.PERMANENT, code="never", message="This will never do.")

    with read() as reading:
        jobs.fail(lease, never, rng=rng)

    assert only_indexes(reading)
    assert reading.rows <= 20
