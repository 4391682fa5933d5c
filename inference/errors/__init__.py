"""The one error that is a no said to a person."""

from collections.abc import Mapping


class Refused(Exception):  # noqa: N818 -- the house's word for it
    """Something asked for is not done, for a reason that the asker can act on.

    Attributes:
        message: one sentence that says what to do.
        code: a stable slug for programs.
        status: the HTTP status at the borders (409 a conflict with what is so, 422 a wrong input).
        more: what a program needs beside, such as `{"next_slot": …}`; members of the API's answer.
        retry_after_seconds: when asking again may help; None where it does not.
    """

    def __init__(
        self,
        message: str,
        code: str,
        *,
        status: int = 422,
        more: Mapping[str, object] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.more = dict(more or {})
        self.retry_after_seconds = retry_after_seconds
