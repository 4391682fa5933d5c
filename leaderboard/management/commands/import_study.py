"""Bring in the verdicts of a published study."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.errors import Refused
from leaderboard.selectors import studies as read
from leaderboard.services import studies


class Command(BaseCommand):
    """Its verdicts are ranked apart and never mixed with votes."""

    help = "Import TRACE's labels of S2S-Arena (data/s2sarena.json of arjunchandra2/TRACE) as a closed study."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="TRACE's JSON, wherever it lies")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Import and say what came."""
        try:
            study = studies.import_trace(file)
        except Refused as no:
            raise CommandError(no.message) from None
        self.stdout.write(f"{study.title}: {study.verdicts.count()} verdicts.")
        for criterion in read.criteria(study):
            result = read.board(study.pk, criterion)
            names = " > ".join(line.system for line in result.standings) if result else "nothing to rank"
            self.stdout.write(f"{criterion}: {names}")
