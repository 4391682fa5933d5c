"""Checkpoints in memory: found, checked, loaded once and kept; imported with torch, at the first prompt."""

import importlib.util
import threading
import time
from collections import Counter
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoFeatureExtractor, AutoTokenizer
from transformers.utils import cached_file
from transformers.utils.logging import disable_progress_bar

from inference.adapters.omni.base import Kind, Weights, refused

# A worker's log is no terminal.
disable_progress_bar()
# How often each checkpoint was loaded by this process.
loads: Counter[str] = Counter()
_lock = threading.Lock()
# One at a time: on most cards there is no room for a second beside it.
_held: dict[tuple[str, ...], Weights] = {}
# What was found fit for what is held: asking again would look for files, on the hub by network.
_passed: set[tuple[tuple[str, ...], Kind]] = set()


def hold(kind: Kind, *, path: str, revision: str, on: tuple[str, str, str]) -> Weights:
    """Return the weights, loading them where this process does not hold them; others are let go before.

    Args:
        kind: what they are to be loaded as; a system with another voice shares them.
        path: a repository or a folder.
        revision: a commit; empty for the newest.
        on: device, dtype and attention, as configured.

    Raises:
        PermanentError: `weights_missing`, `wrong_checkpoint`, `device_missing`,
            `not_loadable`, or what `Kind.check` refuses.
    """
    key = (kind.MODEL_TYPE, path, revision, *on)
    with _lock:
        if (key, kind) not in _passed:
            config = _config(kind, path, revision)
            kind.check(config, _Files(path, revision))
            if key not in _held:
                _let_go()
                _held[key] = _load(kind, path=path, config=config, on=on)
                loads[path] += 1
            _passed.add((key, kind))
        return _held[key]


class _Files:
    def __init__(self, path: str, revision: str) -> None:
        self._path, self._revision = path, revision

    def entries(self, name: str) -> list[str] | None:
        """Read a file from the folder, the hub or its cache."""
        found = cached_file(
            self._path,
            name,
            revision=self._revision or None,
            _raise_exceptions_for_missing_entries=False,
        )
        return None if found is None else sorted(torch.load(found, weights_only=True))


def _config(kind: Kind, path: str, revision: str) -> Any:
    """Read config.json, the only file that is read before it is known that the rest is worth loading."""
    try:
        config = AutoConfig.from_pretrained(path, revision=revision or "main")
    except (OSError, ValueError) as error:
        raise refused(
            f"There is no checkpoint to load at {path}: {_short(error)}", "weights_missing"
        ) from error
    if config.model_type != kind.MODEL_TYPE:
        what = f"{path} holds a model of the type {config.model_type}, not {kind.MODEL_TYPE}."
        raise refused(what, "wrong_checkpoint")
    return config


def _load(kind: Kind, *, path: str, config: Any, on: tuple[str, str, str]) -> Weights:
    device = _device(on[0])
    dtype = _dtype(on[1], device)
    # The commit that the name stood for when config.json was read: all other files come from the same one.
    revision = getattr(config, "_commit_hash", None) or ""
    pinned = {"revision": revision} if revision else {}
    # With accelerate, weights go to their device one by one instead of through the main memory.
    straight = {"device_map": {"": device}} if importlib.util.find_spec("accelerate") else {}
    started = time.perf_counter()
    try:
        model = getattr(transformers, kind.CLASS).from_pretrained(
            path,
            config=config,
            dtype=dtype,
            attn_implementation=on[2],
            use_safetensors=True,
            **pinned,
            **straight,
        )
        tokenizer = AutoTokenizer.from_pretrained(path, **pinned)
        ears = AutoFeatureExtractor.from_pretrained(path, **pinned) if kind.NEEDS_EARS else None
    except (OSError, ImportError, ValueError) as error:
        raise refused(f"The checkpoint {path} cannot be loaded: {_short(error)}", "not_loadable") from error
    return Weights(
        model=model.to(device).eval(),
        tokenizer=tokenizer,
        ears=ears,
        device=device,
        hardware=_hardware(device),
        dtype=str(dtype).removeprefix("torch."),
        revision=revision,
        seconds=time.perf_counter() - started,
    )


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _let_go() -> None:
    _held.clear()
    _passed.clear()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _device(wanted: str) -> str:
    """Turn what is configured into a device that is there."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    here = {"cpu": True, "mps": torch.backends.mps.is_available()}
    number = int(wanted.partition(":")[2] or 0) if wanted.startswith("cuda") else 0
    if not here.get(wanted, wanted.startswith("cuda") and number < torch.cuda.device_count()):
        raise refused(f"This machine has no device {wanted}.", "device_missing")
    return f"cuda:{number}" if wanted.startswith("cuda") else wanted


def _dtype(wanted: str, device: str) -> Any:
    if wanted == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    return getattr(torch, wanted)


def _hardware(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
