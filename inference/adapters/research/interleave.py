"""GLM-4-Voice's answers: runs of text tokens and of audio tokens in one sequence, told apart by their ids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """The ids that matter.

    Attributes:
        audio: of `<|audio_0|>`; below it lies text.
        codes: how many audio tokens there are.
        end: of `<|user|>`, with which an answer ends.
        special: what is neither a word nor a sound, such as `<|begin_of_audio|>`.
    """

    audio: int
    codes: int
    end: int
    special: Collection[int] = ()


@dataclass(frozen=True)
class Streams:
    """An answer, taken apart.

    Attributes:
        text: ids of its words.
        codes: its sound, counted from `<|audio_0|>`.
        ended: whether its end was seen; False where a limit cut it off.
    """

    text: list[int]
    codes: list[int]
    ended: bool


def parted(tokens: Sequence[int], *, within: Vocabulary, prompt: Sequence[int] = ()) -> Streams:
    """Take an answer apart, whatever the order and length of its runs.

    Args:
        tokens: what was generated; what follows the end does not count.
        within: the vocabulary.
        prompt: what was asked; left out where the answer begins with it.
    """
    if prompt and list(tokens[: len(prompt)]) == list(prompt):
        tokens = tokens[len(prompt) :]
    text: list[int] = []
    codes: list[int] = []
    for token in tokens:
        if token == within.end:
            return Streams(text, codes, ended=True)
        if 0 <= token - within.audio < within.codes:
            codes.append(token - within.audio)
        elif token < within.audio and token not in within.special:
            text.append(token)
    return Streams(text, codes, ended=False)
