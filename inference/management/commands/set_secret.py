"""`manage.py set_secret NAME`: store a key of the site's own systems; its value is never an argument."""

import getpass
import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.errors import Refused
from inference.services import secrets


class Command(BaseCommand):
    """Asks for the value without showing it, or reads it from a pipe."""

    help = "Store a secret of the site's own systems, asked for or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the name."""
        parser.add_argument("name", help="As configurations name it.")

    def handle(self, *_: Any, name: str, **__: Any) -> None:
        """Store it."""
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
            raise CommandError("A name has small letters, digits and hyphens, 40 at most.")
        value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            secrets.put(None, name=name, value=value, by=None)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{name} is stored.")
