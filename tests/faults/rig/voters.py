"""People who vote over HTTP all the time, and a ledger of what the site acknowledged."""

import http.client
import re
import threading
import time
import uuid
from collections import Counter
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client

from inference.models import AudioFile, Prompt
from tests import factories

if TYPE_CHECKING:
    from tests.faults.rig.arena import Arena

SYSTEMS = 4
PROMPTS = 60
# So short that the server's gate lets the vote pass at once: three clips are heard within its tolerance.
CLIP_MS = 80
CSRF = "c" * 32
# How long a client tries again before it counts a request as failed.
PATIENCE_SECONDS = 30.0
ANSWERS = ("left", "tie", "both_bad", "right")


class Voters:
    """Some people, each a thread.

    Attributes:
        acknowledged: the marks of the votes that the site said it has.
        failed: requests that got no good answer in spite of all tries.
        retries: tries that got none, by what they got instead.
        casting: set whenever a vote goes out.
    """

    def __init__(self, arena: "Arena", *, people: int, pause_seconds: float = 0.2) -> None:
        self.arena = arena
        self.pause_seconds = pause_seconds
        self.acknowledged: list[uuid.UUID] = []
        self.failed: list[str] = []
        self.retries: Counter[str] = Counter()
        self.requests = 0
        self.casting = threading.Event()
        self._over = threading.Event()
        self._turn = threading.Lock()
        self._make_pairs()
        cookies = [self._log_in(number) for number in range(people)]
        self._threads = [
            threading.Thread(target=self._vote, args=(cookie, Random(number)), name=f"voter {number}")
            for number, cookie in enumerate(cookies)
        ]

    def start(self) -> None:
        """Let them vote until stopped."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End it, after the vote that each has under way."""
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def figures(self) -> dict[str, object]:
        """Compare the ledger with the table."""
        there = {key for (key,) in self.arena.database.rows("SELECT public_id FROM judging_vote")}
        twice = self.arena.database.number(
            "SELECT count(*) FROM "
            "(SELECT ballot_id FROM judging_vote GROUP BY 1 HAVING count(*) > 1) AS twice"
        )
        return {
            "requests": self.requests,
            "retried": dict(self.retries),
            "failed_requests": len(self.failed),
            "failures": self.failed[:5],
            "votes_acknowledged": len(self.acknowledged),
            "acknowledged_votes_missing": len(set(self.acknowledged) - there),
            "ballots_with_two_votes": twice,
        }

    # -- inside

    def _make_pairs(self) -> None:
        systems = [factories.system(f"voted-{number}") for number in range(SYSTEMS)]
        within = factories.prompt_set("voted")
        for _ in range(PROMPTS):
            prompt = factories.prompt(within, playback=_short_clip())
            for system in systems:
                factories.response(system, prompt, playback=_short_clip())
        assert Prompt.objects.filter(prompt_set=within).count() == PROMPTS

    def _log_in(self, number: int) -> str:
        client, email = Client(), f"voter{number}@example.org"
        person = factories.annotator(email).user
        assert person is not None
        client.force_login(person)
        return str(client.cookies["sessionid"].value)

    def _vote(self, session: str, rng: Random) -> None:
        browser = Browser(self, session)
        there = "/judge/"
        while not self._over.is_set():
            if there.startswith("/batches/"):
                browser.ask("POST", f"{there.split('?', maxsplit=1)[0]}finish")
            if not there.startswith("/ballots/"):
                there = browser.ask("POST", "/judge/")[0]
                if not there.startswith("/ballots/"):
                    self._over.wait(1.0)
                    continue
            address = there.split("?")[0]
            to, page = browser.ask("GET", address)
            mark = re.search(r'name="mark" value="([^"]+)"', page)
            names = set(re.findall(r'name="(verdict-[^"]+)"', page))
            held = re.search(r'name="page" value="([^"]+)"', page)
            if to or not mark or not held:
                there = "/judge/"
                continue
            said = dict.fromkeys(names, rng.choice(ANSWERS)) | {"mark": mark.group(1), "page": held.group(1)}
            self.casting.set()
            there, _ = browser.ask("POST", f"{address}vote", **said)
            if there:
                with self._turn:
                    self.acknowledged.append(uuid.UUID(mark.group(1)))
            self._over.wait(self.pause_seconds)


class Browser:
    """One person's connection: it tries again, on a new one, as people do."""

    def __init__(self, voters: Voters, session: str) -> None:
        self.voters = voters
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.line: http.client.HTTPConnection | None = None

    def ask(self, method: str, address: str, **fields: str) -> tuple[str, str]:
        """Send a request until it is answered; return where it leads, and its body."""
        until = time.monotonic() + PATIENCE_SECONDS
        self.voters.requests += 1
        while True:
            try:
                status, to, body = self._once(method, address, urlencode(fields))
            except (OSError, http.client.HTTPException) as error:
                self._hang_up()
                what = type(error).__name__
            else:
                if status < 500:
                    return to, body
                what = str(status)
            self.voters.retries[what] += 1
            if time.monotonic() > until:
                self.voters.failed.append(f"{method} {address}: {what}")
                return "", ""
            time.sleep(0.1)

    def _once(self, method: str, address: str, body: str) -> tuple[int, str, str]:
        if self.line is None:
            self.line = http.client.HTTPConnection("127.0.0.1", self.voters.arena.port, timeout=10)
        self.line.request(method, address, body=body, headers=self.headers)
        answer = self.line.getresponse()
        said = answer.read().decode()
        return answer.status, answer.headers.get("Location", ""), said

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None


def _short_clip() -> AudioFile:
    """A playback file that claims to be short."""
    return factories.playback_audio(factories.raw_audio(), duration_ms=CLIP_MS)
