"""Number the names in a column of words."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from leaderboard.ranking.arrays import Ids, Short
from leaderboard.ranking.compiled import Kernel, available

# More different names than this are numbered in Python.
_MOST: Final = 2048
_SLOTS: Final = 4 * _MOST
_END: Final = 10


def numbered(words: Sequence[str]) -> tuple[list[str], npt.NDArray[Any]]:
    """Give the different words as they first come, and the place of each among them: shape (n,)."""
    found = _compiled(words) if available() else None
    return found or _plain(words)


def _plain(words: Sequence[str]) -> tuple[list[str], npt.NDArray[Any]]:
    numbers = _Numbers()
    try:
        # Bytes are made a fifth quicker than longer numbers, and do for 256 words.
        ids: npt.NDArray[Any] = np.frombuffer(bytes(map(numbers.__getitem__, words)), dtype=np.uint8)
    except ValueError:
        ids = np.fromiter(map(numbers.__getitem__, words), dtype=np.int32, count=len(words))
    return list(numbers), ids


class _Numbers(dict[str, int]):
    """Gives every new word the next number."""

    def __missing__(self, word: str) -> int:
        self[word] = len(self)
        return self[word]


def _compiled(words: Sequence[str]) -> tuple[list[str], Short] | None:
    """Do the same on one long line of bytes; None where words cannot be told apart there, or are too many."""
    try:
        line = ("\n".join(words) + "\n").encode()
    except UnicodeEncodeError:
        return None
    if line.count(b"\n") != len(words):
        return None
    ids, start, length = np.empty(len(words), np.int32), np.empty(_MOST, np.int64), np.empty(_MOST, np.int64)
    known = _number(np.frombuffer(line, np.uint8), ids, np.full(_SLOTS, -1, np.int64), start, length)
    if known < 0:
        return None
    firsts = zip(start[:known].tolist(), length[:known].tolist(), strict=True)
    return [line[low : low + size].decode() for low, size in firsts], ids


@Kernel
def _number(line: npt.NDArray[np.uint8], ids: Short, slots: Ids, start: Ids, length: Ids) -> int:
    """Fill in the number of each word, in order of first appearance, and where the first of each lies.

    A hash table with open addressing; words of equal hash are compared byte by byte.

    Returns:
        how many different words there are; -1: more than there is room for.
    """
    known, word, low, mixed = 0, 0, 0, np.uint64(0)
    for here in range(len(line)):
        if line[here] != _END:
            # The multiplier is 2⁶⁴ over the golden ratio.
            mixed = (mixed ^ np.uint64(line[here])) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            continue
        slot = np.int64(mixed & np.uint64(len(slots) - 1))
        while slots[slot] >= 0:
            other = slots[slot]
            alike = length[other] == here - low
            for letter in range(here - low if alike else 0):
                alike = alike and line[start[other] + letter] == line[low + letter]
            if alike:
                break
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            if known == len(start):
                return -1
            slots[slot], start[known], length[known] = known, low, here - low
            known += 1
        ids[word] = slots[slot]
        word, low, mixed = word + 1, here + 1, np.uint64(0)
    return known
