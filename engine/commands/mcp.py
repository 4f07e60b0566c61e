"""modelpick mcp [FILE]: the engine as tools of a coding agent, over standard input and output."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "answer a coding agent's questions over the Model Context Protocol (stdio)"
SERVES = True  # standard output is the protocol's until it ends


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE and --write."""
    parser.epilog = (
        "For Claude Code: claude mcp add modelpick -- modelpick mcp routing.toml; others take the command"
        " modelpick with the argument mcp. Without the package mcp it says how to install it."
    )
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="the routing file that questions are about"
    )
    parser.add_argument(
        "--write", action="store_true", help="also let the agent write routes into files below this folder"
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Serve until standard input ends. Raises InputError where the extra is missing, or FILE is unusable."""
    from ..adapters.catalog.file import load_catalog
    from ..adapters.extras import install_command
    from ..adapters.routing_file import load_routing
    from ..domain.errors import InputError
    from ..service.agent import AgentTools
    from ..service.mcp_server import mcp_server

    if options.file is not None:
        load_routing(options.file)  # what is wrong with it is better said before an agent waits
    load_catalog(options.catalog)
    try:
        server = mcp_server(AgentTools(options.catalog, options.file), write=options.write)
    except ImportError:
        raise InputError(f"needs the package mcp: {install_command('mcp')}", where="mcp") from None
    server.run("stdio")
    return "", 0
