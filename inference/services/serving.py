"""A stored sound as an answer: the same headers for all of them, whole or a range, by us or by the proxy."""

from typing import Final

from django.conf import settings
from django.http import HttpResponse

from inference.models import AudioFile
from inference.services import archives, media

# A sound that is opened by its address is nothing but a sound.
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox"
    ),
    "Content-Disposition": "inline",
}


def sound(file: AudioFile, *, asked: str) -> HttpResponse:
    """Answer with a sound.

    Args:
        file: what to send.
        asked: the request's Range header; empty for all of it.

    Returns:
        The bytes; with MEDIA_REDIRECT an empty answer that has the proxy send the file, ranges included.

    Raises:
        OSError: the store does not have it now.
    """
    if settings.MEDIA_REDIRECT:
        answer = HttpResponse(content_type=file.media_type)
        answer["X-Accel-Redirect"] = f"{settings.MEDIA_REDIRECT}{file.storage_key}"
    else:
        answer = archives.ranged(media.read(file), media_type=file.media_type, asked=asked)
    for name, value in HEADERS.items():
        answer[name] = value
    return answer
