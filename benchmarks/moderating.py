"""Ask every page of the admin of a large arena, as a moderator: medians, processor time and statements.

Make the arena once, and then ask as often as needed:

    VAR_DIR=/somewhere python -m benchmarks.moderating --make        # 30 systems, 1,000,000 votes: 20 minutes
    VAR_DIR=/somewhere python -m benchmarks.moderating [--times 20] [--only system] [--json FILE]

It starts the arena's own PostgreSQL in VAR_DIR and asks the pages through Django, middleware included, within
this process. The goal is a median of 300 ms and 20 statements for every page (moderation M15, M54, M63).
"""

import argparse
import atexit
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from arena_site.embedded import Postgres, Redis, database_url, redis_url

GOAL_MS = 300
MOST_STATEMENTS = 20
MODERATOR = "moderator@benchmark.example"


class Asked(NamedTuple):
    """A page and what it took: milliseconds of the clock and of the processor, statements, kilobytes."""

    name: str
    address: str
    median: float
    slowest: float
    processor: float
    statements: int
    kilobytes: int


def main() -> None:
    """Make the arena where that is asked for, or ask its pages and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--make", action="store_true", help="Migrate and fill VAR_DIR's database.")
    parser.add_argument("--votes", type=int, default=1_000_000, help="With --make.")
    parser.add_argument("--times", type=int, default=20, help="How often each page is asked for.")
    parser.add_argument("--only", default="", help="Pages whose name contains this.")
    parser.add_argument("--json", type=Path, help="Also write the figures there.")
    options = parser.parse_args()
    bring_up(Path(os.environ["VAR_DIR"]))
    if options.make:
        make(options.votes)
        return
    found = [asked(name, address, options.times) for name, address in pages() if options.only in name]
    found.sort(key=lambda page: -page.median)
    load = round(os.getloadavg()[0], 1)
    print(f"{votes():,} votes, load {load}, {platform.python_version()}\n")
    print("| page | median ms | slowest ms | processor ms | statements | kB |")
    print("|---|---:|---:|---:|---:|---:|")
    for page in found:
        print(
            f"| {page.name} | {page.median:.0f} | {page.slowest:.0f} | {page.processor:.0f} "
            f"| {page.statements} | {page.kilobytes} |"
        )
    late = [page.name for page in found if page.median > GOAL_MS]
    many = [page.name for page in found if page.statements > MOST_STATEMENTS]
    print(f"\n{len(found)} pages; above {GOAL_MS} ms: {late or 'none'}")
    print(f"above {MOST_STATEMENTS} statements: {many or 'none'}")
    if options.json:
        pages_ = [page._asdict() for page in found]
        options.json.write_text(json.dumps({"load": load, "pages": pages_}, indent=1) + "\n")


def bring_up(var: Path) -> None:
    """Start the database and the broker that VAR_DIR holds, and set Django up on them."""
    var.mkdir(parents=True, exist_ok=True)
    var.chmod(0o711)
    for server in (Postgres(var), Redis(var)):
        server.start()
        atexit.register(server.stop)
    os.environ.update(
        DATABASE_URL=database_url(var),
        REDIS_URL=redis_url(var),
        DJANGO_SETTINGS_MODULE="arena_site.settings",
        LOG_LEVEL="ERROR",
        STAFF_SECOND_FACTOR="false",
    )
    import django  # noqa: PLC0415 -- after the settings are named

    django.setup()


def make(votes: int) -> None:
    """Fill the database, add what moderators wait for, and let the database count."""
    from django.core.management import call_command  # noqa: PLC0415 -- once Django is set up

    call_command("migrate", verbosity=0)
    call_command("load_taxonomy", verbosity=0)
    call_command("make_arena", votes=votes)


def moderator() -> Any:
    """The account that asks."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 -- once Django is set up

    people = get_user_model().objects
    found = people.filter(email=MODERATOR).first()
    return found or people.create_user(MODERATOR, is_staff=True, is_superuser=True)


def votes() -> int:
    """How many votes the tallies know."""
    from judging.services.rules import limits  # noqa: PLC0415 -- once Django is set up

    return limits.counted()


def pages() -> Iterator[tuple[str, str]]:
    """Every page of the admin: lists, searches, the newest and a middle row of each table, and all others."""
    from django.contrib import admin  # noqa: PLC0415 -- once Django is set up
    from django.urls import get_resolver, reverse  # noqa: PLC0415 -- as above

    get_resolver().url_patterns  # noqa: B018 -- the tables register with the addresses
    yield "dashboard", reverse("admin:index")
    for by in ("level", "language"):
        yield f"dashboard by {by}", f"{reverse('admin:index')}?by={by}"
    yield "queues", reverse("admin:inference_queues")
    for table, page in admin.site._registry.items():  # noqa: SLF001 -- nothing public lists the tables
        kind, name = page.opts.model_name, f"admin:{page.opts.app_label}_{page.opts.model_name}"
        yield f"{kind} list", reverse(f"{name}_changelist")
        yield f"{kind} search", f"{reverse(f'{name}_changelist')}?q=system-1"
        rows = table._default_manager.order_by("-pk")  # noqa: SLF001 -- Django's public name
        key = rows.values_list("pk", flat=True).first()
        if key is not None:
            yield f"{kind} row", reverse(f"{name}_change", args=[key])
    yield from own_pages()


def own_pages() -> Iterator[tuple[str, str]]:
    """The pages that are neither lists nor rows, each for its busiest subject."""
    from django.urls import reverse  # noqa: PLC0415 -- once Django is set up

    from inference.models import Prompt, Submission, System  # noqa: PLC0415 -- as above
    from judging.models import Annotator, ExclusionRule  # noqa: PLC0415 -- as above

    for rule in ExclusionRule.objects.filter(active=True):
        yield f"rule page {rule.slug}", reverse("admin:judging_exclusionrule_page", args=[rule.pk])
    for submission in Submission.objects.order_by("-pk")[:1]:
        yield "submission review", reverse("admin:inference_submission_review", args=[submission.pk])
    for name, table in (("system", System), ("prompt", Prompt), ("person", Annotator)):
        key = table.objects.order_by("pk").values_list("pk", flat=True).first()
        if key is not None:
            yield f"{name} page", reverse(f"admin:look_{name}", args=[key])


def asked(name: str, address: str, times: int) -> Asked:
    """Ask for a page once with its statements counted, and then again and again."""
    from django.db import connection  # noqa: PLC0415 -- once Django is set up
    from django.test import Client  # noqa: PLC0415 -- as above

    client = Client(SERVER_NAME="localhost")
    client.force_login(moderator())
    statements: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    # The first time fills what is kept between pages; it is not counted.
    client.get(address)
    with connection.execute_wrapper(note):
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    clock, processor = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        client.get(address)
        clock.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - used))
    return Asked(
        name,
        address,
        statistics.median(clock),
        max(clock),
        statistics.median(processor),
        len(statements),
        len(answer.content) // 1000,
    )


if __name__ == "__main__":
    main()
