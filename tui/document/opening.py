"""Opening files: what can be said of them before the screen is taken, and the session that they begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...engine.domain.errors import InputError

if TYPE_CHECKING:
    from ..solver.client import Solver
    from .editing_session import EditingSession


def check_files(path: Path | None, catalog: Path | None, *, may_begin: bool = False) -> None:
    """Raises InputError for files that cannot be used, without holding up the first paint.

    `may_begin`: a routing file that is not there yet is begun.
    """
    from ...engine.adapters.disk import can_begin, check_plain, read_text

    for file in (path, catalog):
        if file is not None:
            check_plain(file, "the app reads it more than once, `modelpick solve` does not")
    if catalog is not None:
        from ...engine.adapters.catalog.file import load_catalog

        load_catalog(catalog)
    if path is not None and not (may_begin and can_begin(path)):
        from ...engine.adapters.toml_read import loads

        try:
            loads(read_text(path))
        except (ValueError, RecursionError):
            # Brings pydantic, which can wait otherwise.
            from ...engine.adapters.routing_file import load_routing

            load_routing(path)  # says it in our words


def open_session(
    path: Path | None,
    catalog: Path | None,
    solver: Solver,
    *,
    record: Path | None = None,
    script: Path | None = None,
    script_text: str | None = None,
) -> EditingSession:
    """The session of a file, or of the ready-made routing, after the edits of `script`. Raises InputError.

    `record` is a file for the edits to come; `script_text` what is in `script`, where it was read already.
    """
    from .document import Document  # brings pydantic: after the first paint, in a thread
    from .editing_session import EditingSession
    from .file import open_routing
    from .recording import Recorder

    document = Document(open_routing(path, catalog), own_catalog=catalog is not None)
    if record is not None:
        if record == script:
            raise InputError("cannot be recorded to and replayed at once", where=str(record))
        document.recorder = Recorder(record, str(path or "ready-made"))
    if script is not None:
        document.replay(script, script_text)
    return EditingSession(document, solver)
