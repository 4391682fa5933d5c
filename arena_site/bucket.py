"""Sounds in an S3-compatible store; loaded where MEDIA_BUCKET names one."""

import io
from collections.abc import Callable
from typing import IO, Any, ParamSpec, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

P = ParamSpec("P")
T = TypeVar("T")
# Checksums that a store of another maker may not know are left out; what we store has its own SHA-256.
_CLIENT = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"max_attempts": 2},
    s3={"addressing_style": "path"},
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


def _told_as_a_file_would(call: Callable[P, T]) -> Callable[P, T]:
    """Raise OSError where the store fails, as every caller expects of a file."""

    def told(*args: P.args, **named: P.kwargs) -> T:
        try:
            return call(*args, **named)
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"The store of sounds failed: {type(error).__name__}") from error

    return told


class Bucket(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """One bucket, whose failures are those of a file."""

    def get_default_settings(self) -> dict[str, Any]:
        """Set how long we wait and how often we ask."""
        return {**super().get_default_settings(), "client_config": _CLIENT}

    @_told_as_a_file_would
    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """Fetch all of it at once: a sound is a few hundred kilobytes."""
        body: IO[bytes] = super()._open(name, mode)
        content = body.read()
        body.close()
        return File(io.BytesIO(content), name)

    @_told_as_a_file_would
    def _save(self, name: str, content: "File[bytes]") -> str:
        return str(super()._save(name, content))

    @_told_as_a_file_would
    def exists(self, name: str) -> bool:
        """Whether there is something under this name."""
        return bool(super().exists(name))

    @_told_as_a_file_would
    def delete(self, name: str) -> None:
        """Take it out; nothing happens where it is not there."""
        super().delete(name)
