"""Many hands on the same ballots (V1, V2, V6), and what casting costs; a PostgreSQL of its own each time.

    python -m benchmarks.votes v1      200 ballots × 50 posts at one moment with differing answers
    python -m benchmarks.votes v2      100 people × 20 claims at once
    python -m benchmarks.votes v6      the state machine of tests/judging, 2,000 runs × 50 steps
    python -m benchmarks.votes cast    queries and time of what one pair asks of the server

V3, kill -9 of the site in the middle of votes: `python -m benchmarks.faults r2 --only F15 --repeat 200`.
"""

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import numpy as np

from benchmarks.jobs import bring_up

THREADS = 50
# Of one person, a batch but its last.
PAIRS = 11


def seeded(seed: int) -> Random:
    """A generator that gives the same draws in every run."""
    return Random(seed)  # noqa: S311 -- no secret


def main() -> None:
    """Run what was asked for, and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("goal", choices=["v1", "v2", "v6", "cast"])
    parser.add_argument("--ballots", type=int, default=200)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--claims", type=int, default=20)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    bring_up()
    goals: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "v1": differing_posts,
        "v2": claims,
        "v6": machine,
        "cast": costs,
    }
    began = time.monotonic()
    figures = goals[options.goal](options)
    print(json.dumps(figures | {"seconds": round(time.monotonic() - began, 1)}, indent=1))


def together(times: int, act: Callable[[int], Any]) -> list[Any]:
    """Run `act(number)` in threads that start at one moment; give what each returned or raised."""
    from django.db import connection  # noqa: PLC0415 -- once Django is set up

    barrier = threading.Barrier(times)

    def one(number: int) -> Any:
        try:
            barrier.wait()
            return act(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def differing_posts(options: argparse.Namespace) -> dict[str, Any]:
    """V1: exactly one vote a ballot; all other posts are refused, replays of the first get its answer."""
    from judging.models import Vote  # noqa: PLC0415 -- once Django is set up
    from judging.services import ballots, votes  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above
    from tests.judging.casting import casting  # noqa: PLC0415 -- as above

    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    outcomes: Counter[str] = Counter()
    replays = 0
    for _ in range(options.ballots):
        ballot = factories.ballot(pair, factories.annotator())
        page = ballots.hold(ballot)
        sent = [casting(ballot, ballots.CHOICES[n % 4], page=page) for n in range(THREADS)]

        def post(number: int, of: Any = ballot, sent: list[Any] = sent) -> Any:
            return votes.cast(of, sent[number], by=of.annotator)

        found = together(THREADS, post)
        outcomes.update(getattr(one, "code", type(one).__name__) for one in found)
        [won] = [n for n, one in enumerate(found) if isinstance(one, Vote)]
        replays += votes.cast(ballot, sent[won], by=ballot.annotator) == found[won]
    return {
        "ballots": options.ballots,
        "posts": options.ballots * THREADS,
        "votes": Vote.objects.count(),
        "outcomes": dict(outcomes),
        "replays_that_got_the_first_answer": replays,
    }


def claims(options: argparse.Namespace) -> dict[str, Any]:
    """V2: people who draw at once get distinct ballots, none shared and none lost."""
    from judging.models import Ballot, Policy  # noqa: PLC0415 -- once Django is set up
    from judging.services import batches  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above

    old = Policy.objects.get(current=True)
    Policy.objects.filter(pk=old.pk).update(current=False)
    policy = Policy.objects.create(version=900, batch_size=options.claims, reason="a run", current=True)
    for asked in old.asked.all():
        policy.asked.create(criterion=asked.criterion, position=asked.position)
    systems = [factories.system() for _ in range(4)]
    for _ in range(options.claims + 10):
        prompt = factories.prompt()
        for system in systems:
            factories.response(system, prompt)
    people = [factories.annotator() for _ in range(options.people)]
    given: list[int] = []
    errors: Counter[str] = Counter()
    for claim in range(options.claims):

        def draw(number: int, claim: int = claim) -> Any:
            return batches.issue(people[number], rng=seeded(1000 * claim + number))

        found = together(options.people, draw)
        errors.update(type(one).__name__ for one in found if not isinstance(one, Ballot))
        given += [one.pk for one in found if isinstance(one, Ballot)]
        Ballot.objects.filter(state="issued").update(state="skipped", closing_code="a run", opened_at=None)
    return {
        "claims": options.people * options.claims,
        "distinct": len(set(given)),
        "shared": len(given) - len(set(given)),
        "lost": Ballot.objects.count() - len(set(given)),
        "errors": dict(errors),
    }


def machine(options: argparse.Namespace) -> dict[str, Any]:
    """V6: the state machine at full size; it raises where an invariant fails."""
    from hypothesis import HealthCheck, settings  # noqa: PLC0415 -- a tool of the tests
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 -- as above

    from tests.judging.services.test_votes_machine import Judging  # noqa: PLC0415 -- once Django is set up

    sizes = settings(
        max_examples=options.runs,
        stateful_step_count=options.steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Judging, settings=sizes)
    return {"runs": options.runs, "steps": options.steps, "invariants": 12, "failures": 0}


def costs(options: argparse.Namespace) -> dict[str, Any]:
    """What one pair costs the server, request by request, as the page sends them (J137)."""
    from django.conf import settings  # noqa: PLC0415 -- once Django is set up
    from django.test import Client  # noqa: PLC0415 -- as above
    from django.utils import timezone  # noqa: PLC0415 -- as above

    from judging.models import Annotator, Ballot  # noqa: PLC0415 -- as above
    from tests import factories  # noqa: PLC0415 -- as above
    from tests.judging.test_views import said  # noqa: PLC0415 -- as above

    settings.ALLOWED_HOSTS = ["*"]
    systems = [factories.system() for _ in range(6)]
    for _ in range(40):
        prompt = factories.prompt()
        for system in systems:
            factories.response(system, prompt)
    spent: dict[str, list[tuple[float, int]]] = {}
    for _ in range(-(-options.ballots // PAIRS)):
        person = factories.annotator()
        # Of some age: a new account judges less on its first day.
        Annotator.objects.filter(pk=person.pk).update(created_at=timezone.now() - timedelta(days=9))
        browser = Client()
        assert person.user is not None  # noqa: S101 -- a new one has an account
        browser.force_login(person.user)
        address = browser.post("/judge/").headers["Location"]
        for _ in range(PAIRS):
            token = address.split("/")[2]
            timed(spent, "show the pair", partial(browser.get, address))
            ahead = f"/ballots/{token}/ahead"
            timed(spent, "draw the next one", partial(browser.post, ahead))
            before = timezone.now() - timedelta(minutes=5)
            with factories.unguarded():
                Ballot.objects.filter(public_id=token).update(opened_at=before)
            sent, at = said(Ballot.objects.get(public_id=token)), f"/ballots/{token}/vote"
            answer = timed(spent, "cast", partial(browser.post, at, sent))
            address = answer.headers["Location"]
    return {"casts": len(spent["cast"])} | {
        name: {
            **{f"p{at}_ms": round(float(np.percentile([ms for ms, _ in all_], at)), 1) for at in (50, 95)},
            "queries": max(queries for _, queries in all_),
        }
        for name, all_ in spent.items()
    }


def timed(spent: dict[str, list[tuple[float, int]]], name: str, act: Callable[[], Any]) -> Any:
    """Do something, and keep the milliseconds and the number of queries under its name."""
    from django.db import connection  # noqa: PLC0415 -- once Django is set up
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- as above

    with CaptureQueriesContext(connection) as captured:
        began = time.perf_counter()
        answer = act()
        took = 1000 * (time.perf_counter() - began)
    spent.setdefault(name, []).append((took, len(captured)))
    return answer


if __name__ == "__main__":
    main()
