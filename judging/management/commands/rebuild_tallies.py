"""`manage.py rebuild_tallies`: make the counts anew, or see that they are right."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from judging.services import tallies


class Command(BaseCommand):
    """Count ballots and votes again; with `--check` change nothing, list what is wrong, and fail on it."""

    help = "Make the counts that the choice of pairs looks at anew, from ballots and votes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--check`."""
        parser.add_argument("--check", action="store_true", help="compare only, and fail on a difference")

    def handle(self, *args: Any, **options: Any) -> None:
        """List the differences, one a line; unless only checking, mend them."""
        found = tallies.differences()
        for difference in found:
            said = "stored" if difference.stored else "true"
            self.stderr.write(f"{difference.table} {said}: {' '.join(map(str, difference.row))}")
        if options["check"]:
            if found:
                raise CommandError(f"{len(found)} counts are wrong; run it without --check to mend them.")
            self.stdout.write("All counts are what the ballots and votes say.")
            return
        tallies.rebuild()
        self.stdout.write(f"All counts are made anew; {len(found)} were wrong.")
