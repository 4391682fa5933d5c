"""Releases: how a campaign judged and what came of it, as files that anybody may take along (D70, A54).

What is written is public in itself: no name, address, word or clip of a person, nothing of a hidden prompt.
"""

import re
import tempfile
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inference.errors import Refused
from judging import selectors as judged
from leaderboard.models import Board, Release, ReleaseFile, Snapshot
from leaderboard.selectors import boards
from leaderboard.services.releases import documents, votes
from leaderboard.services.releases.content import Content, Part

__all__ = ["publish", "write"]

SUMS: Final = "SHA256SUMS"
_VERSION: Final = re.compile(r"[0-9a-z][-._0-9a-z]{0,39}")


def publish(*, version: str, title: str, licence: str) -> Release:
    """Write a release of the newest snapshots, store its files, and open it to everybody.

    Raises:
        Refused: `release_version`, `release_exists`, or `nothing_to_release`.
    """
    content = _content(version=version, title=title, licence=licence)
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        release = Release.objects.create(
            version=version, title=title, licence=licence, withdrawn=content.withdrawn
        )
        release.snapshots.set(content.snapshots)
        ReleaseFile.objects.bulk_create(_stored(release, part) for part in _written(Path(folder), content))
        # The last step: from here on the database keeps it as it is.
        release.published_at = timezone.now()
        release.save(update_fields=["published_at"])
    return release


def write(folder: Path, *, version: str, title: str, licence: str) -> list[Part]:
    """Write a release's files into an empty folder, for whoever wants to see them first; nothing is kept.

    Raises:
        Refused: as for `publish`.
    """
    return list(_written(folder, _content(version=version, title=title, licence=licence)))


def _content(*, version: str, title: str, licence: str) -> Content:
    """Gather what there is to release: the public boards as of the newest seal that any of them shows."""
    if not _VERSION.fullmatch(version):
        raise Refused(
            "A version is up to 40 small letters, digits, dots, dashes and underscores.", "release_version"
        )
    if Release.objects.filter(version=version).exists():
        raise Refused(
            f"Release {version} is here already; a published release does not change.",
            "release_exists",
            status=409,
        )
    public = Q(board__active=True, board__visibility=Board.Visibility.PUBLIC)
    newest = Snapshot.objects.filter(public).order_by("-seal__number").first()
    if newest is None:
        raise Refused("No board has a snapshot yet: run `manage.py snapshot`.", "nothing_to_release")
    shown = boards.published().filter(public, seal=newest.seal).order_by("board__position", "board__slug")
    return Content(
        version=version,
        title=title,
        licence=licence,
        seal=newest.seal,
        snapshots=list(shown),
        withdrawn=len({vote for vote, rule in judged.left_out_by(newest.seal) if rule == "withdrawn"}),
    )


def _written(folder: Path, content: Content) -> Iterator[Part]:
    """Write every file, the checksums of all others last."""
    parts = [votes.write(folder, content), *documents.write(folder, content)]
    yield from parts
    sums = folder / SUMS
    lines = [f"{_sha256(part.path)}  {part.path.name}\n" for part in parts]
    sums.write_text("".join(sorted(lines, key=lambda line: line[66:])), encoding="utf-8")
    yield Part(path=sums, rows=len(lines), media_type="text/plain")


def _stored(release: Release, part: Part) -> ReleaseFile:
    with part.path.open("rb") as stream:
        key = default_storage.save(f"releases/{release.version}/{part.path.name}", File(stream))
    return ReleaseFile(
        release=release,
        name=part.path.name,
        bytes=part.path.stat().st_size,
        sha256=_sha256(part.path),
        rows=part.rows,
        media_type=part.media_type,
        storage_key=key,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
