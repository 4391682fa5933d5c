"""Doorbells: messages that wake a worker and decide nothing. They may be lost, doubled or late."""

import logging
from collections.abc import Iterable
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
# A request that rings must not wait for a broker that is down or frozen.
BROKER_SECONDS = 0.1
OPTIONS = {
    "socket_timeout": BROKER_SECONDS,
    "socket_connect_timeout": BROKER_SECONDS,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "connect_retries_timeout": BROKER_SECONDS,
}


def ring_on_commit(rings: Iterable[tuple[int, str]]) -> None:
    """Ring once the transaction is committed; without one, now.

    Args:
        rings: pairs of a system's id and the queue of the workers that can run it.
    """
    transaction.on_commit(partial(ring, list(rings)), robust=True)


def ring(rings: Iterable[tuple[int, str]]) -> bool:
    """Tell workers that systems have work.

    Returns:
        False if the broker could not be reached: nothing is lost by that, idle workers look for themselves.
    """
    try:
        with current_app.connection_for_write(transport_options=_options()) as broker:
            for system_id, queue in rings:
                if queue not in QUEUES:
                    continue
                current_app.send_task(
                    RUN_JOBS,
                    args=[system_id],
                    queue=queue,
                    connection=broker,
                    retry=False,
                    # By then the sweeper has rung again; bells must not pile up while workers are busy.
                    expires=settings.RING_AGAIN_SECONDS,
                )
    except (KombuError, RedisError, OSError) as error:
        logger.warning("bell_not_rung error=%s", type(error).__name__)
        return False
    return True


def _options() -> dict[str, object]:
    return {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **OPTIONS}
