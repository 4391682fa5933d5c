"""`manage.py work`: a Celery worker with the arguments that ours needs."""

from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Runs a worker until it is asked to stop."""

    help = "Let systems answer prompts, until stopped: a Celery worker that also looks for work by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--queue", action="append", choices=["api", "gpu"], help="Whose systems to run; both by default."
        )
        parser.add_argument(
            "--slots", type=int, default=2, help="How many batches run at once; 1 for each GPU."
        )
        parser.add_argument("--name", default="worker", help="Tells the workers of one machine apart.")

    def handle(self, *_: Any, queue: list[str] | None, slots: int, name: str, **__: Any) -> None:
        """Work until SIGTERM or Ctrl-C."""
        queues = ",".join(queue or ["api", "gpu"])
        options = ["--queues", queues, "--concurrency", str(slots), "--hostname", f"{name}@%h"]
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        current_app.worker_main(["worker", *options, *quiet])
