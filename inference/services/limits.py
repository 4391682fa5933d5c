"""How often a program may ask: counted in Redis, atomically; where that is away, all pass."""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
REDIS_SECONDS = 0.2
# Counts one, starts the window with the first, and tells how many milliseconds are left of it.
COUNT = """
local seen = redis.call('INCR', KEYS[1])
if seen == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {seen, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True)
class Rate:
    """So many in so many seconds."""

    name: str
    most: int
    seconds: int


@dataclass(frozen=True)
class Count:
    """Where somebody stands.

    Attributes:
        limit: how many there may be.
        remaining: how many there still may be; negative once there were too many.
        reset_seconds: until the window ends, rounded up.
    """

    limit: int
    remaining: int
    reset_seconds: int


def count(rate: Rate, who: str) -> Count:
    """Count one request.

    Args:
        rate: what it counts to.
        who: a token's key, or an address, which is only kept as a keyed hash, as long as the window.
    """
    mark = hmac.new(settings.SECRET_KEY.encode(), who.encode(), hashlib.sha256).hexdigest()[:24]
    try:
        seen, left = _redis().eval(COUNT, 1, f"rate:{rate.name}:{mark}", 1000 * rate.seconds)
    except redis.RedisError as error:
        logger.warning("rate_not_counted error=%s", type(error).__name__)
        return Count(rate.most, rate.most, rate.seconds)
    return Count(rate.most, rate.most - int(seen), max(1, -(-int(left) // 1000)))


@cache
def _redis() -> redis.Redis:
    # Celery and redis-py call a socket by two names.
    return redis.Redis.from_url(
        settings.REDIS_URL.replace("redis+socket://", "unix://"),
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
    )
