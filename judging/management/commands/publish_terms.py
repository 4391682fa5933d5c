"""`manage.py publish_terms FOLDER`: put a new version of the terms in force (docs/annotators.md)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.errors import Refused
from judging.services import consents


class Command(BaseCommand):
    """Publishes terms."""

    help = "Publish new terms: FOLDER holds en.txt and zh-hans.txt, whose first line is the title."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Read both texts and publish them."""
        texts = {}
        for language in consents.LANGUAGES:
            try:
                title, _, body = (folder / f"{language}.txt").read_text(encoding="utf-8").partition("\n")
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from error
            texts[language] = consents.Terms(title.strip(), body.strip())
        try:
            version = consents.publish(texts)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"Version {version} is in force. Everybody is asked again before their next batch.")
