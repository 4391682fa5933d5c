"""U3: five thousand broken sounds over HTTP, from four uploaders at once, in an order of chance.

Run from the repository: `python -m benchmarks.broken [--files 5000] [--run 1]`. It brings up a PostgreSQL, a
Redis and a gunicorn of its own. Every file is one of `tests/inference/audio/mutation.py`; each answer has to
be a taken file or a refusal with a code of docs/errors.md. Exit status 1 where one was of 500 and above, or
said nothing known.
"""

import argparse
import base64
import hashlib
import json
import os
import random
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx2

UPLOADERS = 4
TOGETHER = 50
TOKENS = 12


@dataclass
class Seen:
    """What was answered.

    Attributes:
        outcomes: how often each code was said; `complete` is a file that was taken.
        wrong: answers that no file may get.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Uploader:
    """A team's program: its submission, and tokens that it takes in turn."""

    submission: str
    tokens: list[str]


def main() -> int:
    """Send them all, print the figures as JSON, and say by the exit status whether any went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--run", type=int, default=1, help="The seed of the series.")
    options = parser.parse_args()
    os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
    from benchmarks.jobs import bring_up  # noqa: PLC0415 -- once the environment is as it should be
    from benchmarks.listener import site  # noqa: PLC0415 -- as above

    bring_up()
    with site() as url:
        found = send(url, uploaders(), files=options.files, run=options.run)
    print(json.dumps(found, indent=1))
    return int(bool(found["wrong"]))


def uploaders() -> list[Uploader]:
    """Make four teams, each with an open submission."""
    from inference.models import Scope  # noqa: PLC0415 -- once Django is set up
    from inference.services import tokens  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above
    from tests.inference.api.client import Program, published_set, team_of  # noqa: PLC0415 -- as above

    core, found = published_set(slug="core", version=3), []
    for number in range(UPLOADERS):
        person = factories.user(f"uploader-{number}@example.org")
        lab = Program(team_of(person, slug=f"lab-{number}"), person)
        body = {"system": lab.system(), "prompt_set": core.address, "kind": "uploaded"}
        key = lab.post("submissions", body).json()["id"]
        made = [tokens.make(lab.team, by=person, name="broken", scopes=Scope.values) for _ in range(TOKENS)]
        found.append(Uploader(key, [one.text for one in made]))
    return found


def send(url: str, to: list[Uploader], *, files: int, run: int) -> dict[str, Any]:
    """Let each uploader send its share."""
    numbers = list(range(files))
    random.Random(run).shuffle(numbers)  # noqa: S311 -- an order, no secret
    began = time.monotonic()
    with ThreadPoolExecutor(len(to)) as pool:
        shares = [numbers[start :: len(to)] for start in range(len(to))]
        seen = list(pool.map(lambda one: _send(url, *one, run=run), zip(to, shares, strict=True)))
    outcomes: Counter[str] = sum((one.outcomes for one in seen), Counter())
    times = sorted(second for one in seen for second in one.seconds)
    return {
        "files": outcomes.total(),
        "outcomes": dict(outcomes.most_common()),
        "wrong": [line for one in seen for line in one.wrong][:20],
        "seconds": round(time.monotonic() - began, 1),
        "median_ms": round(1000 * times[len(times) // 2]),
        "p99_ms": round(1000 * times[int(0.99 * (len(times) - 1))]),
        "slowest_ms": round(1000 * times[-1]),
        "load": round(os.getloadavg()[0], 1),
    }


def _send(url: str, uploader: Uploader, numbers: list[int], *, run: int) -> Seen:
    from tests.inference.audio import mutation  # noqa: PLC0415 -- a tool of the tests

    seen = Seen()
    with httpx2.Client(base_url=f"{url}/api/v1", timeout=60) as http:
        for start in range(0, len(numbers), TOGETHER):
            some = [mutation.mutant(number, run=run).raw for number in numbers[start : start + TOGETHER]]
            by_hash = {hashlib.sha256(raw).hexdigest(): raw for raw in some if raw}
            for upload in _registered(http, uploader, by_hash, seen):
                _put(http, uploader, upload, by_hash[upload["sha256"]], seen)
    return seen


def _token(uploader: Uploader, seen: Seen) -> dict[str, str]:
    text = uploader.tokens[len(seen.seconds) % len(uploader.tokens)]
    return {"Authorization": f"Bearer {text}"}


def _registered(http: Any, uploader: Uploader, files: dict[str, bytes], seen: Seen) -> list[dict[str, Any]]:
    body = {"files": [{"sha256": name, "bytes": len(raw)} for name, raw in files.items()]}
    headers = _token(uploader, seen) | {"Idempotency-Key": uuid.uuid4().hex}
    answer = http.post(f"/submissions/{uploader.submission}/uploads", json=body, headers=headers)
    if answer.is_error:
        seen.wrong.append(f"{answer.status_code} {answer.text[:300]}")
        return []
    return [one for one in answer.json()["uploads"] if one["state"] == "open"]


def _put(http: Any, uploader: Uploader, upload: dict[str, Any], raw: bytes, seen: Seen) -> None:
    from inference.errors import codes  # noqa: PLC0415 -- as where it is called

    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
    headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/octet-stream"}
    began = time.monotonic()
    answer = http.put(
        f"/uploads/{upload['id']}/parts/1", content=raw, headers=headers | _token(uploader, seen)
    )
    seen.seconds.append(time.monotonic() - began)
    said = answer.json()
    code = said.get("code") or said.get("state", "")
    seen.outcomes[code] += 1
    known = code == "complete" if answer.is_success else code in codes.CODES
    if answer.is_server_error or not known:
        seen.wrong.append(f"{answer.status_code} {code} {answer.text[:300]}")


if __name__ == "__main__":
    sys.exit(main())
