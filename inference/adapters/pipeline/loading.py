"""Models of this machine: found, loaded once per process, and put where they shall run (S13, S14)."""

import gc
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from inference.adapters import secrets
from inference.adapters.base import PermanentError
from inference.adapters.extras import package_folder

# How often each was loaded; tests look at it.
loads: Counter[str] = Counter()

_models: dict[tuple[object, ...], Any] = {}
_lock = threading.Lock()


class OnThisMachine(BaseModel):
    """Where a model's files are, and where it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["local"]
    model: str = Field(min_length=1, max_length=300, description="A repository of the hub, or a folder.")
    revision: str = Field(default="main", max_length=80, description="A commit, so that it stays the same.")
    device: str = Field(
        default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto: a GPU where there is one."
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="auto: the files' own on a GPU, float32 on a processor."
    )
    safetensors_only: bool = Field(
        default=True, description="False also loads pickles, which can run code of whoever made them."
    )
    rows: int = Field(default=64, ge=1, le=1024, description="How many rows go through it at once at most.")

    hosted: ClassVar[bool] = False

    def settings(self) -> dict[str, Any]:
        """Return all that the result depends on."""
        return self.model_dump(mode="json", exclude={"rows"})

    def libraries(self) -> tuple[str, ...]:
        """Name the distributions whose versions matter."""
        return ("torch", "transformers")

    def device_name(self) -> str:
        """Say where it runs: `cpu`, `cuda:0`."""
        if self.device != "auto":
            return self.device
        import torch  # noqa: PLC0415 -- leaf

        return "cuda" if torch.cuda.is_available() else "cpu"

    def place(self) -> dict[str, Any]:
        """Return the arguments of `from_pretrained` that say what is loaded, and as what."""
        import torch  # noqa: PLC0415 -- leaf

        dtype: Any = self.dtype
        if dtype == "auto" and self.device_name() == "cpu":
            dtype = torch.float32
        return {"dtype": dtype, "use_safetensors": True if self.safetensors_only else None, **self.source()}

    def source(self) -> dict[str, Any]:
        """Return the arguments of `from_pretrained` that hold for configurations and tokenizers too."""
        return {"revision": self.revision, "trust_remote_code": False}


def once(of: OnThisMachine, load: Callable[[], Any], *, stage: str, also: tuple[object, ...] = ()) -> Any:
    """Return a model, loaded by whoever needs it first in this process.

    Args:
        of: what is loaded, and where it is put.
        load: loads it.
        stage: the step that needs it.
        also: what tells it from others of the same files.

    Raises:
        PermanentError: `extra_missing`, `model_not_loadable`.
    """
    for package in ("torch", "transformers"):
        package_folder(package, extra="local", stage=stage)
    key = (stage, of.model, of.revision, of.device_name(), of.dtype, of.safetensors_only, *also)
    with _lock:
        if key not in _models:
            _without_bars()
            try:
                _models[key] = load()
            except (OSError, ValueError, KeyError, ImportError) as error:
                why = secrets.redact(" ".join(str(error).split()))[:300]
                message = f"{of.model} cannot be loaded here ({type(error).__name__}: {why})."
                raise PermanentError(message, code="model_not_loadable", stage=stage) from error
            loads[of.model] += 1
        return _models[key]


def _without_bars() -> None:
    """Keep the library's progress bars out of workers' logs."""
    from transformers.utils import logging  # noqa: PLC0415 -- leaf

    logging.disable_progress_bar()


def forget() -> None:
    """Drop every model, so that its memory can be used for others."""
    with _lock:
        _models.clear()
    gc.collect()
