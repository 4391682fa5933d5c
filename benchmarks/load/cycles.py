"""A vote cycle: get the pair, look at the board, cast the vote."""

import contextlib
import http.client
import re
import time
from random import Random

from benchmarks.load.client import Answer, Ledger, Line

BOARD = "/boards/overall/"
ANSWERS = ("left", "tie", "both_bad", "right")
_MARK = re.compile(rb'name="mark" value="([^"]+)"')
_PAGE = re.compile(rb'name="page" value="([^"]+)"')
_VERDICT = re.compile(rb'name="(verdict-[^"]+)"')


class Voter:
    """Somebody with a session, in the middle of a batch."""

    def __init__(self, port: int, session: str, *, seed: int, ledger: Ledger) -> None:
        self.line, self.ledger = Line(port, session), ledger
        self.rng = Random(seed)  # noqa: S311 -- no secret
        self.there = ""

    def cycle(self, due: float) -> None:
        """One cycle; what it waited for its turn counts for its first request."""
        if not self._has_a_pair():
            return
        address = self.there.split("?", maxsplit=1)[0]
        page = self._ask("pair", "GET", address, since=due)
        self._ask("board", "GET", BOARD)
        if page is None or page.status != 200:
            self.there = ""
            return
        mark, held = _MARK.search(page.body), _PAGE.search(page.body)
        if not mark or not held:
            self.there = ""
            return
        said = dict.fromkeys(
            (name.decode() for name in _VERDICT.findall(page.body)), self.rng.choice(ANSWERS)
        )
        said |= {"mark": mark[1].decode(), "page": held[1].decode()}
        voted = self._ask("vote", "POST", f"{address}vote", fields=said)
        self.there = voted.to if voted else ""

    def _has_a_pair(self) -> bool:
        """Close a full batch and open the next; that is no part of the cycle."""
        if self.there.startswith("/batches/"):
            self._ask("finish", "POST", f"{self.there.split('?', maxsplit=1)[0]}finish", fields={})
        if not self.there.startswith("/ballots/"):
            opened = self._ask("start", "POST", "/judge/", fields={})
            self.there = opened.to if opened else ""
        return self.there.startswith("/ballots/")

    def _ask(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        fields: dict[str, str] | None = None,
        since: float | None = None,
    ) -> Answer | None:
        began = since or time.perf_counter()
        answer = None
        # A refused or lost line is no answer.
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.line.ask(method, path, fields)
        self.ledger.note(kind, time.perf_counter() - began, answer)
        return answer
