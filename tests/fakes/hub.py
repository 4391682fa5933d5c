"""A hub on loopback: files listed and sent as the Hugging Face hub does, large ones by a detour.

with FakeHub() as hub:
    hub.put("lab/model", COMMIT, {"config.json": b"{}"})
"""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeHub:
    """The hub as a context manager.

    Attributes:
        repositories: by name and commit, the files.
        card: what the cards say.
        sent: which paths were asked for.
        lies: by file name, what is sent in its place.
    """

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], dict[str, bytes]] = {}
        self.card: dict[str, object] = {"license": "apache-2.0"}
        self.sha: str | None = None
        self.sizes: dict[str, int] = {}
        self.sent: list[str] = []
        self.lies: dict[str, bytes] = {}
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.hub = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, repository: str, commit: str, files: dict[str, bytes]) -> None:
        self.repositories[repository, commit] = files

    def __enter__(self) -> "FakeHub":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    hub: FakeHub


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""

    def do_GET(self) -> None:
        hub = self.server.hub
        path = self.path.partition("?")[0].strip("/")
        hub.sent.append(path)
        parts = path.split("/")
        if parts[:2] == ["api", "models"]:
            repository, commit = "/".join(parts[2:4]), parts[5]
            files = hub.repositories.get((repository, commit))
            self._answer(
                404 if files is None else 200, json.dumps(self._listing(commit, files or {})).encode()
            )
            return
        detour = parts[0] == "store"
        owner, name, _, commit, *rest = parts[1:] if detour else parts
        files, file = hub.repositories.get((f"{owner}/{name}", commit), {}), "/".join(rest)
        if file not in files:
            self._answer(404, b"")
        elif file.endswith(".safetensors") and not detour:
            self.send_response(302)
            self.send_header("Location", f"/store/{path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(200, hub.lies.get(file, files[file]))

    def _listing(self, commit: str, files: dict[str, bytes]) -> dict[str, object]:
        hub = self.server.hub
        rows = []
        for name, data in files.items():
            row: dict[str, object] = {"rfilename": name, "size": hub.sizes.get(name, len(data))}
            if name.endswith(".safetensors"):
                row["lfs"] = {"sha256": hashlib.sha256(data).hexdigest()}
            rows.append(row)
        return {"sha": hub.sha or commit, "siblings": rows, "cardData": hub.card}

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
