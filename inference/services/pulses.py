"""Signs of life: a worker is judged by when it last looked for work, never by its process."""

from collections.abc import Collection

from django.db import connection

BEAT = """
    INSERT INTO inference_workerpulse (worker, queue, looked_at, claimed_at)
    VALUES (%(worker)s, %(queue)s, clock_timestamp(), CASE WHEN %(claimed)s THEN clock_timestamp() END)
    ON CONFLICT (worker) DO UPDATE SET queue = excluded.queue, looked_at = excluded.looked_at,
        claimed_at = coalesce(excluded.claimed_at, inference_workerpulse.claimed_at)
"""


def beat(worker: str, *, queues: Collection[str], claimed: bool = False) -> None:
    """Note that a worker looked for work, and whether it found some."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"worker": worker, "queue": ",".join(sorted(queues)), "claimed": claimed})
