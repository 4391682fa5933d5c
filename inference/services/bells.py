"""Doorbells: messages that wake a worker and decide nothing. They may be lost, doubled or late.

One bell wakes one idle slot of a queue, which then runs all that is due: it names no job and no system.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
RUN_JOBS = "inference.run_jobs"
# Those of Celery's workers; whoever pulls jobs looks for them without being told.
QUEUES = ("api", "gpu")
# A request that rings must not wait for a broker that is down, frozen or slow: neither for one of its answers
# nor, since a bell takes half a dozen of these, for all of them together.
BROKER_SECONDS = 0.1
BELL_SECONDS = 0.1
OPTIONS = {
    "socket_timeout": BROKER_SECONDS,
    "socket_connect_timeout": BROKER_SECONDS,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "connect_retries_timeout": BROKER_SECONDS,
}


def ring_on_commit(queues: Iterable[str]) -> None:
    """Ring once the transaction is committed; without one, now.

    Args:
        queues: those of the systems that have work.
    """
    transaction.on_commit(partial(ring, list(queues)), robust=True)


def ring(queues: Iterable[str]) -> bool:
    """Wake a worker of each of these queues, and wait for that no longer than BELL_SECONDS.

    Returns:
        False if nobody may have heard it: nothing is lost by that, idle workers look for themselves.
    """
    wanted = set(queues) & set(QUEUES)
    if not wanted:
        return True
    rung = threading.Event()
    # A slow broker may still get the bell after we have gone on.
    ringing = threading.Thread(target=_ring, args=(sorted(wanted), rung), name="bell", daemon=True)
    ringing.start()
    ringing.join(BELL_SECONDS)
    return rung.is_set()


def _ring(queues: Sequence[str], rung: threading.Event) -> None:
    try:
        with current_app.connection_for_write(transport_options=_options()) as broker:
            for queue in queues:
                current_app.send_task(
                    RUN_JOBS,
                    queue=queue,
                    connection=broker,
                    retry=False,
                    # By then the sweeper has rung again; bells must not pile up while workers are busy.
                    expires=settings.RING_AGAIN_SECONDS,
                )
    except (KombuError, RedisError, OSError) as error:
        logger.warning("bell_not_rung error=%s", type(error).__name__)
    else:
        rung.set()


def _options() -> dict[str, object]:
    return {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **OPTIONS}
