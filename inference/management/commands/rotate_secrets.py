"""`manage.py rotate_secrets`: seal all stored secrets with the key that stands first in SECRETS_KEYS."""

import base64
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.services import secrets
from inference.services.envelopes import KEY_BYTES, NotOpenedError


class Command(BaseCommand):
    """Rotates the site's key; harmless to repeat, and while the site runs."""

    help = "Seal all stored secrets with the first key of SECRETS_KEYS; --new-key prints one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--new-key", action="store_true", help="Print a fresh key and change nothing.")

    def handle(self, *_: Any, new_key: bool, **__: Any) -> None:
        """Rotate, and say how many were sealed anew."""
        if new_key:
            self.stdout.write(base64.b64encode(os.urandom(KEY_BYTES)).decode())
            return
        try:
            done = secrets.rotate()
        except NotOpenedError as error:
            raise CommandError(f"{error} Add the old key behind the new one.") from error
        self.stdout.write(f"{done} secrets sealed anew. Keys behind the first are no longer needed.")
