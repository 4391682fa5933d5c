"""`manage.py export_prompts FOLDER`: prompts for systems that answer elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.errors import Refused
from inference.services import handout


class Command(BaseCommand):
    """Exports prompts; harmless to repeat."""

    help = (
        "Write prompts as files, for `python -m inference.worker --try FOLDER`. What is said in them is left "
        "out: systems have to hear it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which prompts, and where to."""
        parser.add_argument("folder", type=Path, help="Made if it is not there.")
        parser.add_argument(
            "--set", action="append", metavar="SLUG", help="Only prompts of this set; repeatable."
        )
        parser.add_argument(
            "--hidden",
            action="store_true",
            help="Also those of the hidden split: for systems that you run yourself, and nobody else's eyes.",
        )

    def handle(self, *_: Any, folder: Path, hidden: bool, **options: Any) -> None:
        """Write them and say how many there are."""
        try:
            written = handout.write(folder, sets=options["set"], hidden=hidden)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
        left = "" if hidden else f" {written.kept_back} of the hidden split are kept back."
        self.stdout.write(
            f"{written.new} prompts are written into {folder}, {written.there} were there.{left}"
        )
        self.stdout.write(
            f"Next, where the system runs: `python -m inference.worker --system NAME --try {folder}`; then "
            f"here: `manage.py import_answers NAME {folder / 'answers-NAME'}`."
        )
