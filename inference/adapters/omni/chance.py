"""Chance that belongs to a row of a batch: what one prompt draws does not depend on its neighbours.

torch draws for all rows of a batch from one stream, so that the same prompt in another batch would get other
numbers. Inside `Rows`, every row has a stream of its own, and all of them start with the same seed.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

# Fewer bits than a double has: the product with a sum of probabilities always stays below that sum.
BITS = 32


class Rows(TorchFunctionMode):  # type: ignore[misc]  # torch's types are not looked into
    """While it is entered, `torch.multinomial` and `torch.randn` draw row by row.

    A draw is one number between 0 and 1, made on the processor: the same on every device.

    Args:
        count: how many rows the batch has; each later call has so many rows, or is about one row at a time.
        seed: of every row.
    """

    def __init__(self, count: int, *, seed: int) -> None:
        super().__init__()
        self._draws = [random.Random(seed) for _ in range(count)]  # noqa: S311 -- keeps no secret
        self._noises = [torch.Generator().manual_seed(seed) for _ in range(count)]
        self._next_noise = 0

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Stand in for the two functions, and let all others through."""
        if function is torch.multinomial:
            return self._drawn(args[0])
        if function is torch.randn:
            return self._noise(args[0], **(kwargs or {}))
        return function(*args, **(kwargs or {}))

    def _drawn(self, chances: Any) -> Any:
        """Pick one column a row, each with its probability; shape (rows, columns) gives (rows, 1)."""
        if len(chances) != len(self._draws):
            raise ValueError(f"{len(self._draws)} rows were announced, {len(chances)} want to draw.")
        sums = chances.double().cumsum(dim=-1)
        if not torch.isfinite(sums[:, -1]).all():
            raise ValueError("The model's probabilities are not numbers: its weights or its dtype do not do.")
        drawn = [[row.getrandbits(BITS) / 2**BITS] for row in self._draws]
        # The first column whose sum lies above the draw, so that none of probability 0 is ever picked.
        return torch.searchsorted(sums, sums.new_tensor(drawn) * sums[:, -1:], right=True)

    def _noise(self, shape: Sequence[int], *, dtype: Any = None, device: Any = None) -> Any:
        """Draw for one row, the next in turn; shape (1, …)."""
        if shape[0] != 1:
            raise ValueError(f"Noise is drawn for one row at a time, not for {shape[0]}.")
        drawn = torch.randn(shape, generator=self._noises[self._next_noise])
        self._next_noise += 1
        return drawn.to(dtype=dtype, device=device)
