"""What a rule says about a vote."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Match(NamedTuple):
    """A vote that a rule wants out.

    Attributes:
        vote: its key.
        reason: in a sentence that the person concerned may read.
        evidence: the figures behind it, for staff.
    """

    vote: int
    reason: str
    evidence: Mapping[str, Any]
