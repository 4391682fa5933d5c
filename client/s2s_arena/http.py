"""The way to the server: every call is repeated where that is safe and of use, under one key."""

import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx2

from s2s_arena import settings
from s2s_arena.errors import ArenaError

AGENT = "s2s-arena-client/0.1"
BUSY = frozenset({429, 502, 503, 504})
# A longer wait is told, not waited out: a quota's slot may be days away.
LONGEST_PAUSE = 90.0
FIRST_PAUSE = 0.5
TIMES = httpx2.Timeout(60, connect=10)


class Arena:
    """A team's way to the arena.

    Args:
        url: the API's address, with /api/v1.
        token: of the team; empty for what is open to all.
        patience: how many seconds a call may take, with its repetitions.
    """

    def __init__(self, url: str, token: str = "", *, patience: float = 600) -> None:
        self.url = settings.address(url)
        self._token = token
        self._patience = patience
        self._http = httpx2.Client(timeout=TIMES, headers={"User-Agent": AGENT}, limits=httpx2.Limits())

    @classmethod
    def from_settings(cls) -> "Arena":
        """Use the environment, or what `s2s-arena login` kept.

        Raises:
            ArenaError: `not_logged_in`.
        """
        found = settings.load()
        return cls(found.url, found.token)

    def __enter__(self) -> "Arena":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read.

        Raises:
            ArenaError: the server says no, or does not answer in time.
        """
        return self._body(self.send("GET", path, params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "", **query: Any) -> Any:
        """Write; repetitions go under one key, so that it happens once.

        Args:
            path: below /api/v1.
            body: JSON.
            key: of one's own, for a write that another process may repeat.
            query: as `dry_run=1`.

        Raises:
            ArenaError: as `get`.
        """
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self._body(self.send("POST", path, json=dict(body or {}), headers=headers, params=query))

    def delete(self, path: str) -> None:
        """Remove.

        Raises:
            ArenaError: as `get`.
        """
        self.send("DELETE", path, headers={"Idempotency-Key": uuid.uuid4().hex})

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield all rows of a list, page by page.

        Raises:
            ArenaError: as `get`.
        """
        page = self.get(path, limit=200, **query)
        yield from page["results"]
        while page["next"]:
            page = self.get(page["next"])
            yield from page["results"]

    @contextmanager
    def stream(self, path: str, *, start: int = 0) -> Iterator[httpx2.Response]:
        """Lend an answer that is read piece by piece, from some byte on. It is not repeated.

        Raises:
            ArenaError: as `get`.
        """
        headers = self._headers(self._at(path)) | ({"Range": f"bytes={start}-"} if start else {})
        try:
            with self._http.stream("GET", self._at(path), headers=headers, follow_redirects=True) as answer:
                if answer.is_error:
                    answer.read()
                    raise _problem(answer)
                yield answer
        except httpx2.TransportError as error:
            raise _unreachable(error) from error

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send a request until it is answered; every request of the API can be sent twice.

        Raises:
            ArenaError: as `get`.
        """
        url = self._at(path)
        headers = self._headers(url) | options.pop("headers", {})
        end, tries = time.monotonic() + self._patience, 0
        while True:
            try:
                answer = self._http.request(
                    method, url, headers=headers, follow_redirects=method == "GET", **options
                )
            except httpx2.TransportError as error:
                failure, wait = _unreachable(error), None
            else:
                if not answer.is_error:
                    return answer
                failure, wait = _problem(answer), _asked_pause(answer)
                if not _worth_it(failure):
                    raise failure
            pause = self._pause(tries) if wait is None else wait
            if pause > LONGEST_PAUSE or time.monotonic() + pause > end:
                raise failure
            time.sleep(pause)
            tries += 1

    def _pause(self, tries: int) -> float:
        longest = min(FIRST_PAUSE * 2.0**tries, 30.0)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 -- spreads retries

    def _at(self, path: str) -> str:
        return path if "://" in path else f"{self.url}/{path.lstrip('/')}"

    def _headers(self, url: str) -> dict[str, str]:
        """Show the token to the arena alone: an address that it gives may be a store's."""
        own = url.startswith(f"{self.url}/")
        return {"Authorization": f"Bearer {self._token}"} if own and self._token else {}

    def _body(self, answer: httpx2.Response) -> Any:
        return answer.json() if answer.content else None


def _worth_it(failure: ArenaError) -> bool:
    return failure.status in BUSY or failure.code == "idempotency_in_progress"


def _asked_pause(answer: httpx2.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _problem(answer: httpx2.Response) -> ArenaError:
    try:
        body = answer.json()
    except ValueError:
        body = None
    failure = ArenaError.of(answer.status_code, body)
    if answer.status_code == HTTPStatus.UNAUTHORIZED and not failure.fix:
        failure.fix = "Run s2s-arena login."
    return failure


def _unreachable(error: httpx2.TransportError) -> ArenaError:
    detail = f"The arena cannot be reached ({type(error).__name__})."
    fix = "Look at the address and the network."
    return ArenaError(detail, code="unreachable", fault="platform", fix=fix)
