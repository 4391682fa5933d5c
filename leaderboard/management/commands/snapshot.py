"""Publish boards now, without waiting for the sweeper."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leaderboard.models import Board
from leaderboard.services import snapshots


class Command(BaseCommand):
    """Seals what waits and builds; says what changed."""

    help = "Seal the votes that wait and publish all boards, or one, if that gives anything new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a board's slug."""
        parser.add_argument("board", nargs="?", help="one board's slug; without it: all active ones")

    def handle(self, *args: Any, board: str | None, **options: Any) -> None:
        """Build and report."""
        # None, not all boards: slices that somebody has judged by now get boards of their own.
        chosen = Board.objects.filter(slug=board) if board else None
        if chosen is not None and not chosen:
            slugs = ", ".join(Board.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no board {board!r}. There are: {slugs}.")
        built = snapshots.build_all(chosen)
        for snapshot in built:
            self.stdout.write(
                f"{snapshot.board.slug} #{snapshot.number}: {snapshot.votes} votes by {snapshot.annotators} "
                f"annotators on {snapshot.prompts} prompts, {snapshot.excluded} excluded, "
                f"{snapshot.standings.count()} systems."
            )
        if not built:
            self.stdout.write("Nothing new: no vote, exclusion or lift since the last snapshot.")
