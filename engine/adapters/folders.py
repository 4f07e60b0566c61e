"""The folders of the user's own files, as platformdirs has them.

On Linux its answer is the XDG specification's, two lines, and the library stays unloaded: with what it
imports (tempfile, shutil, random) it takes a tenth of the time in which a catalogue is opened.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

APP = "modelpick"
_HOMES = {"cache": ".cache", "config": ".config", "state": ".local/state"}


def user_folder(kind: Literal["cache", "config", "state"], appauthor: Literal[False] | None = None) -> Path:
    """modelpick's folder of a kind, whether or not it exists. `appauthor`: False leaves out, on Windows, the
    folder of the app's author. Raises OSError or RuntimeError where there is no home folder."""
    home = Path(os.environ.get("HOME", ""))
    if sys.platform == "linux" and home.is_absolute() and "ANDROID_ROOT" not in os.environ:
        stated = Path(os.environ.get(f"XDG_{kind.upper()}_HOME", ""))
        return (stated if stated.is_absolute() else home / _HOMES[kind]) / APP
    import platformdirs

    path: Path = getattr(platformdirs, f"user_{kind}_path")(APP, appauthor=appauthor)
    return path
