"""modelpick completion SHELL: the script by which a shell completes commands, options and files.

Made by shtab: a script once, where argcomplete starts Python at every Tab; and it knows fish too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "your shell's completion of commands, options and files"
SHELLS = ("bash", "zsh", "fish", "tcsh")


def arguments(parser: argparse.ArgumentParser) -> None:
    """SHELL."""
    parser.add_argument("shell", choices=SHELLS, help="whose script")


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The script for `options.parser`, the front door's with all commands."""
    import json

    import shtab

    _complete_files(options.parser)
    script: str = shtab.complete(options.parser, shell=options.shell)
    return (json.dumps({"shell": options.shell, "script": script}) if options.json else script), 0


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """Say of each option and argument that is a path that files complete it."""
    import shtab

    for action in parser._actions:  # argparse has no public list of them
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                _complete_files(subparser)
        elif action.type is Path or (action.dest == "source" and not action.choices):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
