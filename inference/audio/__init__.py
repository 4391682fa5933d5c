"""Sound in and out: bytes from strangers become clips, and clips become playback files. No Django here."""
