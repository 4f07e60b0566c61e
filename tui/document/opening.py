"""A session begins: the desk for a file, after the edits of a script if there is one."""

from __future__ import annotations

from pathlib import Path as FilePath

from ...engine.domain.errors import InputError
from .document import Desk


def opened(
    path: FilePath | None,
    catalog: FilePath | None,
    record: FilePath | None = None,
    script: FilePath | None = None,
    script_text: str | None = None,
) -> Desk:
    """The desk for a file, or for the ready-made routing, after the edits of `script`. Raises InputError.

    `script_text` is what is in `script`, where it was read already.
    """
    from . import bookmarks
    from .file import opened as read  # brings pydantic: after the first paint, in a thread
    from .file import windows
    from .recorder import Recorder

    session = read(path, catalog)
    desk = Desk(session, windows(session.catalog), own_catalog=catalog is not None)
    desk.scenarios = () if path is None else bookmarks.read(path)
    if record is not None:
        if record == script:
            raise InputError("cannot be recorded to and replayed at once", where=str(record))
        desk.recorder = Recorder(record, str(path or "ready-made"))
    if script is not None:
        desk.replay(script, script_text)
    return desk
