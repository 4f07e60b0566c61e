"""Folders of temporary files, which are gone at the end, also of a command that is interrupted."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_open_folders: set[Path] = set()


def new_folder() -> Path:
    """A folder that is there until the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="modelpick-"))
    _open_folders.add(folder)
    return folder


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is there within the context."""
    folder = new_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _open_folders.discard(folder)


@atexit.register
def remove_all() -> None:
    """Remove the folders that are left, whoever still writes into them."""
    while _open_folders:
        shutil.rmtree(_open_folders.pop(), ignore_errors=True)
