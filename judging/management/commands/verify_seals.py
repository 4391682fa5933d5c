"""`manage.py verify_seals`: is everything still as it was sealed?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from judging.models import Seal
from judging.services import seals


class Command(BaseCommand):
    """Compute the chain of seals again; what was edited is listed, and the command fails."""

    help = "Recompute the chain of seals and list every row that is not as it was sealed."

    def handle(self, *args: Any, **options: Any) -> None:
        """List the findings, one a line."""
        findings = seals.verify()
        for finding in findings:
            self.stderr.write(f"seal {finding.seal}: {finding.sentence}")
        if findings:
            raise CommandError(f"{len(findings)} things are not as they were sealed.")
        self.stdout.write(f"{Seal.objects.count()} seals, all as they were made.")
