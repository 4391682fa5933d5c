"""`manage.py add_system NAME …`: systems of the catalogue, or of files of one's own, enter the arena."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.errors import Refused
from inference.services import systems, taxonomy


class Command(BaseCommand):
    """Registers systems of the catalogue; harmless to repeat."""

    help = "Add systems of the catalogue (`manage.py systems` lists them)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the names."""
        parser.add_argument(
            "names", nargs="+", metavar="NAME", help="A system of the catalogue, or the path of a .toml file."
        )

    def handle(self, *_: Any, names: list[str], **__: Any) -> None:
        """Add them one after the other."""
        taxonomy.load()
        for name in names:
            try:
                added = systems.add(name)
            except Refused as refused:
                raise CommandError(refused.message) from refused
            self.stdout.write(f"{name}: {'added and live' if added else 'is here already'}")
        self.stdout.write("Next: `manage.py ask` has live systems answer what they have not answered yet.")
