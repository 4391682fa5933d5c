"""The PostgreSQL and Redis that the arena brings along: the real servers, from wheels, beside the code.

Nothing here imports Django: `manage.py` and the tests start the servers before the settings are read.
"""

from arena_site.embedded.places import (
    EmbeddedError,
    database_url,
    redis_url,
    sealing_key,
    secret_key,
    socket_folder,
)
from arena_site.embedded.postgres import Postgres
from arena_site.embedded.redis import Redis

__all__ = [
    "EmbeddedError",
    "Postgres",
    "Redis",
    "database_url",
    "redis_url",
    "sealing_key",
    "secret_key",
    "socket_folder",
]
