import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from arena_site.embedded import Postgres, Redis, database_url, redis_url, secret_key, socket_folder


@pytest.fixture
def var(open_folder):
    """Where the servers keep their files."""
    return open_folder


@pytest.fixture
def postgres(var):
    server = Postgres(var)
    server.start()
    yield server
    server.stop()


def ask(var, statement):
    with psycopg.connect(database_url(var), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


def pid_of(postgres):
    return int((postgres.data / "postmaster.pid").read_text().split()[0])


def until_gone(pid):
    while psutil.pid_exists(pid):
        time.sleep(0.01)


def test_postgres_keeps_its_rows_over_a_stop_and_a_start(postgres, var):
    ask(var, "CREATE TABLE kept AS SELECT 42 AS answer")

    postgres.stop()
    stopped = postgres.running
    started = postgres.start()

    assert (stopped, started, postgres.start()) == (False, True, False)
    assert ask(var, "SELECT answer FROM kept") == [(42,)]


def test_postgres_comes_back_after_it_was_killed_with_its_lock_file_left(postgres, var):
    ask(var, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid = pid_of(postgres)
    os.kill(pid, signal.SIGKILL)
    until_gone(pid)
    lock = (postgres.data / "postmaster.pid").exists()

    started = postgres.start()

    assert (lock, started) == (True, True)
    assert ask(var, "SELECT answer FROM kept") == [(42,)]


def test_a_lock_file_that_names_another_living_process_is_no_hindrance(postgres, var):
    postgres.stop()
    # Ids are used again: this one is ours now, and surely no PostgreSQL.
    lock = postgres.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{postgres.data}\n1\n5432\n{socket_folder(var)}\n\n  0 0\nready\n")
    os.chown(lock, postgres.data.stat().st_uid, postgres.data.stat().st_gid)

    postgres.start()

    assert ask(var, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["postgres", "postgres.new"])
def test_a_set_up_that_was_cut_off_is_done_again(var, name):
    server = Postgres(var, durable=False)
    (server.home / name / "base").mkdir(parents=True)
    (server.home / name / "postgresql.conf").write_text("half")
    if name == "postgres.new":
        (server.home / name / "PG_VERSION").write_text("18")

    server.start()

    assert ask(var, "SELECT 1") == [(1,)]
    server.stop()


def test_a_server_without_its_database_gets_it(postgres, var):
    with psycopg.connect(database_url(var).replace("/arena", "/postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE arena")

    postgres.start()

    assert ask(var, "SELECT 1") == [(1,)]


def test_the_last_who_uses_the_server_stops_it(var):
    one, other = Postgres(var, durable=False), Postgres(var, durable=False)
    one.start()
    other.start()

    one.leave()
    used_by_one = other.running
    other.leave()

    assert used_by_one
    assert not other.running


def test_two_first_starts_at_once_end_with_one_server(var):
    servers = [Postgres(var, durable=False) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        started = list(threads.map(lambda server: server.start(), servers))

    assert sorted(started) == [False, True]
    assert ask(var, "SELECT 1") == [(1,)]
    for server in servers:
        server.leave()
    assert not servers[0].running


def test_a_relative_folder_has_the_addresses_of_the_absolute_one(var, monkeypatch):
    monkeypatch.chdir(var)

    assert database_url(Path("other")) == database_url(var / "other")
    assert redis_url(Path("other")) == redis_url(var / "other")


def test_a_path_too_long_for_a_socket_gets_a_short_one(var):
    deep = var / "/".join(["a-folder-of-some-length"] * 5)

    folder = socket_folder(deep)

    assert len(os.fsencode(folder)) <= 80
    assert folder != socket_folder(var)


def test_redis_starts_over_a_stale_socket_and_stops(var):
    folder = socket_folder(var)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "redis.sock").write_text("left behind")
    redis = Redis(var)

    started = redis.start()

    assert (started, redis.running, redis.start()) == (True, True, False)
    assert redis_url(var).startswith("redis+socket:///")
    redis.stop()
    assert not redis.running


def test_the_secret_key_is_made_once_and_for_its_owner_alone(var):
    key = secret_key(var)

    assert len(key) >= 50
    assert secret_key(var) == key
    assert (var / "secret_key").stat().st_mode & 0o077 == 0
