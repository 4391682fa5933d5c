"""`manage.py systems`: what the catalogue knows, what each needs, and what of it is here."""

from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from inference import catalogue
from inference.catalogue import machine
from inference.models import System


class Command(BaseCommand):
    """Lists the catalogue."""

    help = "List the systems of the catalogue, what each needs, and which of them are in this arena."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--ready", action="store_true", help="Only those that this machine can run.")

    def handle(self, *_: Any, ready: bool, **__: Any) -> None:
        """Print a line a system."""
        here = dict(System.objects.values_list("slug", "state"))
        columns = (
            "name",
            "model",
            "version",
            "adapter",
            "delivery",
            "needs",
            "missing on this machine",
            "in this arena",
        )
        table = Table(*columns, box=None, padding=(0, 2, 0, 0))
        for name in catalogue.names():
            entry = catalogue.read(name)
            lacking = _lacking(entry)
            if ready and lacking:
                continue
            model = f"{entry.model.name} ({entry.label})" if entry.label else entry.model.name
            needs, missing = ", ".join(machine.needs(entry)) or "–", ", ".join(lacking) or "nothing"
            about = name, model, entry.version, entry.adapter, entry.delivery
            table.add_row(*about, needs, missing, here.get(name, "–"))
        Console(file=cast("IO[str]", self.stdout)).print(table)


def _lacking(entry: catalogue.Entry) -> list[str]:
    """Say what keeps it from running here: what the machine lacks, or that it does not run here at all."""
    if entry.delivery == "uploaded":
        return ["cannot be called any more: its answers are uploaded"]
    lacking = machine.missing(entry)
    if entry.needs.project:
        lacking.append(f"an environment of {entry.needs.project}")
    return lacking
