"""A site of its own, started as deploy/ starts one: PostgreSQL, Redis, gunicorn, a worker, the sweeper."""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.jobs import bring_up

ROOT = Path(__file__).resolve().parents[2]
# deploy/arena-web.service, for two cores.
GUNICORN = ("--preload", "--workers", "4", "--threads", "4", "--keep-alive", "60")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """The programs of the site.

    Attributes:
        port: where its web process listens.
        web, others: the processes.
        folder: their logs, and what they note.
    """

    def __init__(self) -> None:
        bring_up()
        self.folder = Path(os.environ["VAR_DIR"])
        os.environ["LOAD_HASHES"] = str(self.folder / "hashes")
        os.environ["POOL_SECONDS"] = "60"
        self.hashes.touch()
        self.port = free_port()
        self.web: subprocess.Popen[bytes] | None = None
        self.others: list[subprocess.Popen[bytes]] = []
        atexit.register(self.stop)

    @property
    def hashes(self) -> Path:
        """The processor's seconds of each hash, one a line."""
        return self.folder / "hashes"

    def start(self, *, module: str = "benchmarks.load.wsgi", busy: bool = True) -> None:
        """Start the web process, and the worker and the sweeper where they are to be busy meanwhile."""
        command = [sys.executable, "-m", "gunicorn", module, "--bind", f"127.0.0.1:{self.port}", *GUNICORN]
        self.web = self._run("web", command)
        if busy:
            manage = [sys.executable, "manage.py"]
            self.others = [
                self._run("sweep", [*manage, "sweep"]),
                self._run("work", [*manage, "work", "--queue", "api", "--slots", "2"]),
            ]
        until = time.monotonic() + 60
        while not self.answers():
            if time.monotonic() > until or self.web.poll() is not None:
                raise RuntimeError((self.folder / "web.log").read_text()[-3000:])
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether the web process answers anything."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End them all."""
        for one in [*self.others, *([self.web] if self.web else [])]:
            if one.poll() is None:
                one.terminate()
        for one in [*self.others, *([self.web] if self.web else [])]:
            one.wait(timeout=60)
        self.web, self.others = None, []

    def memory(self) -> dict[str, int]:
        """Resident bytes of each program with its children."""
        named = {"web": self.web} | dict(zip(("sweep", "work"), self.others, strict=False))
        return {name: _resident(one.pid) for name, one in named.items() if one}

    @contextmanager
    def nginx(self, *, at_once: int) -> Iterator[int]:
        """Put nginx before it, with the limits of deploy/ for the whole site; yield where it listens."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not program:
            raise RuntimeError("There is no nginx here; `sh scripts/programs` installs it.")
        port, folder = free_port(), self.folder / "nginx"
        folder.mkdir(exist_ok=True)
        (folder / "nginx.conf").write_text(_behind(folder, port=port, site=self.port, at_once=at_once))
        running = self._run("nginx", [program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
        try:
            time.sleep(1)
            yield port
        finally:
            running.terminate()
            running.wait(timeout=30)

    def _run(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))  # noqa: S603 -- ours


def _resident(pid: int) -> int:
    try:
        parent = psutil.Process(pid)
        return sum(int(one.memory_info().rss) for one in (parent, *parent.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def _behind(folder: Path, *, port: int, site: int, at_once: int) -> str:
    """What deploy/nginx.conf says of the whole site; its limits for one address would only see us."""
    ours = (ROOT / "deploy" / "nginx.conf").read_text()
    if "limit_conn arena_all" not in ours:
        raise RuntimeError("deploy/nginx.conf has no limit for the whole site.")
    temporary = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    return f"""{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors crit;
events {{ worker_connections 2048; }}
http {{ access_log off; {temporary}
  limit_conn_zone $server_name zone=arena_all:1m;
  upstream arena {{ server 127.0.0.1:{site}; keepalive 32; }}
  server {{ listen 127.0.0.1:{port}; server_name arena; keepalive_requests 100000;
    location / {{ limit_conn arena_all {at_once}; limit_conn_status 503;
      proxy_http_version 1.1; proxy_set_header Host localhost; proxy_set_header Connection "";
      proxy_pass http://arena; }} }} }}
"""
