"""`manage.py migrate`, which never keeps people waiting for a lock for longer than two seconds (V8)."""

import time
from typing import Any, Final

from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

LOCK_SECONDS: Final = 2
TRIES: Final = 30
PAUSE_SECONDS: Final = 2.0


class Command(migrate.Command):
    """Django's own, which gives way: whoever waits for a table makes all others wait behind it."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; where a table is busy, let the others pass and try again."""
        connection = connections[options["database"]]
        for left in reversed(range(TRIES)):
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{round(1000 * LOCK_SECONDS)}ms'")
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not left or not isinstance(error.__cause__, LockNotAvailable):
                    raise
                self.stderr.write("A table is busy; trying again.")
                time.sleep(PAUSE_SECONDS)
            else:
                break
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
