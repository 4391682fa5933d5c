"""`manage.py make_gold`: make hidden control pairs of what systems have answered (docs/judging.md)."""

from random import SystemRandom
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.adapters.base import PermanentError
from judging.services import gold


class Command(BaseCommand):
    """Makes gold."""

    help = (
        "Make hidden control pairs of accepted answers, and propose pairs on which many people agree. "
        "Run it monthly: each is shown to a person once, and retires after 200 showings."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many of each kind."""
        parser.add_argument("--per-kind", type=int, default=10, help="Control pairs of each kind.")

    def handle(self, *args: Any, per_kind: int, **options: Any) -> None:
        """Make them and say how many."""
        try:
            made = gold.make(per_kind=per_kind, rng=SystemRandom())
        except PermanentError as error:
            raise CommandError(str(error)) from error
        proposed = gold.propose()
        self.stdout.write(
            f"{made} control pairs made; {proposed} proposed, which wait for approval in the admin."
        )
