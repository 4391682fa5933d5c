"""Backups: one folder a backup, media once for all of them, and a restore that proves itself.

    TARGET/2026-11-27T170000Z/database.dump   pg_dump's custom format
    TARGET/2026-11-27T170000Z/manifest.json   what was saved, with checksums: written last
    TARGET/media/audio/…                      every stored sound under its own key, copied once

A backup without a manifest was interrupted and is no backup.
"""

from arena_site.backups.drill import drill
from arena_site.backups.making import make
from arena_site.backups.manifest import MANIFEST, Manifest, finished, read
from arena_site.backups.restoring import restore

__all__ = ["MANIFEST", "Manifest", "drill", "finished", "make", "read", "restore"]
