"""`manage.py make_arena`: an arena full of votes, to try things on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inference.errors import Refused
from leaderboard.services import snapshots
from leaderboard.services.generated import arena
from leaderboard.services.generated.tastes import Size


class Command(BaseCommand):
    """Everything it makes is called generated; an arena that holds anything else is refused."""

    help = (
        "Fill an empty arena with systems, prompts and sealed batches of votes out of a seed; publish boards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size and the seed."""
        parser.add_argument("--systems", type=int, default=30)
        parser.add_argument("--prompts", type=int, default=2_000)
        parser.add_argument("--annotators", type=int, default=200)
        parser.add_argument("--votes", type=int, default=1_000_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--no-boards", action="store_true", help="publish no snapshot")

    def handle(self, *_: Any, **options: Any) -> None:
        """Make, and say what there is now."""
        size = Size(**{name: options[name] for name in ("systems", "prompts", "annotators", "votes")})
        try:
            arena.make(size, seed=options["seed"], until=timezone.now(), tell=self.stdout.write)
        except (Refused, ValueError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Generated with seed {options['seed']}: {size}.")
        if not options["no_boards"]:
            self.stdout.write(f"Boards published: {len(snapshots.build_all())}.")
