"""`manage.py sweep`: the sweeper's process."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inference.services.sweep import Sweeper


class Command(BaseCommand):
    """Runs the sweeper until it is asked to stop. Two may run; one of them leads."""

    help = "Return lost jobs, ring for waiting ones and do all that recurs, until stopped."

    def handle(self, *_: Any, **__: Any) -> None:
        """Sweep until SIGTERM or Ctrl-C."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Sweeper(settings.SWEEPER_CHORES, stop=stop).run()
