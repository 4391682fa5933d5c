"""`manage.py grant_roles`: give the database's roles what they need and no more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from arena_site import roles


class Command(BaseCommand):
    """To be run as the owner of the tables, after every migration."""

    help = "Let the site's database role read and add, but not change what is kept; run as the tables' owner."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("site", help="The role of web, workers and sweeper.")
        parser.add_argument("--reader", default="", help="The role that backs up.")

    def handle(self, *_: Any, site: str, reader: str, **__: Any) -> None:
        """Grant, and say what is kept from the site's role."""
        kept = roles.grant(site=site, reader=reader)
        self.stdout.write(f"{site} reads and adds everywhere, and may change no row of {kept} tables.")
