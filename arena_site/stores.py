"""Where sounds lie: a folder, or a bucket of an S3-compatible store (MEDIA_BUCKET)."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

_SCHEMES: Final = {"s3+https": "https", "s3+http": "http"}


def sounds(*, bucket: str, folder: Path) -> dict[str, Any]:
    """Make the setting of the store.

    Args:
        bucket: `s3+https://KEY:SECRET@HOST/BUCKET`; empty for the folder.
        folder: where the files lie otherwise.

    Raises:
        ValueError: the address is none; the message does not hold it, since its secret is in it.
    """
    if not bucket:
        options: dict[str, Any] = {"location": folder, "base_url": None}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    parts = urlsplit(bucket)
    name = parts.path.strip("/")
    if parts.scheme not in _SCHEMES or not (parts.hostname and parts.username and parts.password and name):
        raise ValueError("MEDIA_BUCKET is no address of the form s3+https://KEY:SECRET@HOST/BUCKET.")
    host = parts.netloc.rpartition("@")[2]
    return {
        "BACKEND": "arena_site.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": f"{_SCHEMES[parts.scheme]}://{host}",
            "access_key": unquote(parts.username),
            "secret_key": unquote(parts.password),
            "addressing_style": "path",
            "signature_version": "s3v4",
            "default_acl": None,
            # A key is random and never used again; what is there already stays.
            "file_overwrite": False,
        },
    }
