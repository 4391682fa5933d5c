"""U6: the whole API under generated requests, as four principals, against the site as it runs in production.

`make fuzz` (or `python -m benchmarks.fuzz [--cases 20000] [--seed 1]`) brings up a PostgreSQL, a Redis and a
gunicorn of its own, fills them, and lets Schemathesis read docs/openapi.yaml: boundary values, random
bodies, and chains of requests that follow from one answer to the next. Found is an answer of 500 and above,
and a status, a type, a header or a body that the schema does not know; then the exit status is 1. Answers
that took longer than two seconds are counted.
"""

import argparse
import hashlib
import itertools
import json
import logging
import os
import statistics
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parents[1] / "docs" / "openapi.yaml"
SLOW_SECONDS = 2.0
KEY = "Idempotency-Key"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
# What share of a principal's cases each phase may take. Chains come first: they find what others guess at.
PHASES = {"stateful": 0.35, "coverage": 0.35, "fuzzing": 0.3}


@dataclass
class Principal:
    """Somebody who asks.

    Attributes:
        tokens: of one team; each request takes the next, so that what is tried is the API and not its limit.
        cookie: of a login to the pages.
        known: values that are there, by the name of a field.
    """

    name: str
    tokens: list[str] = field(default_factory=list)
    cookie: str = ""
    known: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class Found:
    """What came of one principal's cases."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give the figures."""
        times = sorted(self.seconds) or [0.0]
        return {
            "cases": self.cases,
            "statuses": dict(sorted(self.statuses.items())),
            "median_ms": round(1000 * statistics.median(times)),
            "p99_ms": round(1000 * times[int(0.99 * (len(times) - 1))]),
            "slowest_ms": round(1000 * times[-1]),
            "slow": sum(one > SLOW_SECONDS for one in times),
            "failures": self.failures,
        }


