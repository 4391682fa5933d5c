"""Looks on while tokens are generated, and at what upstream makes of them; imported with torch."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, RepetitionPenaltyLogitsProcessor, StoppingCriteria


class Watch(StoppingCriteria):  # type: ignore[misc]  # transformers' types are not looked into
    """Stops nothing; keeps each row's tokens up to its end token.

    Attributes:
        tokens: those before the end token, of each row.
        ended: whether an end token came, of each row.
    """

    def __init__(self, ends: Sequence[int]) -> None:
        self._ends = frozenset(ends)
        self.tokens: list[list[int]] = []
        self.ended: list[bool] = []

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Look at the tokens that were just added."""
        newest = input_ids[:, -1].tolist()
        if not self.ended:
            self.tokens, self.ended = [[] for _ in newest], [False] * len(newest)
        for row, token in enumerate(newest):
            self.ended[row] = self.ended[row] or token in self._ends
            if not self.ended[row]:
                self.tokens[row].append(token)
        return torch.zeros(len(newest), dtype=torch.bool, device=input_ids.device)


def penalty(strength: float) -> LogitsProcessor:
    """Make repetition less likely, of what was generated.

    Qwen3-Omni's talker is given embeddings and no ids. transformers 5.23 takes a row's padding for ids all
    the same, and lets as many generated tokens go unpunished: a padded row would speak otherwise than alone.
    """
    return RepetitionPenaltyLogitsProcessor(strength)


@contextlib.contextmanager
def end_one_earlier(thinker: Any, end: int) -> Iterator[None]:
    """Show Qwen3-Omni's own code each row's end token one place earlier than it came.

    For a row that ends before the longest, transformers 5.23 gives the talker the end token as if it were
    text, and its mark for the end of the text one step late; a prompt alone and the longest row get the mark
    at once, as before there were batches. From one place earlier, all rows do. Once upstream counts right,
    the test that compares a batch with single calls fails, and this goes.

    Args:
        thinker: whose `generate` is looked at.
        end: the token; never the first of a row.
    """
    generate = thinker.generate

    def generated(*, input_ids: Any, **arguments: Any) -> Any:
        found = generate(input_ids=input_ids, **arguments)
        new = found.sequences[:, input_ids.shape[1] :]
        ended = new == end
        rows = ended.any(dim=1).nonzero().flatten()
        new[rows, ended.int().argmax(dim=1)[rows] - 1] = end
        return found

    thinker.generate = generated
    try:
        yield
    finally:
        # The method of its class shows again.
        del thinker.generate
