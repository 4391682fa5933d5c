"""`manage.py systems`: what the catalogue knows, and what of it is here."""

from typing import IO, Any, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from inference import catalogue
from inference.models import System


class Command(BaseCommand):
    """Lists the catalogue."""

    help = "List the systems of the catalogue, and which of them are in this arena."

    def handle(self, *_: Any, **__: Any) -> None:
        """Print one line a system."""
        here = {system.slug: system for system in System.objects.all()}
        table = Table("name", "model", "version", "voice", "adapter", "label", "here", box=None)
        for name in catalogue.names():
            entry = catalogue.read(name)
            state = here[name].state if name in here else "–"
            table.add_row(
                name, entry.model.name, entry.version, entry.voice, entry.adapter, entry.label, state
            )
        Console(file=cast("IO[str]", self.stdout)).print(table)
