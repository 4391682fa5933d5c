"""Votes whose listening, as it is stored, cannot have been enough (J129: `heard_recheck`, `too_fast`)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from judging.screening.matches import Match

NOT_HEARD: Final = "What was heard of the clips is less than the rules ask, or more than there was time for."
TOO_FAST: Final = "It was cast in less time than the clips take."


class Clip(NamedTuple):
    """One clip of a vote, in ms: what had to be heard, what was, and how long it sounded."""

    required: int
    unique: int
    total: int


class Listened(NamedTuple):
    """How a vote was listened to.

    Attributes:
        vote: its key.
        elapsed: ms from opening to casting, by the server's clock.
        clips: by name; empty where nothing is stored, and then nothing is said about it.
    """

    vote: int
    elapsed: int
    clips: Mapping[str, Clip]


def heard_recheck(votes: Iterable[Listened], *, tolerance_ms: int) -> Iterator[Match]:
    """Match votes whose stored ranges fail the gate of their policy, or are impossible in time."""
    for vote in votes:
        lacking = sum(max(clip.required - clip.unique, 0) for clip in vote.clips.values())
        beyond = max((clip.unique - clip.total for clip in vote.clips.values()), default=0)
        excess = sum(clip.unique for clip in vote.clips.values()) - vote.elapsed
        if max(lacking, beyond, excess) > tolerance_ms:
            figures = {"lacking_ms": lacking, "beyond_ms": max(beyond, 0), "excess_ms": max(excess, 0)}
            yield Match(vote.vote, NOT_HEARD, figures)


def too_fast(votes: Iterable[Listened], *, tolerance_ms: int) -> Iterator[Match]:
    """Match votes cast in less time than what had to be heard takes.

    The gate forgives `tolerance_ms` of listening and as much of the clock: twice that is forgiven here.
    """
    for vote in votes:
        required = sum(clip.required for clip in vote.clips.values())
        if vote.elapsed + 2 * tolerance_ms < required:
            yield Match(vote.vote, TOO_FAST, {"elapsed_ms": vote.elapsed, "required_ms": required})
