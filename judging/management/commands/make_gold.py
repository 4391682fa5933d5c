"""`manage.py make_gold`: make control pairs of what systems have answered (docs/annotators.md)."""

from random import SystemRandom
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from judging.services import gold


class Command(BaseCommand):
    """Makes gold."""

    help = (
        "Make hidden control pairs of accepted answers; run it monthly, since each is shown to a person once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many of each kind."""
        parser.add_argument("--per-kind", type=int, default=10)

    def handle(self, *args: Any, per_kind: int, **options: Any) -> None:
        """Make them and say how many."""
        made = gold.make(per_kind=per_kind, rng=SystemRandom())
        self.stdout.write(f"{made} control pairs made.")
