"""`manage.py load_taxonomy`: languages, domains, levels and tasks as rows."""

from typing import Any

from django.core.management.base import BaseCommand

from inference.services import taxonomy


class Command(BaseCommand):
    """Loads the taxonomy that comes with the code; harmless to repeat."""

    help = "Load languages, domains, levels and tasks (harmless to repeat)."

    def handle(self, *_: Any, **options: Any) -> None:
        """Load and say how many rows there are."""
        rows = taxonomy.load()
        if options["verbosity"]:
            self.stdout.write(f"{rows} rows of taxonomy are in place.")
