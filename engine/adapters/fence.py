"""The one folder whose files an app may open and save that is driven from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from ..domain.errors import InputError

FOLDER = "MODELPICK_FOLDER"
"""The environment variable with that folder; without it, every file may be opened."""


def check_inside(path: Path, verb: str) -> None:
    """Raises InputError for a file outside the folder, symlinks and .. resolved; verb: what is refused."""
    folder = os.environ.get(FOLDER)
    if folder and not inside(path):
        what = f"not {verb}: outside {folder}, the folder of the file served (serve --anywhere lets it)"
        raise InputError(what, where=str(path))


def inside(path: Path) -> bool:
    """Whether a file may be opened."""
    folder = os.environ.get(FOLDER)
    try:
        return not folder or path.expanduser().resolve().is_relative_to(Path(folder).resolve())
    except (OSError, ValueError, RuntimeError):  # a NUL in the name, a loop of symlinks, nobody's home
        return False
