"""`manage.py lint_migrations`: whether every new migration can be applied while people vote."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena_site import zero_downtime


class Command(BaseCommand):
    """Exit status 1 where one cannot."""

    help = "Look at every migration since the baseline for what would stop the site while it is applied."
    requires_system_checks = ()

    def handle(self, *_: Any, **__: Any) -> None:
        """Look, and list what was found."""
        found = zero_downtime.findings()
        if found:
            raise CommandError("\n".join(f"{one.migration}: {one.sentence}" for one in found))
        self.stdout.write("Every migration since the baseline can be applied while the site runs.")
