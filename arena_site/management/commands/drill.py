"""`manage.py drill`: bring the newest backup back on the side, and see that all of it is as it was."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena_site import backups
from inference.errors import Refused


class Command(BaseCommand):
    """Exit status 1 where the backup does not come back as it was saved."""

    help = "Restore the newest backup into a PostgreSQL of its own, compare it, and write down how it went."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("target", type=Path, help="The folder that backups are kept in.")
        parser.add_argument("--scratch", type=Path, default=None, help="A folder with room for a copy.")
        parser.add_argument("--without-media", action="store_true", help="The backups hold no sound.")

    def handle(self, *_: Any, target: Path, scratch: Path | None, without_media: bool, **__: Any) -> None:
        """Try the newest backup."""
        try:
            tried = backups.drill(target.resolve(), scratch=scratch, with_media=not without_media)
        except (Refused, OSError) as error:
            raise CommandError(f"Nothing was tried. {error}") from error
        if not tried.well:
            raise CommandError(f"{tried.folder} did not come back.\n{tried.said}")
        self.stdout.write(f"{tried.said}\n{tried.folder} came back in {tried.seconds:.0f} s.")
