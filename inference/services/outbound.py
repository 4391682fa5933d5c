"""Messages of ours to addresses that other people chose."""

from collections.abc import Mapping

from django.conf import settings

from inference.outbound import calls, targets


class NotSent(Exception):  # noqa: N818 -- the house's word for it
    """A message that did not arrive; the text says why, without an address of ours."""


def post(url: str, body: bytes, *, headers: Mapping[str, str], seconds: float) -> int:
    """Send a body to an address and return the status of the answer.

    No redirect is followed, no proxy used, and nothing of the answer is read but its status.

    Raises:
        NotSent: the address is none that we call, or nobody answered in time.
    """
    limits = calls.Limits(seconds=seconds, most_bytes=0)
    try:
        target = targets.read(url, allowed=settings.OUTBOUND_ALLOW)
        return calls.call("POST", target, body=body, headers=headers, limits=limits).status
    except (targets.NotCalledError, calls.NotAnsweredError) as failure:
        raise NotSent(str(failure)) from failure
