"""Compute a published snapshot again and compare."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leaderboard.selectors import boards
from leaderboard.services import code, snapshots


class Command(BaseCommand):
    """Prints both pairs of digests; exit status 1 where they differ."""

    help = "Compute a snapshot again from its seal, seed and parameters, and compare the digests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the board's slug and the snapshot's number."""
        parser.add_argument("board", help="the board's slug")
        parser.add_argument("number", type=int, help="the snapshot's number on it")

    def handle(self, *args: Any, board: str, number: int, **options: Any) -> None:
        """Compute and compare."""
        snapshot = boards.published().filter(board__slug=board, number=number).first()
        if snapshot is None:
            raise CommandError(f"Board {board!r} has no snapshot {number}.")
        again = snapshots.rebuild(snapshot)
        self.stdout.write(
            f"votes   published {snapshot.votes_sha256}\n        now       {again.votes_sha256}"
        )
        self.stdout.write(
            f"result  published {snapshot.result_sha256}\n        now       {again.result_sha256}"
        )
        self.stdout.write(f"code    published {snapshot.code_version}\n        now       {code.version()}")
        if not again.equal:
            raise CommandError("DIFFERENT: this is not what was published.")
        self.stdout.write("EQUAL: the snapshot is what its votes come to.")
