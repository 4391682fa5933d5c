"""Checkpoints that teams name: fetched and looked at by the worker, then loaded without keys or network."""

from pathlib import Path
from typing import Any

from django.conf import settings

from inference.adapters.checkpoints import CheckpointRefused, fetching
from inference.adapters.checkpoints.fetching import Hub, HubError
from inference.errors import Refused
from inference.models import System

ADAPTERS = frozenset({"omni"})


def config_of(system: System) -> dict[str, Any]:
    """Say with which configuration a system is loaded: a team's checkpoint from the folder it was fetched to.

    Raises:
        Refused: what is wrong with the checkpoint.
        OSError: the hub does not answer, or there is no room.
    """
    config = dict(system.config)
    if system.model.team_id is None or system.adapter not in ADAPTERS:
        return config
    allowed = settings.OUTBOUND_ALLOW | settings.OUTBOUND_ALLOW_OWN
    hub = Hub(settings.HUB_URL, settings.CHECKPOINT_BYTES, allowed)
    into: Path = settings.VAR_DIR / "checkpoints"
    try:
        folder = fetching.fetch(hub, str(config["path"]), str(config.get("revision", "")), into=into)
    except CheckpointRefused as refused:
        raise Refused(refused.message, refused.code) from refused
    except HubError as error:
        raise OSError(str(error)) from error
    return config | {"path": str(folder), "revision": ""}
