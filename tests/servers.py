"""A pytest plug-in that brings up a PostgreSQL and a Redis for the run, before Django's settings are read.

Each run has its own servers in its own folder, so that two runs never meet. Workers of pytest-xdist
inherit the addresses from the process that started them.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from arena_site.embedded import Postgres, Redis, database_url, redis_url


def _bring_up() -> None:
    var = Path(tempfile.mkdtemp(prefix="s2s-arena-test-"))
    # PostgreSQL runs as another user where the tests run as root: it has to reach its files.
    var.chmod(0o711)
    # WhiteNoise warns of a missing folder, and a warning fails a test.
    (var / "static").mkdir()
    os.environ["VAR_DIR"] = str(var)
    servers: list[Postgres | Redis] = []
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(var, durable=False)
        postgres.start()
        servers.append(postgres)
        os.environ["DATABASE_URL"] = database_url(var)
    if "REDIS_URL" not in os.environ:
        redis = Redis(var)
        redis.start()
        servers.append(redis)
        os.environ["REDIS_URL"] = redis_url(var)
    owner = os.getpid()

    def bring_down() -> None:
        # Children that fork inherit this hook; the servers are not theirs.
        if os.getpid() == owner:
            for server in servers:
                server.stop()
            shutil.rmtree(var, ignore_errors=True)

    atexit.register(bring_down)


# What the adapters in tests/fakes do is noted there, by the processes in which they run.
os.environ["ADAPTER_VARIABLES"] = "FAKE_NOTES"
# All tests ask from one address, and are quicker than people: the limit stays out of their way.
os.environ["API_READS_PER_SECOND"] = "100000"
# Tests change what may be judged and draw at once; what is kept has tests of its own.
os.environ["POOL_SECONDS"] = "0"
if "PYTEST_XDIST_WORKER" not in os.environ:
    _bring_up()
else:
    # Each worker has a database of its own, so it needs files of its own.
    os.environ["MEDIA_DIR"] = str(Path(os.environ["VAR_DIR"]) / f"media-{os.environ['PYTEST_XDIST_WORKER']}")
os.environ["FAKE_NOTES"] = str(
    Path(os.environ["VAR_DIR"]) / f"notes-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
)
