"""Whose folder of sound this is: only the database that it belongs to may take anything out of it.

To any other one, such as a new empty one beside an older folder, every file there looks forgotten.
"""

import contextlib
import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error, connection, transaction

from inference.models import AudioFile

logger = logging.getLogger(__name__)
MARK = ".owner"
LOOKED_AT = 500


def owns(root: str) -> bool:
    """Whether the sound under `root` is this database's; a folder without a mark gets it where that is sure.

    Args:
        root: a folder of the default storage.

    Returns:
        False also where it cannot be told; the log says what to do.
    """
    if (us := _identity()) is None:
        logger.warning("orphans_kept: this database role may not call pg_control_system(); grant it EXECUTE.")
        return False
    key = f"{root}/{MARK}"
    owner = _read(key)
    if owner is None and (_is_empty(root) or _holds_ours()):
        default_storage.save(key, ContentFile(us.encode()))
        # Somebody else may have been quicker: then ours lies beside it under another name.
        owner = _read(key)
    if owner == us:
        return True
    logger.warning(
        "orphans_kept: the files in %s/ %s. Set DATABASE_URL and MEDIA_DIR to what belongs together. If this "
        "database took that folder over, as after a move to another server, delete %s.",
        root,
        "have no owner yet, and none of them is this database's"
        if owner is None
        else "are another database's",
        key,
    )
    return False


def _identity() -> str | None:
    """Name this database among all: its server's own number and its number there."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT system_identifier, pg_database.oid FROM pg_control_system(), pg_database"
                " WHERE datname = current_database()"
            )
            server, database = cursor.fetchone()
    except Error as error:
        # Insufficient privilege. Everything else is a fault like any other.
        if getattr(error.__cause__, "sqlstate", None) != "42501":
            raise
        return None
    return f"{server}/{database}"


def _read(key: str) -> str | None:
    with contextlib.suppress(FileNotFoundError), default_storage.open(key) as mark:
        return bytes(mark.read()).decode().strip()
    return None


def _is_empty(root: str) -> bool:
    try:
        folders, files = default_storage.listdir(root)
        return not files and not any(any(default_storage.listdir(f"{root}/{one}")) for one in folders)
    except FileNotFoundError:
        return True


def _holds_ours() -> bool:
    """Whether a file that one of our newest rows names is really there."""
    keys = AudioFile.objects.order_by("-pk").values_list("storage_key", flat=True)[:LOOKED_AT]
    return any(default_storage.exists(key) for key in keys)
