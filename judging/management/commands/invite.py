"""`manage.py invite --by MAIL`: make codes that let one person in each (docs/annotators.md)."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from judging.models import Invitation


class Command(BaseCommand):
    """Makes invitations."""

    help = "Make invitation codes, one a line, for registration by invitation (REGISTRATION=invitation)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who invites, how many, and for whom."""
        parser.add_argument("--by", required=True, help="mail address of the moderator who invites")
        parser.add_argument("--count", type=int, default=1)
        parser.add_argument("--note", default="", help="for whom they are meant")

    def handle(self, *args: Any, by: str, count: int, note: str, **options: Any) -> None:
        """Make and print them."""
        moderator = get_user_model().objects.filter(email__iexact=by, is_staff=True).first()
        if moderator is None:
            raise CommandError(f"{by} is no moderator here.")
        for _ in range(count):
            self.stdout.write(Invitation.objects.create(invited_by=moderator, note=note).code)
