"""`/health` says what is wrong and to whom, `/metrics` gives figures, and neither reads big tables."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from arena_site import health
from inference.models import WorkerPulse
from inference.services import pulses
from judging.models import Vote
from judging.services import seals
from leaderboard.services import snapshots
from tests import factories

CHECKS = {"database", "migrations", "queue", "leases", "workers", "sweeper", "seal", "snapshot"}


@pytest.fixture
def well(db, settings):
    """An arena in which everything moves."""
    settings.BOOTSTRAP_RESAMPLES = 100
    pulses.beat("worker@here", queues=["api"])
    pulses.beat("sweeper", queues=["sweeper"])


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def running(job, *, ends_in):
    token = uuid.uuid4()
    later = timezone.now() + timedelta(seconds=ends_in)
    type(job).objects.filter(pk=job.pk).update(
        state="running", attempts=1, lease_token=token, lease_expires_at=later, hard_deadline_at=later
    )
    factories.attempt(job, lease_token=token, worker="worker@here")


def a_job(**fields):
    return factories.job(factories.system(), factories.prompt(), **fields)


def cast(seconds_ago):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    vote = factories.vote(pair, factories.annotator(), "a")
    with connection.cursor() as cursor:
        # A vote's moment is its own: only a replica's session may set another.
        cursor.execute("SET session_replication_role = replica")
        Vote.objects.filter(pk=vote.pk).update(cast_at=ago(seconds_ago))
        cursor.execute("RESET session_replication_role")


def failing(client):
    answer = client.get("/health")
    found = {name for name, check in answer.json()["checks"].items() if check["state"] != "ok"}
    assert (answer.status_code, answer.json()["state"]) == ((503, "failing") if found else (200, "ok"))
    return found


def test_all_is_well(client, well):
    answer = client.get("/health")

    assert answer.status_code == 200
    assert answer.json()["state"] == "ok"
    assert set(answer.json()["checks"]) == CHECKS
    assert "no-cache" in answer["Cache-Control"]


def test_a_process_that_answers_is_alive(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"state": "ok"})


WRONG = {
    "queue": lambda: a_job(not_before=ago(400)),
    "leases": lambda: running(a_job(), ends_in=-90),
    "workers": lambda: WorkerPulse.objects.exclude(worker="sweeper").update(looked_at=ago(100)),
    "sweeper": lambda: WorkerPulse.objects.filter(worker="sweeper").update(looked_at=ago(100)),
    "seal": lambda: cast(400),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_and_nothing_else(name, client, well):
    WRONG[name]()

    assert failing(client) == {name}


RIGHT = {
    "a queue of which somebody takes": lambda: (
        a_job(not_before=ago(4000)),
        running(a_job(), ends_in=60),
    ),
    "a queue that rests": lambda: a_job(not_before=ago(-4000)),
    "a queue of a paused system": lambda: factories.job(
        factories.system(paused_at=ago(5000), pause_code="moderator"),
        factories.prompt(),
        not_before=ago(4000),
    ),
    "a slot that is long at its batch": lambda: (
        running(a_job(), ends_in=60),
        WorkerPulse.objects.filter(worker="worker@here").update(looked_at=ago(500)),
    ),
    "a vote of just now": lambda: cast(5),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_as_it_should_be_raises_no_alarm(name, client, well):
    RIGHT[name]()

    assert failing(client) == set()


def test_sealed_votes_that_no_snapshot_reaches_are_late(client, well, settings):
    cast(10)
    seals.seal()
    before = failing(client)
    settings.SNAPSHOT_SECONDS = settings.HEALTH_SNAPSHOT_SECONDS = -1

    late = failing(client)
    snapshots.build_all()
    after = failing(client)

    assert (before, late, after) == (set(), {"snapshot"}, set())


def test_a_seal_without_a_vote_that_counts_waits_for_no_board(client, well, settings):
    settings.SNAPSHOT_SECONDS = settings.HEALTH_SNAPSHOT_SECONDS = -1
    factories.closed(factories.batch(factories.annotator()))
    seals.seal()

    assert snapshots.build_all() == []
    assert failing(client) == set()


def test_a_schema_behind_its_code_is_told(client, well, monkeypatch):
    monkeypatch.setattr(health._Schema, "applied", False)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'inference' AND name = "
            "(SELECT max(name) FROM django_migrations WHERE app = 'inference')"
        )

    assert failing(client) == {"migrations"}


def test_a_database_that_is_away_is_told_without_its_address(client, well, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    # A thread has a connection of its own, which it would open now.
    with ThreadPoolExecutor() as other:
        answer = other.submit(client.get, "/health").result()

    assert answer.status_code == 503
    assert answer.json() == {"state": "failing", "checks": {"database": {"state": "failing"}}}


def test_strangers_read_states_and_no_figure(client, well):
    answer = client.get("/health", REMOTE_ADDR="203.0.113.7")

    assert answer.json() == {"state": "ok", "checks": dict.fromkeys(CHECKS, "ok")}


@pytest.mark.parametrize(
    ("config", "request_", "status"),
    [
        ({}, {}, 200),
        ({}, {"REMOTE_ADDR": "::1"}, 200),
        ({}, {"REMOTE_ADDR": "203.0.113.7"}, 403),
        ({}, {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}, 403),
        ({"HTTPS": True}, {}, 403),
        ({"METRICS_TOKEN": "hush-hush"}, {}, 403),
        ({"METRICS_TOKEN": "hush-hush"}, {"HTTP_AUTHORIZATION": "Bearer hush"}, 403),
        ({"METRICS_TOKEN": "hush-hush"}, {"HTTP_AUTHORIZATION": "Basic hush-hush"}, 403),
        (
            {"METRICS_TOKEN": "hush-hush", "HTTPS": True},
            {"HTTP_AUTHORIZATION": "Bearer hush-hush", "REMOTE_ADDR": "203.0.113.7"},
            200,
        ),
    ],
)
def test_metrics_are_for_this_machine_or_for_who_bears_the_token(
    config, request_, status, client, well, settings
):
    for name, value in config.items():
        setattr(settings, name, value)

    assert client.get("/metrics", **request_).status_code == status


def samples(client):
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_count_what_is_there(client, well):
    system = factories.system("echo", paused_at=ago(9), pause_code="moderator")
    factories.job(system, factories.prompt())
    broken = factories.job(system, factories.prompt(), state="failed", attempts=1, ended_at=timezone.now())
    factories.attempt(broken, outcome="permanent", fault="submitter", ended_at=timezone.now())
    other = factories.system("other")
    running(factories.job(other, factories.prompt()), ends_in=-5)
    factories.job(other, factories.prompt(), not_before=ago(100))
    cast(30)

    found = samples(client)

    assert found["arena_jobs", "echo", "queued"] == 1
    assert found["arena_jobs", "echo", "failed"] == 1
    assert found["arena_jobs", "other", "running"] == 1
    assert found["arena_system_paused", "echo", "moderator"] == 1
    assert ("arena_queue_oldest_due_seconds", "echo") not in found
    assert 100 <= found["arena_queue_oldest_due_seconds", "other"] < 160
    assert found["arena_leases_expired",] == 1
    assert found["arena_attempts_ended_last_hour", "permanent", "submitter"] == 1
    assert found["arena_worker_silent_seconds", "api", "worker@here"] < 60
    assert found["arena_votes_last_hour",] == 1
    assert found["arena_check_ok", "workers"] == 1
    assert ("arena_rows_estimated", "judging_vote") in found


def test_metrics_cost_the_same_at_any_number_of_systems(client, well, django_assert_max_num_queries):
    for _ in range(5):
        a_job()
    client.get("/metrics")

    with django_assert_max_num_queries(18):
        client.get("/metrics")
