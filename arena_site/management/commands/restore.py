"""`manage.py restore`: bring a backup into an empty database, and prove that all of it came back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from arena_site import backups
from inference.errors import Refused


class Command(BaseCommand):
    """Restores and compares; exit status 1 where anything differs."""

    help = "Bring a backup into an empty database, then compare rows, seals and boards with what was saved."
    # The database has no tables yet.
    requires_migrations_checks = False
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("folder", type=Path, help="The folder of one backup.")
        parser.add_argument(
            "--without-media",
            action="store_true",
            help="Bring no sound: its store was kept or restored by itself.",
        )

    def handle(self, *_: Any, folder: Path, without_media: bool, **__: Any) -> None:
        """Restore, compare, and apply newer migrations."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        try:
            with bar:
                found = backups.read(folder)
                task = bar.add_task("Restoring and comparing", total=found.media_files)
                wrong = backups.restore(
                    folder.resolve(), with_media=not without_media, tick=lambda: bar.advance(task)
                )
        except (Refused, OSError) as error:
            raise CommandError(f"Not restored. {error}") from error
        if wrong:
            raise CommandError("\n".join(["This is not what was saved:", *wrong]))
        self.stdout.write(
            f"The backup of {found.made_at}: all {sum(found.rows.values())} rows, "
            f"{found.seal[0] if found.seal else 0} seals and {len(found.snapshots)} boards are as saved."
        )
