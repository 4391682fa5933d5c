"""The files of deploy/ with the page's paths moved below a folder, and their programs started by hand."""

import contextlib
import os
import re
import secrets
import shlex
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from arena_site.embedded import Postgres, Redis, redis_url
from benchmarks.load import cycles
from benchmarks.load.client import Ledger
from benchmarks.load.site import free_port

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
HOST = "arena.example.org"
ROLES = ("arena_owner", "arena", "arena_backup")


def vote(tls: int, sessions: list[str], *, votes: int) -> Ledger:
    """Cast so many votes over TLS, one after the other."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    ledger = Ledger()
    people = [cycles.Voter(tls, session, seed=n, ledger=ledger) for n, session in enumerate(sessions)]
    for one in people:
        one.line.over_tls(context, host=HOST)
    for number in range(votes):
        people[number % len(people)].cycle(time.perf_counter())
        # nginx counts how often an address asks.
        time.sleep(0.3)
    return ledger


class Units:
    """A machine: its folders, its database, its programs."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.code = top / "srv" / "code"
        self.tls, self.plain, self.web = free_port(), free_port(), free_port()
        self.database, self.redis = Postgres(top / "postgresql"), Redis(top / "redis")
        self.running: list[subprocess.Popen[bytes]] = []
        self.folders()
        self._environment_files()

    def folders(self) -> None:
        """Make the folders of the page."""
        for name in (
            "srv/var",
            "srv/media",
            "srv/scratch",
            "backups/arena",
            "etc",
            "log",
            "postgresql",
            "redis",
        ):
            (self.top / name).mkdir(parents=True, exist_ok=True)
            (self.top / name).chmod(0o711)

    def moved(self, text: str) -> str:
        """Put the page's paths below our folder."""
        for there, here in (
            ("/srv/s2s-arena", "srv"),
            ("/etc/s2s-arena", "etc"),
            ("/srv/backups", "backups"),
        ):
            text = text.replace(there, str(self.top / here))
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.web}")

    def make_database(self) -> None:
        """Make the roles and the database, as the page's five lines do."""
        self.database.start()
        self.redis.start()
        admin = f"postgresql://postgres@/postgres?host={quote(str(self.database.sockets), safe='')}"
        for line in (
            *(f"CREATE ROLE {role} LOGIN" for role in ROLES),
            "DROP DATABASE IF EXISTS arena",
            "CREATE DATABASE arena OWNER arena_owner",
        ):
            self._psql(admin, line)
        self._psql(admin.replace("/postgres?", "/arena?"), "ALTER SCHEMA public OWNER TO arena_owner")

    def owner(self, *command: str, **more: str) -> str:
        """Run a command as the tables' owner."""
        return self._manage(command, ("arena.env", "owner.env"), more)

    def site(self, *command: str, **more: str) -> str:
        """Run a command as the site."""
        return self._manage(command, ("arena.env",), more)

    def python(self, text: str) -> str:
        """Run a program as the site; what it printed."""
        return self._run([str(self.code / ".venv/bin/python"), "-c", text], self._variables(("arena.env",)))

    def run(self, unit: str) -> str:
        """Run the ExecStart of a oneshot."""
        command, variables = self._unit(unit)
        return self._run(command, variables)

    def start(self, unit: str) -> None:
        """Start the ExecStart of a service."""
        command, variables = self._unit(unit)
        self._start(unit, command, variables)

    def start_nginx(self) -> None:
        """Start nginx with deploy/nginx.conf and a certificate of our own."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise RuntimeError("There is no nginx here; `sh scripts/programs` installs it.")
        etc = self.top / "etc"
        made = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={HOST}",
        ]
        names = ["-keyout", str(etc / "key.pem"), "-out", str(etc / "cert.pem")]
        subprocess.run([*made, *names], check=True, capture_output=True)  # noqa: S603 -- a fixed program
        ours = self.moved((DEPLOY / "nginx.conf").read_text())
        for there, here in {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.tls} ssl",
            f"/etc/letsencrypt/live/{HOST}/fullchain.pem": str(etc / "cert.pem"),
            f"/etc/letsencrypt/live/{HOST}/privkey.pem": str(etc / "key.pem"),
            "/etc/nginx/snippets/arena-proxy.conf": str(DEPLOY / "arena-proxy.conf"),
        }.items():
            ours = ours.replace(there, here)
        log = self.top / "log"
        places = " ".join(
            f"{each}_temp_path {log}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.getuid() == 0 else ""
        frame = f"{user} daemon off; pid {log}/nginx.pid; error_log {log}/nginx.log;\nevents {{}}\n"
        (etc / "nginx.conf").write_text(f"{frame}http {{ access_log off; {places}\n{ours}\n}}\n")
        self._start("nginx", [program, "-p", str(log), "-c", str(etc / "nginx.conf")], dict(os.environ))

    def stop(self) -> None:
        """Stop every program, in order."""
        for one in self.running:
            if one.poll() is None:
                one.terminate()
        for one in self.running:
            one.wait(timeout=60)
        self.running = []

    def logs(self) -> str:
        """The end of what they said."""
        return "\n".join(
            path.read_text(errors="replace")[-1500:] for path in (self.top / "log").glob("*.log")
        )

    def _environment_files(self) -> None:
        socket = quote(str(self.database.sockets), safe="")
        said = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "REDIS_URL": redis_url(self.top / "redis"),
            "EMAIL_URL": "console://",
            "METRICS_TOKEN": secrets.token_urlsafe(32),
        }
        for name, role in (("arena", "arena"), ("owner", "arena_owner"), ("backup", "arena_backup")):
            text = self.moved((DEPLOY / f"{name}.env.example").read_text())
            for key, value in (said | {"DATABASE_URL": f"postgresql://{role}@{socket}/arena"}).items():
                text = re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", text)
            # A board every few seconds, and no hour of waiting.
            (self.top / "etc" / f"{name}.env").write_text(
                text + ("SNAPSHOT_SECONDS=5\n" if name == "arena" else "")
            )

    def _variables(self, files: tuple[str, ...]) -> dict[str, str]:
        found = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        for file in files:
            found |= dict(_read(self.top / "etc" / file))
        return found | {"DJANGO_SETTINGS_MODULE": "arena_site.settings"}

    def _unit(self, name: str) -> tuple[list[str], dict[str, str]]:
        text = self.moved((DEPLOY / f"{name}.service").read_text())
        files = tuple(Path(path).name for path in re.findall(r"(?m)^EnvironmentFile=(.+)$", text))
        variables = self._variables(files)
        variables |= dict(line.split("=", 1) for line in re.findall(r"(?m)^Environment=(.+)$", text))
        [command] = re.findall(r"(?m)^ExecStart=(.+)$", text)
        return shlex.split(command), variables

    def _manage(self, command: tuple[str, ...], files: tuple[str, ...], more: dict[str, str]) -> str:
        return self._run(
            [str(self.code / ".venv/bin/python"), "manage.py", *command], self._variables(files) | more
        )

    def _run(self, command: list[str], variables: dict[str, str]) -> str:
        ran = subprocess.run(  # noqa: S603 -- ours
            command, cwd=self.code, env=variables, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{ran.stdout[-2000:]}\n{ran.stderr[-3000:]}")
        return ran.stdout

    def _start(self, name: str, command: list[str], variables: dict[str, str]) -> None:
        with (self.top / "log" / f"{name}.log").open("ab") as log:
            self.running.append(
                subprocess.Popen(command, cwd=self.code, env=variables, stdout=log, stderr=log)  # noqa: S603 -- ours
            )

    def _psql(self, address: str, line: str) -> None:
        program = shutil.which("psql") or "psql"
        ran = subprocess.run(  # noqa: S603 -- a fixed program
            [program, address, "--quiet", "--command", line], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise RuntimeError(f"{line}: {ran.stderr}")


def _read(path: Path) -> Iterator[tuple[str, str]]:
    """Read an environment file as systemd does."""
    for line in path.read_text().splitlines():
        with contextlib.suppress(ValueError):
            name, value = line.split("=", 1)
            if not name.startswith("#"):
                # A comment behind a value that has to be filled in.
                yield name, value.split("  #")[0].strip()
