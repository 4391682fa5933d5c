"""Who asks, and on which device."""

import uuid

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse

# A random mark that the browser keeps: it says which device this is, and nothing about it (J14).
DEVICE = "device"
DEVICE_SECONDS = 400 * 24 * 3600


def person(request: HttpRequest) -> AbstractBaseUser:
    """Return who is logged in; for nobody there is no page."""
    if not request.user.is_authenticated:
        raise Http404
    return request.user


def device(request: HttpRequest) -> str:
    """Return the device's mark; empty where it has none, or one that we did not make."""
    mark = request.COOKIES.get(DEVICE, "")
    try:
        return str(uuid.UUID(mark))
    except ValueError:
        return ""


def mark_device(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the device a mark, if it has none."""
    if not device(request):
        response.set_cookie(
            DEVICE,
            str(uuid.uuid4()),
            max_age=DEVICE_SECONDS,
            httponly=True,
            secure=settings.HTTPS,
            samesite="Lax",
        )
    return response
