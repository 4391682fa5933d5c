"""The adapter hosts of this process: one at most is kept, loaded, for the next batch that may use it."""

import atexit
import json
import os
import threading
from collections.abc import Callable, Generator, Sequence

from django.conf import settings
from django.utils import timezone

from inference.adapters import secrets
from inference.adapters.base import Adapter, AdapterError, Reply, StageStore
from inference.audio.clip import Clip
from inference.host.orders import Order
from inference.host.process import Host
from inference.models import System
from inference.outbound.targets import Place
from inference.services import adapters, checkpoints
from inference.services import secrets as stored
from inference.services.envelopes import NotOpenedError

# What an adapter may know of the environment, no address and no key; ADAPTER_VARIABLES adds to it.
VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "HF_HOME",
    "HF_HUB_OFFLINE",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TORCH_HOME",
    "TZ",
    "XDG_CACHE_HOME",
)
SHARED = "shared"
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

_lock = threading.Lock()
# The host that waits for work, and whom it may answer for.
_idle: tuple[str, Host] | None = None


def respond(
    system: System,
    prompts: Sequence[Clip],
    *,
    seed: int,
    stages: Sequence[StageStore],
    abandoned: Callable[[], bool],
) -> Generator[Reply | AdapterError, None, None]:
    """Have a host answer prompts; it is ended unless the iterator comes to its end.

    Args:
        system: who answers.
        prompts: what was said.
        seed: for the adapter.
        stages: one store per prompt.
        abandoned: asked all the time; once true, the host is ended.

    Returns:
        One outcome per prompt, in order; the iterator raises `Crashed` or `Abandoned`.

    Raises:
        Refused: the adapter cannot be built.
        OSError: no process can be started.
    """
    adapter = adapters.of(system)
    order = Order(
        adapter=system.adapter,
        config=checkpoints.config_of(system),
        prompts=prompts,
        seed=seed,
        stages=stages,
        secrets=_lent(system, adapter),
        allowed=_allowed(system),
    )
    room = _room(system, adapter)
    return _used(_take(room, adapter, offline=system.model.team_id is not None), room, order, abandoned)


def close() -> None:
    """End the host that waits, if there is one."""
    global _idle
    with _lock:
        idle, _idle = _idle, None
    if idle:
        idle[1].kill()


def _used(
    host: Host, room: str, order: Order, abandoned: Callable[[], bool]
) -> Generator[Reply | AdapterError, None, None]:
    seconds = settings.ANSWER_SECONDS + (len(order.prompts) - 1) * settings.CALL_SECONDS
    try:
        yield from host.respond(order, seconds=seconds, abandoned=abandoned)
    finally:
        _give_back(room, host)


def _room(system: System, adapter: Adapter) -> str:
    """Say who shares a host.

    One on a GPU holds one system's weights, and one that knows a key never meets another system's prompts.
    """
    if adapter.queue == "gpu" or adapter.secret_names:
        return json.dumps([system.adapter, system.config, system.model.team_id], sort_keys=True)
    return SHARED


def _take(room: str, adapter: Adapter, *, offline: bool) -> Host:
    global _idle
    with _lock:
        idle, _idle = _idle, None
    if idle and idle[0] == room and idle[1].alive:
        return idle[1]
    if idle:
        # Before the next is started: both together may be more than the machine's memory.
        idle[1].kill()
    names = {*VARIABLES, *settings.ADAPTER_VARIABLES}
    # CUDA reserves more address space than the machine has memory.
    memory_bytes = None if adapter.queue == "gpu" else settings.ADAPTER_MEMORY_BYTES
    variables = {name: os.environ[name] for name in names if name in os.environ}
    # What a team's checkpoint names beside its own files is not fetched.
    return Host(variables=variables | (OFFLINE if offline else {}), memory_bytes=memory_bytes)


def _give_back(room: str, host: Host) -> None:
    global _idle
    if not host.alive:
        host.kill()
        return
    with _lock:
        surplus, _idle = _idle, (room, host)
    if surplus:
        surplus[1].kill()


def _allowed(system: System) -> frozenset[Place]:
    """Say where an adapter may call besides the public internet: what a team submitted, nowhere of ours."""
    if system.model.team_id is None:
        return settings.OUTBOUND_ALLOW | settings.OUTBOUND_ALLOW_OWN
    return settings.OUTBOUND_ALLOW


def _lent(system: System, adapter: Adapter) -> dict[str, str]:
    """Look up the secrets that an adapter may ask for; one that is missing, it says itself.

    A team's system is lent what its team stored, and nothing of the site's: it could send it anywhere.

    Raises:
        OSError: a secret is there and cannot be opened.
    """
    if not adapter.secret_names:
        return {}
    team_id = system.model.team_id
    found: dict[str, str] = {}
    if team_id is None:
        set_here = {name: os.environ.get(secrets.variable(name), "") for name in adapter.secret_names}
        found = {name: value for name, value in set_here.items() if value}
    try:
        return found | stored.lent(team_id, adapter.secret_names, now=timezone.now())
    except NotOpenedError as error:
        raise OSError(f"A stored secret cannot be opened. {error}") from error


def _after_fork() -> None:
    """Leave the host of the process from which this one was forked alone."""
    global _idle, _lock
    if _idle:
        _idle[1].forget()
    _idle, _lock = None, threading.Lock()


atexit.register(close)
os.register_at_fork(after_in_child=_after_fork)
