"""modelpick keys: the names of the app's keys, for the [keys] table of the config file."""

from __future__ import annotations

import argparse
import json

HELP = "the app's keys by name, and the file that remaps them"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(given: argparse.Namespace) -> tuple[str, int]:
    """A line a name: its keys now, and what it does. Raises InputError for a bad config file."""
    from ..keymap import check_keys, table
    from ..settings import config_path, read_settings

    path = config_path()
    mine = read_settings(path).keys
    check_keys(mine, path)
    rows = {
        name: {"keys": mine[name].split(",") if name in mine else keys, "does": words}
        for name, (words, keys) in sorted(table().items())
    }
    if given.json:
        return json.dumps({"file": str(path), "keys": rows}, indent=2, ensure_ascii=False), 0
    lines = [f"{name:18}{' '.join(row['keys']):40} {row['does']}" for name, row in rows.items()]
    head = [
        f"{path}{'' if path.exists() else ' (not there yet)'}: for example",
        "",
        "[keys]",
        'undo = "u, ctrl+z"',
    ]
    return "\n".join([*lines, "", *head]), 0
