"""`manage.py import_prompts PATH`: prompts from a manifest, a folder of audio, or other published shapes."""

from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from inference import manifest
from inference.errors import Refused
from inference.models import PromptSet
from inference.services import prompts, taxonomy


class Command(BaseCommand):
    """Imports prompts; harmless to repeat."""

    help = "Import spoken prompts from PATH (see docs/prompts.md). Repeating it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the source, the set, and what may be said of the source as a whole."""
        parser.add_argument("path", type=Path, help="A manifest, a folder of audio, or a published file.")
        parser.add_argument("--set", dest="slug", help="The prompt set's slug; by default the name of PATH.")
        parser.add_argument("--title", default="", help="The title of a new set.")
        parser.add_argument("--next-version", action="store_true", help="Make the next version of the set.")
        parser.add_argument(
            "--shape", choices=[shape.value for shape in manifest.Shape], help="By default found out."
        )
        parser.add_argument(
            "--audio", type=Path, dest="audio_root", help="Where the audio lies, if not beside PATH."
        )
        stated = parser.add_argument_group(
            "what is true of every prompt here", "Fills what the source leaves open; nothing is ever guessed."
        )
        stated.add_argument("--language", help="That is spoken, such as en or zh.")
        stated.add_argument("--answer-language", help="That the answers should be in.")
        stated.add_argument("--level", type=int, help="1 to 4, as in the second paper.")
        stated.add_argument("--task", help="For rows whose own task is a free name.")
        stated.add_argument("--paper", type=int, choices=(1, 2), help="Whose level codes the source uses.")
        stated.add_argument("--split", choices=manifest.rows.SPLITS, default="public")
        stated.add_argument("--licence", default="")
        stated.add_argument("--origin", choices=manifest.rows.ORIGINS, default="")
        stated.add_argument("--origin-detail", default="", help="By what it was spoken, from where it comes.")
        stated.add_argument("--speaker-consent", default="", help="How a recorded speaker agreed.")

    def handle(self, *_: Any, path: Path, **options: Any) -> None:
        """Import, show progress, and list what was refused with its line."""
        names = ("language", "answer_language", "level", "task", "paper", "split", "licence", "origin")
        try:
            taxonomy.load()
            stated = manifest.Stated(
                **{name: options[name] for name in (*names, "origin_detail", "speaker_consent")}
            )
            shape = manifest.Shape(options["shape"]) if options["shape"] else None
            rows = list(manifest.read(path, stated=stated, shape=shape, audio_root=options["audio_root"]))
            into = prompts.set_to_import_into(
                options["slug"] or slugify(path.resolve().stem) or "prompts",
                title=options["title"],
                licence=options["licence"],
                next_version=options["next_version"],
            )
        except Refused as refused:
            raise CommandError(refused.message) from refused
        report = self._import(rows, into=into)
        self._say(report, into=into)

    def _import(self, rows: list[manifest.Outcome], *, into: PromptSet) -> prompts.Report:
        self.console = Console(file=cast("IO[str]", self.stdout), highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as progress:
            bar = progress.add_task(f"Importing into {into}", total=len(rows))
            return prompts.import_rows(
                prompts.from_files(rows), into=into, on_row=lambda _: progress.advance(bar)
            )

    def _say(self, report: prompts.Report, *, into: PromptSet) -> None:
        for bad in sorted(report.refused, key=lambda bad: bad.line):
            self.console.print(f"  line {bad.line}: {escape(bad.message)}", soft_wrap=True)
        self.console.print(
            f"{into}: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
            f"{len(report.refused)} refused.",
            soft_wrap=True,
        )
        if report.added or report.updated:
            self.console.print(
                f"Next: `manage.py ask --set {into.slug}` asks every live system to answer them.",
                soft_wrap=True,
            )
        if report.refused:
            raise CommandError("Mend the rows above and import again; the others are in.")