def main() -> int:
    """Ask, print the figures as JSON, and say by the exit status whether anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000, help="Of all principals together.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="One principal's name.")
    parser.add_argument(
        "--at", help="A site that is there already; its principals come as JSON by standard input."
    )
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.at:
        principals = [Principal(**one) for one in json.load(sys.stdin)]
        found = ask(options.at, principals, cases=options.cases, seed=options.seed)
    else:
        found = _alone(options)
    print(json.dumps(found, indent=1))
    return int(any(one["failures"] for one in found["principals"].values()))


def _alone(options: argparse.Namespace) -> dict[str, Any]:
    """Bring up a site, fill it, and ask."""
    os.environ |= {"ALLOWED_HOSTS": "testserver,localhost,127.0.0.1", "API_READS_PER_SECOND": "1000000"}
    from benchmarks.jobs import bring_up  # noqa: PLC0415 -- once the environment is as it should be
    from benchmarks.listener import site  # noqa: PLC0415 -- as above

    bring_up()
    from tests.inference.api import whole  # noqa: PLC0415 -- once Django is set up

    principals = [Principal(**one) for one in whole.principals(tokens=40)]
    wanted = [one for one in principals if options.only in {"", one.name}]
    with site() as url:
        return ask(url, wanted, cases=options.cases, seed=options.seed)


def ask(url: str, principals: list[Principal], *, cases: int, seed: int) -> dict[str, Any]:
    """Send so many cases, shared evenly among the principals."""
    began = time.monotonic()
    found = {}
    for one in principals:
        found[one.name] = _as(one, url, cases=cases // len(principals), seed=seed).as_json()
        # Whoever waits for a quarter of an hour sees how it goes.
        print(json.dumps({one.name: found[one.name]}), file=sys.stderr, flush=True)
    return {
        "cases": sum(one["cases"] for one in found.values()),
        "failures": sum(len(one["failures"]) for one in found.values()),
        "slow": sum(one["slow"] for one in found.values()),
        "seconds": round(time.monotonic() - began, 1),
        "load": round(os.getloadavg()[0], 1),
        "principals": found,
    }


def _as(principal: Principal, url: str, *, cases: int, seed: int) -> Found:
    found = Found()
    for phase, share in PHASES.items():
        end = found.cases + round(cases * share)
        for round_ in itertools.count():
            before = found.cases
            _run(principal, url, phase=phase, seed=seed + 100 * round_, found=found, end=end)
            # The boundary values are always the same ones.
            if found.cases >= end or found.cases == before or phase == "coverage":
                break
    return found


def _run(principal: Principal, url: str, *, phase: str, seed: int, found: Found, end: int) -> None:
    """Let one phase go on until there are so many cases, or no more of them."""
    import schemathesis  # noqa: PLC0415 -- slow, and with hooks of its own
    from schemathesis.engine import events, from_schema  # noqa: PLC0415 -- as above

    config = schemathesis.Config.from_dict(_settings(url, phase=phase, seed=seed, cases=end - found.cases))
    schema = schemathesis.openapi.from_path(SCHEMA, config=config)
    _hooks(schemathesis, principal)
    stream = from_schema(schema).execute()
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            _count(event.recorder, found, phase=phase)
            if found.cases >= end:
                stream.stop()
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            error = getattr(event, "value", None) or getattr(event, "exception", event)
            found.failures.setdefault(f"{phase} the fuzzer: {str(error)[:200]}", "")


def _settings(url: str, *, phase: str, seed: int, cases: int) -> dict[str, Any]:
    checks: dict[str, Any] = {"enabled": False} | {name: {"enabled": True} for name in CHECKS}
    # A fair share for each of some eighty operations; chains have no operations to share among.
    examples = max(1, cases // 80) if phase == "fuzzing" else max(2, cases // 8)
    return {
        "base-url": url,
        "seed": seed,
        "cache": {"enabled": False},
        "continue-on-failure": True,
        "request-timeout": 30,
        "checks": checks,
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
        "phases": {
            name: {"enabled": name == phase} for name in ("examples", "coverage", "fuzzing", "stateful")
        },
    }


def _count(recorder: Any, found: Found, *, phase: str) -> None:
    """Take in the requests of one scenario, their answers, and what was wrong with them."""
    for case, one in recorder.interactions.items():
        found.cases += 1
        if one.response is None:
            found.failures.setdefault(f"{recorder.label} no answer", one.request.uri)
            continue
        status, took = one.response.status_code, one.response.elapsed
        found.statuses[status] += 1
        found.seconds.append(took)
        for check in recorder.checks.get(case, ()):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                name = (
                    f"{one.request.method} {failure.operation}: {check.name} {status} {failure.message[:160]}"
                )
                found.failures.setdefault(name, _shown(one, phase))


def _shown(one: Any, phase: str) -> str:
    """A request that failed, so that it can be sent again."""
    body = one.request.body or b""
    answer = one.response.content or b""
    return f"[{phase}] {one.request.method} {one.request.uri} {body[:400]!r} -> {answer[:400]!r}"


def _hooks(schemathesis: Any, principal: Principal) -> None:
    """Sign every request, and put in values that are there."""
    from schemathesis import hooks  # noqa: PLC0415 -- as where it is called

    hooks.unregister_all()
    turns = itertools.count()

    @schemathesis.hook  # type: ignore[untyped-decorator]  # schemathesis is read as Any
    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        case.headers.pop("Authorization", None)
        if principal.tokens:
            token = principal.tokens[next(turns) % len(principal.tokens)]
            case.headers["Authorization"] = f"Bearer {token}"
        # Generated keys are short and come again; a fresh one lets a write happen.
        if case.headers.get(KEY) and next(turns) % 4:
            case.headers[KEY] = uuid.uuid4().hex
        if principal.cookie:
            case.headers["Cookie"] = f"sessionid={principal.cookie}"

    @schemathesis.hook  # type: ignore[untyped-decorator]  # schemathesis is read as Any
    def after_call(context: Any, case: Any, response: Any) -> None:
        # A chain may have revoked one of them.
        used = str(case.headers.get("Authorization", "")).removeprefix("Bearer ")
        if response.status_code == HTTPStatus.UNAUTHORIZED and used in principal.tokens[1:]:
            principal.tokens.remove(used)

    @schemathesis.hook  # type: ignore[untyped-decorator]  # schemathesis is read as Any
    def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
        return _mended(path_parameters, principal.known, below=_first(context))

    @schemathesis.hook  # type: ignore[untyped-decorator]  # schemathesis is read as Any
    def map_body(context: Any, body: Any) -> Any:
        return _mended(body, principal.known, below="")


def _first(context: Any) -> str:
    """The word after /api/v1/: what a slug is one of."""
    return str(context.operation.path).split("/")[3] if context.operation else ""


def _mended(values: Any, known: dict[str, list[Any]], *, below: str) -> Any:
    """Put what is there in the place of every second value, or hardly a case would go beyond 404."""
    if not isinstance(values, dict):
        return values
    return {
        name: _instead(value, known.get(f"{below}.{name}", known.get(name, [])))
        for name, value in values.items()
    }


def _instead(value: Any, there: list[Any]) -> Any:
    # Which one, the value decides: the same case is the same request.
    mark = hashlib.sha256(repr(value).encode("utf-8", "replace")).digest()
    return there[mark[1] % len(there)] if there and mark[0] % 2 else value


if __name__ == "__main__":
    sys.exit(main())
