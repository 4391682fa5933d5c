"""The one way out to other people's addresses."""

import http.client
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings


class NotSent(Exception):  # noqa: N818 -- the house's word for it
    """A message that did not arrive; the text says why, without an address of ours."""


def post(url: str, body: bytes, *, headers: Mapping[str, str], seconds: float) -> int:
    """Send a body to an address and return the status of the answer.

    No redirect is followed, no proxy used, and nothing of the answer is read but its status.

    Raises:
        NotSent: the address is none that we call, or nobody answered in time.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not settings.WEBHOOKS_WITHOUT_TLS:
        raise NotSent("only https is called")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    if not parts.hostname:
        raise NotSent("no host is named")
    link = kind(parts.hostname, parts.port, timeout=seconds)
    try:
        link.request("POST", parts.path or "/", body=body, headers=dict(headers))
        return link.getresponse().status
    except (OSError, http.client.HTTPException, ssl.SSLError, ValueError) as error:
        raise NotSent(type(error).__name__) from error
    finally:
        link.close()
