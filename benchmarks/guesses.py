"""Guessing passwords (S6): how much is hashed, and whether anybody learns which accounts there are.

    python -m benchmarks.guesses [--guesses 10000]

Ten thousand guesses at one account from as many addresses, one guess at each of ten thousand accounts from
one address, and answers for known and unknown addresses compared by status, body and time. All through the
site's own middleware, in this process, against a PostgreSQL of its own.
"""

import argparse
import json
import re
import statistics
import time
from typing import Any

from benchmarks.jobs import bring_up

ACCOUNT_HOUR, ADDRESS_HOUR = 20, 60
# What differs in any two answers.
MOVING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|value="[^"@]+@example\.org"')


def main() -> None:
    """Guess, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--guesses", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=40, help="Answers whose times are compared.")
    options = parser.parse_args()
    bring_up()
    from django.test.utils import setup_test_environment  # noqa: PLC0415 -- once Django is set up

    # Mails stay in memory, and requests name the host that test clients name.
    setup_test_environment(debug=False)
    print(json.dumps(figures(options), indent=1))


def figures(options: argparse.Namespace) -> dict[str, Any]:
    """Run both loops and the comparison."""
    hashed = watch()
    began = time.monotonic()
    one = at_one_account(options.guesses, hashed)
    many = at_many_accounts(options.guesses, hashed)
    told = told_apart(options.pairs)
    return {
        "guesses": options.guesses,
        "seconds": round(time.monotonic() - began, 1),
        # The loops take less than an hour: what is hashed in them is all of an hour's.
        "hashes_at_one_account": one,
        "hashes_from_one_address": many,
        "enumeration": told,
        "holds": one <= ACCOUNT_HOUR and many <= ADDRESS_HOUR and told["same"] and told["time_ratio"] <= 1.1,
    }


def watch() -> list[float]:
    """Note every hash that is worked out."""
    from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: PLC0415 -- once Django is set up

    seen: list[float] = []

    def counted(method: Any) -> Any:
        def count(*args: Any, **named: Any) -> Any:
            seen.append(time.monotonic())
            return method(*args, **named)

        return count

    for name in ("verify", "encode"):
        setattr(Argon2PasswordHasher, name, counted(getattr(Argon2PasswordHasher, name)))
    return seen


def guess(email: str, password: str, *, address: str) -> Any:
    """Try to log in from an address."""
    from django.test import Client  # noqa: PLC0415 -- once Django is set up

    return Client(REMOTE_ADDR=address).post("/account/login/", {"login": email, "password": password})


def address(number: int) -> str:
    """Name one of sixteen million addresses."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def at_one_account(guesses: int, hashed: list[float]) -> int:
    """Guess at one account, each time from elsewhere."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    factories.user("one@example.org", password=factories.PASSWORD)
    before = len(hashed)
    for number in range(guesses):
        guess("one@example.org", f"guess {number}", address=address(number))
    return len(hashed) - before


def at_many_accounts(guesses: int, hashed: list[float]) -> int:
    """Guess once at each of many accounts, half of which are there, from one address."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 -- once Django is set up

    model = get_user_model()
    model.objects.bulk_create(
        [model(email=f"many{number}@example.org", password="!") for number in range(0, guesses, 2)],  # noqa: S106 -- none
        batch_size=1000,
    )
    before = len(hashed)
    for number in range(guesses):
        guess(f"many{number}@example.org", "guess", address="192.0.2.1")
    return len(hashed) - before


def told_apart(pairs: int) -> dict[str, Any]:
    """Compare what known and unknown addresses get, at the login, the sign-up and the reset of a password."""
    from tests import factories  # noqa: PLC0415 -- once Django is set up

    for number in range(pairs):
        factories.user(f"known{number}@example.org", password=factories.PASSWORD)
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    same = True
    for number in range(pairs):
        seen = {}
        # In turns, so that a busy moment meets both.
        for kind in sorted(took, reverse=bool(number % 2)):
            began = time.perf_counter()
            answer = guess(f"{kind}{number}@example.org", "a wrong one", address=address(10**6 + 2 * number))
            took[kind].append(time.perf_counter() - began)
            seen[kind] = (answer.status_code, MOVING.sub(b"", answer.content))
        same = same and seen["known"] == seen["unknown"] and _elsewhere(number)
    middle = {kind: statistics.median(times) for kind, times in took.items()}
    return {
        "same": same,
        "median_ms": {kind: round(1000 * value, 1) for kind, value in middle.items()},
        "time_ratio": round(max(middle.values()) / min(middle.values()), 3),
    }


def _elsewhere(number: int) -> bool:
    """Whether a reset and a sign-up answer a known address as an unknown one."""
    from django.test import Client  # noqa: PLC0415 -- once Django is set up

    found = []
    for kind in ("known", "unknown"):
        client = Client(REMOTE_ADDR=address(2 * 10**6 + 2 * number))
        reset = client.post("/account/password/reset/", {"email": f"{kind}{number}@example.org"})
        new = {"email": f"{kind}{number}@example.org", "password1": "a much better password 7"}
        signed = client.post("/account/signup/", new)
        found.append((reset.status_code, reset.get("Location"), signed.status_code, signed.get("Location")))
    return found[0] == found[1]


if __name__ == "__main__":
    main()
