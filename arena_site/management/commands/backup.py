"""`manage.py backup`: save everything, while the site runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from arena_site import backups
from inference.errors import Refused
from inference.models import AudioFile


class Command(BaseCommand):
    """Writes one backup; exit status 1 where any part of it failed."""

    help = "Save the database and all stored sound; what a restore needs, with checksums."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("target", type=Path, help="The folder that backups are kept in.")
        parser.add_argument("--keep", type=int, default=None, help="How many backups stay; all by default.")
        parser.add_argument(
            "--without-media", action="store_true", help="Save no sound: its store keeps versions itself."
        )

    def handle(self, *_: Any, target: Path, keep: int | None, without_media: bool, **__: Any) -> None:
        """Save, with a bar that counts the sounds."""
        if keep is not None and keep < 1:
            raise CommandError("--keep takes 1 or more: the backup that is made now is one of them.")
        console = Console(stderr=True)
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        with bar:
            task = bar.add_task("Saving", total=0 if without_media else AudioFile.objects.count())
            try:
                folder = backups.make(
                    target.resolve(), keep=keep, with_media=not without_media, tick=lambda: bar.advance(task)
                )
            except (Refused, OSError) as error:
                raise CommandError(f"Not saved. {error}") from error
        made = backups.read(folder)
        self.stdout.write(f"{folder}")
        self.stdout.write(f"  database  {made.dump_bytes / 1e6:.1f} MB, {sum(made.rows.values())} rows")
        self.stdout.write(f"  media     {made.media_files} files, {made.media_bytes / 1e6:.1f} MB")
        self.stdout.write(f"  last seal {made.seal[0] if made.seal else 'none'}")
