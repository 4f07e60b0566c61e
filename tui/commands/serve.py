"""modelpick serve [FILE]: the app in a browser, every visitor with a session of their own."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from ...engine.adapters.fence import FOLDER
from .page import EVERYWHERE, LOCAL, server

HELP = "the app in a browser, on this machine unless told otherwise"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --host, --anywhere, --port and --public-url."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a routing file to open")
    parser.add_argument(
        "--host",
        default="localhost",
        help="listen here (default localhost); whoever has the printed address edits and saves as you",
    )
    parser.add_argument(
        "--anywhere",
        action="store_true",
        help="let files outside FILE's folder be opened and saved (without it, none)",
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
        from ...engine.adapters.extras import install_command

        raise InputError(f"needs textual-serve: {install_command('serve')}", where="serve") from None
    _free(given.host, given.port)
    package = __name__.partition(".tui.")[0]
    words = [sys.executable, "-P", "-m", package, *([str(given.file)] if given.file else [])]
    if given.anywhere:
        os.environ.pop(FOLDER, None)
    else:
        file = Path("routing.toml") if given.file is None else given.file
        os.environ[FOLDER] = str(file.resolve().parent)
    words += ["--catalog", str(given.catalog)] if given.catalog else []
    if given.host not in LOCAL:
        what = "is open to others: whoever has the address below can edit and save files as you"
        sys.stderr.write(f"modelpick: {given.host} {what}\n")
        if given.public_url is None and given.host in EVERYWHERE:
            what = "only this machine's browsers are answered; --public-url names the address for others"
            sys.stderr.write(f"modelpick: note: {what}\n")
    server(shlex.join(words), given.host, given.port, given.public_url).serve()
    return "", 0


def _free(host: str, port: int) -> None:
    import socket

    from ...engine.domain.errors import InputError

    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise InputError(f"cannot listen there: {error.strerror or error}", where=f"{host}:{port}") from None
