"""modelpick serve [FILE]: the app in a browser, every visitor with a session of their own."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from .page import LOCAL, server

HELP = "the app in a browser, on this machine unless told otherwise"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --host, --port and --public-url."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a routing file to open")
    parser.add_argument(
        "--host",
        default="localhost",
        help="listen here (default localhost); whoever reaches it can edit and save files as you",
    )
    parser.add_argument("--port", type=int, default=8000, help="default 8000")
    parser.add_argument("--public-url", metavar="URL", help="where a proxy in front of it is reached")


def run(given: argparse.Namespace) -> tuple[str, int]:
    """Serve until interrupted. Raises InputError: no textual-serve, a bad file, a port that is taken."""
    from ...engine.domain.errors import InputError
    from ..app import look_at

    if not 0 < given.port < 65536:
        raise InputError("a port is a number from 1 to 65535", where="--port")
    if given.file is not None and not given.file.exists():
        raise InputError("no such file or folder", where=str(given.file))
    look_at(given.file, given.catalog)
    try:
        import textual_serve.server  # noqa: F401
    except ImportError:
        raise InputError("needs textual-serve: pip install 'modelpick[serve]'", where="serve") from None
    _free(given.host, given.port)
    package = __name__.partition(".tui.")[0]
    words = [sys.executable, "-P", "-m", package, *([str(given.file)] if given.file else [])]
    words += ["--catalog", str(given.catalog)] if given.catalog else []
    if given.host not in LOCAL:
        sys.stderr.write(f"modelpick: {given.host} is open to others: they can edit and save files as you\n")
    server(shlex.join(words), given.host, given.port, given.public_url).serve()
    return "", 0


def _free(host: str, port: int) -> None:
    import socket

    from ...engine.domain.errors import InputError

    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise InputError(f"cannot listen there: {error.strerror or error}", where=f"{host}:{port}") from None
