import os
import signal
import time

import psutil
import psycopg
import pytest

from arena_site.embedded import Postgres, Redis, database_url, redis_url, secret_key, socket_folder


@pytest.fixture
def var(tmp_path_factory):
    """A folder that PostgreSQL's own user can reach, where the tests run as root."""
    folder = tmp_path_factory.mktemp("var")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    return folder


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


def test_a_set_up_that_was_cut_off_is_done_again(var):
    server = Postgres(var, durable=False)
    (server.data / "base").mkdir(parents=True)
    (server.data / "postgresql.conf").write_text("half")

    server.start()

    assert ask(var, "SELECT 1") == [(1,)]
    server.stop()


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
