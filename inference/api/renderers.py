"""Answers that are no JSON: they come ready made, and only a problem is rendered."""

from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

LINES = "application/jsonl"


class _Ready(BaseRenderer):
    """Lets a view answer with bytes of this type; what is rendered here is a problem, as JSON."""

    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Make a problem JSON."""
        return bytes(JSONRenderer().render(data))


class Lines(_Ready):
    """One JSON object a line."""

    media_type = LINES
    format = "jsonl"


class Zip(_Ready):
    """A zip."""

    media_type = "application/zip"
    format = "zip"


class Octets(_Ready):
    """A file of any kind."""

    media_type = "application/octet-stream"
    format = "file"


class Audio(_Ready):
    """A sound."""

    media_type = "audio/*"
    format = "audio"
