"""Celery's way in: a bell that makes a worker look for jobs, and the life of the worker's processes."""

import os
from typing import Any

from celery import shared_task, signals

from inference.host import ties
from inference.services import bells
from inference.services.slots import Process

process = Process()


@shared_task(name=bells.RUN_JOBS)
def run_jobs(*_: object) -> None:
    """Run what is due, whoever's turn it is; a bell that comes late or twice finds nothing.

    Bells of older releases name a system: it must not keep others waiting.
    """
    process.slot.drain()


@signals.celeryd_after_setup.connect
def know_place(sender: str, instance: Any, **_: Any) -> None:
    """Learn the worker's name and queues in the main process, before the others are forked from it."""
    process.worker, process.queues = sender, tuple(instance.app.amqp.queues.consume_from)
    process.main = os.getpid()


@signals.worker_process_init.connect
def open_slot(**_: Any) -> None:
    """Look for work in each forked process, bell or no bell, as long as the main one lives."""
    ties.die_with(process.main)
    process.slot.open()


@signals.worker_shutting_down.connect
def stop_taking(**_: Any) -> None:
    """Take no more jobs in any process once the main one is asked to stop."""
    process.stop.set()


@signals.worker_process_shutdown.connect
def close_slot(**_: Any) -> None:
    """Finish or give back what a process holds when it ends."""
    process.slot.close()
