"""What makes a batch the sum of its rows: noise of each row's own, and silence behind short ones (S10).

Libraries draw noise for a whole batch at once, and convolve over the padding of short rows; both would make
an answer depend on its neighbours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw the same noise for each row, whichever rows stand beside it and however far they are padded."""
    with torch.random.fork_rng(devices=_cards()), _RowNoise(seed), torch.inference_mode():
        torch.manual_seed(seed)
        yield


class _RowNoise(TorchFunctionMode):  # type: ignore[misc]  # torch's types are not looked into
    """Replaces draws of noise whose first axis is the batch; time is the last axis, and padding ends it.

    Numbers come from NumPy, one generator a draw, time step by time step: a longer row begins with the same
    numbers as a shorter one, on a processor as on a card.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.draws = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.randn_like:
            return self._normal(args[0].shape).to(args[0])
        if func is torch.randn and kwargs.get("generator") is None:
            shape = args[0] if isinstance(args[0], tuple | list) else args
            return self._normal(shape).to(device=kwargs.get("device"), dtype=kwargs.get("dtype"))
        if func is torch.multinomial and _one_each(args, kwargs):
            return self._chosen(args[0])
        return func(*args, **kwargs)

    def _generator(self) -> np.random.Generator:
        self.draws += 1
        return np.random.default_rng([self.seed, self.draws])

    def _normal(self, shape: Any) -> torch.Tensor:
        rows, *inner, steps = shape if len(shape) > 1 else (1, *shape)
        row = self._generator().standard_normal((steps, *inner), dtype=np.float32)
        row = np.ascontiguousarray(np.moveaxis(row, 0, -1))
        return torch.from_numpy(row).expand(rows, *row.shape).reshape(tuple(shape)).clone()

    def _chosen(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Draw a column per row by inverting the distribution at one number, the same for each row."""
        heights = probabilities.double().cumsum(dim=-1)
        point = self._generator().random() * heights[:, -1:]
        return (heights <= point).sum(dim=-1, keepdim=True).clamp_max(probabilities.shape[-1] - 1)


@contextmanager
def silent_behind(decoder: torch.nn.Module, *, rates: int) -> Iterator[None]:
    """Let a vocoder see zeros behind each row's end, as it does behind a row that is alone.

    Without this its convolutions carry what biases make of the padding into a short row's last milliseconds.

    Args:
        decoder: gets (batch, channels, frames), in which frames of zeros are padding.
        rates: samples that come of a frame.
    """
    ends: list[torch.Tensor] = []
    frames: list[int] = []

    def begin(_: Any, args: Any) -> None:
        spectrogram = args[0]
        used = spectrogram.abs().sum(dim=1) > 0
        places = torch.arange(1, used.shape[1] + 1, device=used.device)
        ends[:] = [(used * places).amax(dim=1)]
        frames[:] = [spectrogram.shape[-1]]

    def mask(_: Any, args: Any) -> Any:
        given = args[0]
        scale = given.shape[-1] // frames[0]
        # What conditions all frames alike, such as a speaker, is not padded.
        if not 1 <= scale <= rates or (given.shape[-1] == 1 and frames[0] > 1):
            return None
        places = torch.arange(given.shape[-1], device=given.device)
        return (given * (places < ends[0][:, None] * scale)[:, None, :], *args[1:])

    convolutions = [
        one for one in decoder.modules() if isinstance(one, torch.nn.Conv1d | torch.nn.ConvTranspose1d)
    ]
    hooks = [decoder.register_forward_pre_hook(begin)]
    hooks += [one.register_forward_pre_hook(mask) for one in convolutions]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _one_each(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    wanted = kwargs.get("num_samples", args[1] if len(args) > 1 else None)
    return wanted == 1 and args[0].ndim == 2 and kwargs.get("generator") is None  # noqa: PLR2004 -- (batch, words)


def _cards() -> list[int]:
    return list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
