"""`manage.py import_answers SYSTEM PATH`: answers that were made elsewhere."""

from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from inference import answers as sources
from inference import catalogue
from inference.errors import Refused
from inference.models import Prompt, PromptSet, System
from inference.services import answers

SHOWN = 10


class Command(BaseCommand):
    """Imports answers; harmless to repeat."""

    help = "Import a system's answers from PATH (see docs/adapters.md). Repeating it takes only what is new."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare whose answers, and to what."""
        parser.add_argument("system", help="Whose answers they are: a system's slug.")
        parser.add_argument("path", type=Path, help="What the worker wrote, a list, or a published file.")
        parser.add_argument(
            "--set", action="append", metavar="SLUG", help="Only to prompts of this set; repeatable."
        )
        parser.add_argument(
            "--key", default="", help="What a published file calls the system, if not by its slug."
        )
        parser.add_argument(
            "--audio", type=Path, metavar="FOLDER", help="Where a published file's sound lies."
        )
        parser.add_argument("--dry-run", action="store_true", help="Look at everything and write nothing.")

    def handle(self, *_: Any, path: Path, dry_run: bool, **options: Any) -> None:
        """Import, show progress, and list all that was not taken; fail if there is any."""
        system = _system(options["system"])
        prompts = list(_prompts(options["set"]).select_related("prompt_set"))
        try:
            found = list(sources.read(path, key=options["key"] or system.slug, root=options["audio"]))
            report = self._bring(found, system=system, prompts=prompts, dry_run=dry_run)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self._say(report, system=system, dry_run=dry_run)

    def _bring(
        self, found: list[sources.Outcome], *, system: System, prompts: list[Prompt], dry_run: bool
    ) -> answers.Report:
        self.console = Console(file=cast("IO[str]", self.stdout), highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as progress:
            bar = progress.add_task(f"Answers of {system}", total=len(found))
            return answers.bring(
                found,
                of=system,
                prompts=prompts,
                dry_run=dry_run,
                on_answer=lambda _: progress.advance(bar),
            )

    def _say(self, report: answers.Report, *, system: System, dry_run: bool) -> None:
        for bad in report.problems:
            self.console.print(f"  {escape(bad.where)}: {escape(bad.message)} ({bad.code})")
        taken = "would be taken" if dry_run else "taken"
        self.console.print(
            f"{system}: {report.taken} {taken}, {report.unchanged} here already, "
            f"{len(report.problems)} refused; {len(report.missing)} prompts are without an answer"
            + (f": {', '.join(report.missing[:SHOWN])}" if report.missing else "")
            + (" …" if len(report.missing) > SHOWN else ".")
        )
        if report.problems:
            raise CommandError("Mend what is listed above and import again; the others are not affected.")


def _system(slug: str) -> System:
    found = System.objects.filter(slug=slug).first()
    if found:
        return found
    if slug in catalogue.names():
        raise CommandError(f"{slug} is not in this arena yet: `manage.py add_system {slug}` brings it.")
    known = ", ".join(System.objects.values_list("slug", flat=True))
    raise CommandError(f"There is no system {slug}; known are {known}.")


def _prompts(slugs: list[str] | None) -> QuerySet[Prompt]:
    if slugs is None:
        return Prompt.objects.all()
    known = set(PromptSet.objects.values_list("slug", flat=True))
    if unknown := sorted(set(slugs) - known):
        raise CommandError(
            f"There is no prompt set {', '.join(unknown)}; known are {', '.join(sorted(known))}."
        )
    return Prompt.objects.filter(prompt_set__slug__in=slugs)
