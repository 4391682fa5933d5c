"""`manage.py ask`: let systems answer prompts, and say how it went."""

import sys
import time
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max, QuerySet
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inference.errors import Refused
from inference.models import Attempt, Job, Prompt, PromptSet, System, WorkerPulse
from inference.services import jobs

LOOK_SECONDS = 0.5
SILENT_SECONDS = 30
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


class Command(BaseCommand):
    """Asks systems for their answers; what was asked before is left as it is."""

    help = "Let systems answer prompts: all live ones and all prompts, or those named."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--system", action="append", metavar="SLUG", help="Only this system; repeatable.")
        parser.add_argument(
            "--set", action="append", metavar="SLUG", help="Only prompts of this set; repeatable."
        )
        parser.add_argument("--wait", action="store_true", help="Stay until all have answered or failed.")

    def handle(self, *_: Any, **options: Any) -> None:
        """Ask, wait if wanted, and fail if an answer failed."""
        systems = _systems(options["system"])
        prompts = _prompts(options["set"])
        try:
            new = jobs.request(systems=list(systems), prompts=list(prompts))
        except Refused as refused:
            raise CommandError(refused.message) from refused
        asked = Job.objects.filter(system__in=systems, prompt__in=prompts)
        self.stdout.write(f"{len(systems)} systems are asked for {len(prompts)} prompts: {new} new jobs.")
        if options["wait"]:
            _wait(asked)
            self._conclude(asked)

    def _conclude(self, asked: QuerySet[Job]) -> None:
        states = Counter(asked.values_list("state", flat=True))
        done = states.pop(Job.State.DONE, 0)
        if not states:
            self.stdout.write(f"All {done} are answered.")
            return
        rest = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        raise CommandError("\n".join([f"{done} are answered; {rest}.", *_reasons(asked)]))


def _systems(slugs: list[str] | None) -> QuerySet[System]:
    if slugs is None:
        found = System.objects.filter(state=System.State.LIVE)
        if not found:
            raise CommandError(
                "No system is live. `manage.py add_system NAME` brings one; `manage.py systems` lists them."
            )
        return found
    _know(slugs, System.objects.values_list("slug", flat=True), "system")
    return System.objects.filter(slug__in=slugs)


def _prompts(slugs: list[str] | None) -> QuerySet[Prompt]:
    found = Prompt.objects.filter(state=Prompt.State.OK)
    if slugs is None:
        # The arena's own pairs for training are answered by itself.
        found = found.exclude(split=Prompt.Split.TRAINING)
    else:
        _know(slugs, PromptSet.objects.values_list("slug", flat=True), "prompt set")
        found = found.filter(prompt_set__slug__in=slugs)
    if not found:
        raise CommandError("There is no prompt to ask. `manage.py import_prompts PATH` brings some.")
    return found


def _know(slugs: list[str], known: QuerySet[Any, str], what: str) -> None:
    if unknown := sorted(set(slugs) - set(known)):
        raise CommandError(
            f"There is no {what} {', '.join(unknown)}; known are {', '.join(sorted(set(known)))}."
        )


def _wait(asked: QuerySet[Job]) -> None:
    """Show progress until every job has ended, or is one that no worker will take as things are."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    waiting = jobs.under_way(asked)
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        bar = progress.add_task("Answers", total=asked.count())
        while left := waiting.count():
            progress.update(bar, completed=asked.filter(state__in=ENDED).count())
            progress.update(bar, description="Answers" if _worker_lives() else f"{left} wait for a worker")
            time.sleep(LOOK_SECONDS)
        progress.update(bar, completed=asked.filter(state__in=ENDED).count(), description="Answers")


def _worker_lives() -> bool:
    looked_at = WorkerPulse.objects.exclude(queue="sweeper").aggregate(last=Max("looked_at"))["last"]
    return looked_at is not None and (timezone.now() - looked_at).total_seconds() < SILENT_SECONDS


def _reasons(asked: QuerySet[Job]) -> list[str]:
    """Say why jobs failed, each reason once with the number of its jobs, and which systems are paused."""
    failed = asked.filter(state=Job.State.FAILED)
    last = Attempt.objects.filter(job__in=failed).order_by("job", "-number").distinct("job")
    counted = Counter((attempt.job.system.slug, attempt.code, attempt.message)
                      for attempt in last.select_related("job__system"))  # fmt: skip
    lines = [
        f"  {slug}: {count} × {code}: {message}" for (slug, code, message), count in counted.most_common()
    ]
    paused = System.objects.filter(pk__in=asked.values("system"), paused_at__isnull=False)
    return lines + [f"  {system} is paused ({system.pause_code}); its jobs wait." for system in paused]
