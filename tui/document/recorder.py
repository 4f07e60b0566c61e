"""--record: the session's edits on disk, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...engine.adapters.disk import check_plain, read_text, reason
from ...engine.domain.errors import InputError
from ...version import __version__

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

_MARK = "# modelpick record"


class Recorder:
    """Writes every edit as it happens: what is on the disk survives a crash. Raises InputError."""

    def __init__(self, path: Path, name: str) -> None:
        check_plain(path, "a record is added to line by line")
        try:
            if path.exists() and path.stat().st_size and not read_text(path).startswith(_MARK):
                raise InputError(
                    "exists and is no earlier record, so it is not written over", where=str(path)
                )
            path.write_text(f"{_MARK} {__version__}: {name}; repeat it with --replay\n", "utf-8")
        except OSError as error:
            raise InputError(f"cannot record: {reason(error)}", where=str(path)) from None
        self._path = path

    def edited(self, before: Routing, after: Routing) -> None:
        """An edit has been made."""
        from .recording import told

        for line in told(before, after):
            self._line(line)

    def travelled(self, back: bool) -> None:
        """An edit was undone or redone."""
        self._line("undo" if back else "redo")

    def _line(self, text: str) -> None:
        """Raises InputError where the disk takes no more."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError as error:
            raise InputError(f"cannot record: {reason(error)}", where=str(self._path)) from None
