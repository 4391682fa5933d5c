"""A loopback store that speaks as much of S3 as a bucket of sounds needs.

with S3Server() as store:
    store.objects["audio/ab/abcd"]
"""

import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "sounds"


class S3Server:
    """The server as a context manager.

    Attributes:
        objects: what is stored, by key.
        status: what every request is answered with instead; 0: properly.
        signers: the names that requests were signed with.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.status = 0
        self.signers: set[str] = set()
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.store = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        """What MEDIA_BUCKET takes."""
        return f"s3+http://ours:not%2Freal@127.0.0.1:{self._server.server_port}/{BUCKET}"

    def __enter__(self) -> "S3Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    store: S3Server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        signed = self.headers.get("Authorization", "")
        self.server.store.signers.add(signed.partition("Credential=")[2].partition("/")[0])
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        return (key if bucket == BUCKET else "?"), parse_qs(parts.query)

    def _answer(self, status: int, body: bytes = b"", *, size: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.send_header("ETag", '"etag"')
        self.send_header("Last-Modified", formatdate(0, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refused(self) -> bool:
        if self.server.store.status:
            self._answer(self.server.store.status)
        return bool(self.server.store.status)

    def do_PUT(self) -> None:
        key, _ = self._asked()
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._refused():
            self.server.store.objects[key] = content
            self._answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        key, query = self._asked()
        if self._refused():
            return
        if not key:
            self._answer(200, self._listed(query).encode())
        elif key in self.server.store.objects:
            self._answer(200, self.server.store.objects[key])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_DELETE(self) -> None:
        key, _ = self._asked()
        if not self._refused():
            self.server.store.objects.pop(key, None)
            self._answer(204)

    def _listed(self, query: dict[str, list[str]]) -> str:
        prefix, [mark] = query.get("prefix", [""])[0], query.get("delimiter", ["/"])
        below = [key for key in sorted(self.server.store.objects) if key.startswith(prefix)]
        files = [key for key in below if mark not in key[len(prefix) :]]
        folders = {prefix + key[len(prefix) :].split(mark)[0] + mark for key in below if key not in files}
        return (
            "<ListBucketResult><IsTruncated>false</IsTruncated>"
            + "".join(f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>" for key in files)
            + "".join(
                f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(folders)
            )
            + "</ListBucketResult>"
        )
