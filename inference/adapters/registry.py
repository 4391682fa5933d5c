"""Adapters by name, resolved on first use: importing this table imports no runtime."""

import difflib
import importlib
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from pydantic import ValidationError

from inference.errors import Refused

if TYPE_CHECKING:
    from inference.adapters.base import Adapter

ADAPTERS = {
    "audio_chat": "inference.adapters.audio_chat:AudioChat",
    "echo": "inference.adapters.echo:Echo",
    "offline": "inference.adapters.offline:Offline",
    "realtime": "inference.adapters.realtime:Realtime",
    "omni": "inference.adapters.omni.adapter:Omni",
    "pipeline": "inference.adapters.pipeline.adapter:Pipeline",
    "glm4_voice": "inference.adapters.research.glm4_voice:Glm4Voice",
    "kimi_audio": "inference.adapters.research.kimi_audio:KimiAudio",
    "llama_omni": "inference.adapters.research.llama_omni:LlamaOmni",
    "mini_omni": "inference.adapters.research.mini_omni:MiniOmni",
    "speechgpt": "inference.adapters.research.speechgpt:SpeechGPT",
    "uploaded": "inference.adapters.uploaded:Uploaded",
}

# A package outside this repository adds adapters with entry points in this group: `name = "module:Class"`.
GROUP = "s2s_arena.adapters"


def names() -> list[str]:
    """List all adapters that can be named, sorted."""
    return sorted({*ADAPTERS, *entry_points(group=GROUP).names})


def resolve(name: str) -> "type[Adapter]":
    """Import the class behind a name. The repository's own names cannot be taken by a package.

    Raises:
        Refused: `unknown_adapter`.
    """
    path = ADAPTERS.get(name)
    if path is None:
        found = {point.name: point.value for point in entry_points(group=GROUP)}
        path = found.get(name)
    if path is None:
        raise Refused(f"There is no adapter {name!r}. {near(name, names())}", "unknown_adapter")
    module, _, attribute = path.partition(":")
    adapter: type[Adapter] = getattr(importlib.import_module(module), attribute)
    return adapter


def load(name: str, config: Mapping[str, object]) -> "Adapter":
    """Build an adapter from its configuration.

    Raises:
        Refused: `unknown_adapter`, or `bad_adapter_config` with one sentence that names each wrong field.
    """
    kind = resolve(name)
    try:
        return kind.model_validate(dict(config))
    except ValidationError as error:
        wrong = complaints(error, kind.model_fields)
        raise Refused(
            f"The configuration of the adapter {name} is not accepted: {wrong}.", "bad_adapter_config"
        ) from error


def near(name: str, known: Iterable[str]) -> str:
    """Say which known names look like this one, or list them all."""
    known = list(known)
    likely = difflib.get_close_matches(name, known, n=3)
    if likely:
        return f"Did you mean {' or '.join(likely)}?"
    return f"Known are: {', '.join(known)}."


def complaints(error: ValidationError, fields: Iterable[str]) -> str:
    """Say in words which fields are wrong and how; no value that was given is repeated.

    Args:
        error: what pydantic found.
        fields: the names of the fields at the top.
    """
    found = []
    for one in error.errors(include_url=False, include_input=False):
        field, message = ".".join(map(str, one["loc"])), one["msg"]
        if one["type"] == "extra_forbidden":
            hint = f" ({near(field, fields).rstrip('.')})" if field.count(".") == 0 else ""
            found.append(f"there is no field {field}{hint}")
        else:
            found.append(f"{field + ': ' if field else ''}{message[:1].lower()}{message[1:]}")
    return "; ".join(found)
