"""The adapter of a system, built once per process: local models keep their weights in it."""

import json
from functools import lru_cache

from inference.adapters import registry
from inference.adapters.base import Adapter
from inference.errors import Refused
from inference.models import System


def of(system: System) -> Adapter:
    """Build the system's adapter, or take the one that was built from the same configuration.

    Raises:
        Refused: `unknown_adapter`, `bad_adapter_config` or `adapter_not_loadable`.
    """
    return _built(system.adapter, json.dumps(system.config, sort_keys=True))


def queue_of(system: System) -> str:
    """Say which workers run the system; the jobs of one that nobody can run fail on `api` and say why.

    A system that is not called has its delivery for a queue, which none of the site's workers serves.
    """
    if system.delivery != System.Delivery.CALLED:
        return str(system.delivery)
    try:
        return of(system).queue
    except Refused:
        return "api"


def batch_size_of(system: System) -> int:
    """Say how many prompts the system takes at once."""
    try:
        return of(system).batch_size
    except Refused:
        return 1


@lru_cache(maxsize=256)
def _built(name: str, config: str) -> Adapter:
    try:
        return registry.load(name, json.loads(config))
    except Refused:
        raise
    except Exception as error:  # a package of other people's may raise anything while it is imported
        message = f"The adapter {name} cannot be loaded here: {type(error).__name__}: {error}"
        raise Refused(message, "adapter_not_loadable") from error
