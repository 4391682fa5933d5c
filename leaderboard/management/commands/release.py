"""Give a campaign's data to everybody."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.errors import Refused
from leaderboard.services import releases


class Command(BaseCommand):
    """Publishes the newest snapshots with their votes, or writes them into a folder to be looked at first."""

    help = (
        "Publish the newest public snapshots as a release: votes under fresh pseudonyms, prompts, protocol, "
        "README and checksums. A published release does not change."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the release is called."""
        parser.add_argument("version", help="such as 2026-11 or 1.0")
        parser.add_argument("--licence", required=True, help="of the data, such as CC-BY-4.0")
        parser.add_argument("--title", help="one line; S2S-Arena votes, and the version, if not given")
        parser.add_argument(
            "--to", type=Path, metavar="FOLDER", help="only write the files here; publish nothing"
        )

    def handle(
        self, *args: Any, version: str, licence: str, title: str | None, to: Path | None, **options: Any
    ) -> None:
        """Publish or write, and list the files."""
        named = {"version": version, "licence": licence, "title": title or f"S2S-Arena votes, {version}"}
        try:
            if to is not None:
                to.mkdir(parents=True, exist_ok=True)
                for part in releases.write(to, **named):
                    self.stdout.write(f"{part.path} {part.path.stat().st_size} bytes, {part.rows} rows")
                return
            release = releases.publish(**named)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        for file in release.files.all():
            self.stdout.write(f"{file.sha256}  {file.name} {file.bytes} bytes, {file.rows} rows")
        self.stdout.write(f"Published {release.version}: /releases/ and /api/v1/releases/{release.version}.")
