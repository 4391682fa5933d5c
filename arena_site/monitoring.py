"""Who may read the figures of the running arena."""

import secrets

from django.conf import settings
from django.http import HttpRequest

LOOPBACK = {"127.0.0.1", "::1"}
# A proxy on this machine makes everybody come from here; these it leaves behind.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def may_read(request: HttpRequest) -> bool:
    """Whether the request bears METRICS_TOKEN; without such a setting, whether it comes from this machine.

    On a site that is reached by HTTPS there is a proxy, and from where a request comes says nothing.
    """
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and secrets.compare_digest(
            token.strip().encode(), settings.METRICS_TOKEN.encode()
        )
    forwarded = any(name in request.META for name in FORWARDED)
    return not settings.HTTPS and not forwarded and request.META.get("REMOTE_ADDR") in LOOPBACK
