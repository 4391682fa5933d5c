"""What a file is, told by its first bytes and never by its name. Nothing is opened or unpacked."""

# Enough for the mark of a tar, which stands far inside.
HEAD_BYTES = 64 * 1024
AUDIO = {
    b"fLaC": "audio/flac",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"RIFF": "audio/wav",
    b"RF64": "audio/wav",
    b"FORM": "audio/aiff",
}
ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08": "zip",
    b"\x1f\x8b": "gzip",
    b"\x1f\x9d": "compress",
    b"\x1f\xa0": "compress",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x5d\x00\x00": "lzma",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"LZIP": "lzip",
    b"!<arch>": "ar",
    b"MSCF": "cab",
    b"xar!": "xar",
    b"070701": "cpio",
    b"070702": "cpio",
    b"070707": "cpio",
    b"\xc7\x71": "cpio",
    b"hsqs": "squashfs",
    b"\x60\xea": "arj",
    b"ZOO ": "zoo",
}
BLOCK = 512
ISO_MARK, ISO_AT = b"CD001", 0x8001


def archive_kind(head: bytes) -> str:
    """Say which kind of archive begins like this; empty: none that is known.

    Args:
        head: the first `HEAD_BYTES` of a file, or all of a shorter one.
    """
    for mark, kind in ARCHIVES.items():
        if head.startswith(mark):
            return kind
    if is_tar(head):
        return "tar"
    # A zip that hides behind other bytes, as self-extracting ones and polyglots do.
    if b"PK\x03\x04" in head and not any(head.startswith(mark) for mark in AUDIO):
        return "zip"
    if head[ISO_AT : ISO_AT + len(ISO_MARK)] == ISO_MARK:
        return "iso9660"
    return "lha" if head[2:5] == b"-lh" and head[6:7] == b"-" else ""


def is_tar(head: bytes) -> bool:
    """Whether the first block is a tar's: by its mark, or by the sum that even the oldest ones have."""
    block = head[:BLOCK]
    if len(block) < BLOCK:
        return False
    if block[257:262] == b"ustar":
        return True
    written = block[148:156].strip(b" \0")
    if not written or any(digit not in b"01234567" for digit in written) or not block[0]:
        return False
    return int(written, 8) == sum(block[:148]) + 8 * ord(" ") + sum(block[156:])
