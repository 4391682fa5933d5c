"""`manage.py bring_training`: speak and store the training pairs (docs/annotators.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from judging.services import material


class Command(BaseCommand):
    """Brings the training."""

    help = "Speak the arena's own training pairs in English and Chinese; what is here already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring them and say how many."""
        self.stdout.write(f"{material.bring()} training pairs brought.")
