"""A PostgreSQL and a Redis that may be broken, each behind a proxy."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from arena_site.embedded import Postgres, Redis, socket_folder
from tests.faults.rig.proxy import Proxy

DATABASE = "arena"
OWNER = "postgres"
WAL_BYTES = 128 * 2**20


class Servers:
    """The servers of one rig, in a folder of its own; a lost one is started again only when asked.

    Attributes:
        to_postgres: the proxy that the arena's programs reach the database through.
        to_redis: and the broker.
        wal: the small disk that the database's journal lies on; None: it lies with the rest.
    """

    def __init__(self, var: Path, *, wal_on_a_small_disk: bool = False) -> None:
        self.var = var
        self.postgres = Postgres(var)
        self.redis = Redis(var)
        self.wal = var / "wal" if wal_on_a_small_disk else None
        proxies = var / "proxies"
        proxies.mkdir(mode=0o755)
        sockets = socket_folder(var)
        self.to_postgres = Proxy(listen=proxies / ".s.PGSQL.5432", target=sockets / ".s.PGSQL.5432")
        self.to_redis = Proxy(listen=proxies / "redis.sock", target=sockets / "redis.sock")
        self._redis_turn = threading.RLock()

    @property
    def direct_url(self) -> str:
        """The database without the proxy between: what the rig itself looks through."""
        return f"postgresql://{OWNER}@{quote(str(socket_folder(self.var)), safe='')}/{DATABASE}"

    @property
    def environment(self) -> dict[str, str]:
        """The addresses for the arena's programs."""
        folder = quote(str(self.var / "proxies"), safe="")
        return {
            "DATABASE_URL": f"postgresql://{OWNER}@{folder}/{DATABASE}",
            "REDIS_URL": f"redis+socket://{self.var}/proxies/redis.sock",
        }

    def start(self) -> None:
        """Bring everything up."""
        self.postgres.start()
        if self.wal:
            self._move_wal()
        self.redis.start()
        self.to_postgres.start()
        self.to_redis.start()

    def stop(self) -> None:
        """Take everything down."""
        self.to_postgres.close()
        self.to_redis.close()
        self.thaw_postgres()
        self.thaw_redis()
        self.redis.stop()
        self.postgres.stop(mode="immediate")
        if self.wal:
            subprocess.run(["umount", str(self.wal)], check=False)

    def restart_postgres(self, mode: str) -> None:
        """Stop the database as `mode` says, and start it again."""
        self.postgres.stop(mode=mode)
        self.postgres.start()

    def postgres_family(self) -> list[psutil.Process]:
        """The database's processes; none where it is down."""
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
            parent = psutil.Process(int((self.postgres.data / "postmaster.pid").read_text().split()[0]))
            return [parent, *parent.children(recursive=True)]
        return []

    def freeze_postgres(self) -> None:
        """Stop the database's processes where they are."""
        send(self.postgres_family(), signal.SIGSTOP)

    def thaw_postgres(self) -> None:
        """Let them go on."""
        send(self.postgres_family(), signal.SIGCONT)

    def kill_redis(self) -> None:
        """End the broker with all that it holds."""
        with self._redis_turn:
            if self.redis.process:
                self.redis.process.kill()
                self.redis.process.wait()

    def start_redis(self) -> None:
        """Start an empty broker, if none runs."""
        with self._redis_turn:
            self.redis.start()

    def freeze_redis(self) -> None:
        """Stop the broker's process where it is."""
        if self.redis.process:
            self.redis.process.send_signal(signal.SIGSTOP)

    def thaw_redis(self) -> None:
        """Let it go on."""
        if self.redis.process and self.redis.process.poll() is None:
            self.redis.process.send_signal(signal.SIGCONT)

    def ask_redis(self, *words: str) -> str:
        """Send the broker a command."""
        return self.redis._ask(*words)

    def _move_wal(self) -> None:
        """Put the journal on a disk of 128 MB, as an administrator would with a link."""
        assert self.wal
        with psycopg.connect(self.direct_url, autocommit=True) as line:
            line.execute("ALTER SYSTEM SET min_wal_size = '32MB'")
            line.execute("ALTER SYSTEM SET max_wal_size = '48MB'")
        self.wal.mkdir()
        size = f"size={WAL_BYTES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.wal)], check=True)
        self.postgres.stop()
        journal, owner = self.postgres.data / "pg_wal", self.postgres.data.stat()
        shutil.copytree(journal, self.wal / "pg_wal")
        shutil.rmtree(journal)
        for path in (self.wal / "pg_wal", *(self.wal / "pg_wal").rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
            path.chmod(0o700 if path.is_dir() else 0o600)
        journal.symlink_to(self.wal / "pg_wal")
        self.postgres.start()


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to those that still live."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
