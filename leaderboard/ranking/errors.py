"""What can be wrong with votes or with a fit, one named error each."""


class RankingError(ValueError):
    """No rating can honestly be computed from what was given."""


class NoVotes(RankingError):  # noqa: N818 -- reads as a sentence where it is raised
    """There is no vote that the method can use."""


class BadRow(RankingError):  # noqa: N818 -- names the thing that is bad
    """One row of votes cannot be read.

    Attributes:
        row: its number among the rows, counted from 1.
        reason: what is wrong with it.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(f"row {row}: {reason}")
        self.row = row
        self.reason = reason


class NotConverged(RankingError):  # noqa: N818 -- reads as a sentence where it is raised
    """Newton's method did not settle, or there is no maximum to settle on."""


class NotFinite(RankingError):  # noqa: N818 -- reads as a sentence where it is raised
    """A number that must be finite is not."""
