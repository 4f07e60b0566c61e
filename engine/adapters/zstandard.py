"""Whether a file packed with Zstandard is there to its end, which DuckDB's reader of it does not say.

The frame format is RFC 8878's.
"""

from __future__ import annotations

from io import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

_MAGIC = 0xFD2FB528
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_RUN = 1  # the kind of block that is one byte, repeated
_RESERVED = 3


def is_whole(path: Path) -> bool:
    """Whether the file is frames to their last blocks and nothing else. Raises OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            try:
                if not _skip_frame(file) or file.tell() > size:
                    return False
            except EOFError:
                return False
        return size > 0


def _number(file: BinaryIO, count: int) -> int:
    content = file.read(count)
    if len(content) < count:
        raise EOFError
    return int.from_bytes(content, "little")


def _skip_frame(file: BinaryIO) -> bool:
    """Go behind the frame; False for what is none. Raises EOFError."""
    magic = _number(file, 4)
    if magic in _SKIPPABLE:
        file.seek(_number(file, 4), SEEK_CUR)
        return True
    if magic != _MAGIC:
        return False
    descriptor = _number(file, 1)
    has_window, has_checksum = not descriptor & 0x20, bool(descriptor & 0x04)
    dictionary = (0, 1, 2, 4)[descriptor & 0x03]
    content_size = (0 if has_window else 1, 2, 4, 8)[descriptor >> 6]
    file.seek(has_window + dictionary + content_size, SEEK_CUR)
    last = False
    while not last:
        header = _number(file, 3)
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        if kind == _RESERVED:
            return False
        file.seek(1 if kind == _RUN else size, SEEK_CUR)
    file.seek(4 * has_checksum, SEEK_CUR)
    return True
