"""modelpick export ROUTER [FILE] [-o OUT]: a routing as a real router reads it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .options import whole

if TYPE_CHECKING:
    from ..adapters.routers.export import Handed, Wish

HELP = "write a routing as a real router's own configuration"


def arguments(parser: argparse.ArgumentParser) -> None:
    """ROUTER, FILE, -o, --dry-run, --threshold and --push."""
    from ..adapters.routers import ROUTERS

    parser.add_argument("router", metavar="ROUTER", help=", ".join(ROUTERS))
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        *("-o", "--output"),
        type=Path,
        metavar="OUT",
        help="write here; an existing file keeps what is not modelpick's, and its old text in OUT.bak (then"
        " OUT.bak.2 ...)",
    )
    parser.add_argument("--dry-run", action="store_true", help="with -o: only show what would change")
    parser.add_argument(
        "--threshold",
        type=whole("a whole number of tokens such as 60k, at least 1", 1, 10**9),
        metavar="TOKENS",
        help="prompts over this are longContext (default: as OUT has it, else 60000)",
    )
    parser.add_argument(
        "--push",
        metavar="URL",
        help="claude-code-router-3: hand it to the one running there, token in CCR_WEB_AUTH_TOKEN",
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The configuration, or with -o what changed in OUT. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import doubtful_values, warn
    from ..adapters.report.plan import plan_text
    from ..adapters.report.text import clean
    from ..adapters.routers import router
    from ..adapters.routers.approximate import Inexpressible
    from ..adapters.routers.export import Planless, handed
    from ..adapters.routing_file import check_references, load_catalog, load_routing, ready_made
    from ..domain.errors import InputError

    router(given.router)
    _check(given)
    routing = ready_made() if given.file is None else load_routing(given.file)
    catalog = load_catalog(given.catalog)
    warn(doubtful_values(routing))
    try:
        check_references(routing, catalog)
        found = handed(routing, catalog, date.today(), _wish(given))
    except Planless as none:
        return plan_text(none.plan), 1 if none.plan.status == "infeasible" else 3
    except Inexpressible as error:
        return str(error), 1
    except InputError as error:
        raise error.at("" if given.file is None else str(given.file)) from None
    for line in [*(f"warning: {w}" for w in found.warnings), *(f"note: {n}" for n in found.notes)]:
        sys.stderr.write(f"modelpick: {clean(line)}\n")
    return _answer(given, found), 0


def _check(given: argparse.Namespace) -> None:
    from ..domain.errors import InputError

    if given.push and given.router != "claude-code-router-3":
        raise InputError("only claude-code-router-3 can be handed its configuration", where="--push")
    if given.dry_run and (given.push or given.output is None):
        raise InputError("needs -o OUT: it shows what would change there", where="--dry-run")
    if given.threshold is not None and given.threshold < 1:
        raise InputError("needs at least 1 token", where="--threshold")


def _wish(given: argparse.Namespace) -> Wish:
    """With what is there already. Raises InputError where nothing can be merged."""
    from dataclasses import replace

    from ..adapters.routers.export import check_table, wished

    wish = wished(given.router, given.threshold, given.output)
    if given.push:
        from ..adapters.routers.claude_code_router_3 import get_config

        wish = replace(wish, old=get_config(given.push))
        check_table(wish.old, given.push)
    return wish


def _answer(given: argparse.Namespace, found: Handed) -> str:
    """Push, save or show; what is printed of it."""
    from ..adapters.catalog.alerts import note

    told, files = found.told, found.done.files
    if given.push:
        from ..adapters.routers.claude_code_router_3 import save_config

        save_config(given.push, found.done.data)
        pushed = {**told, "pushed": given.push}
        return json.dumps(pushed, indent=2) if given.json else f"handed to {given.push}"
    if given.output is None:
        if files:
            sys.stderr.write(f"modelpick: note: -o writes {', '.join(files)} beside it as well\n")
        shown = {**told, "config": found.done.data, "text": found.text, "files": files}
        return json.dumps(shown, indent=2) if given.json else found.text.rstrip("\n")
    if not given.dry_run:
        for line in found.save():
            note(line)
    changes = found.changes(given.dry_run)
    shown = {**told, "saved": None if given.dry_run else str(given.output), "changes": changes}
    shown["written"] = [] if given.dry_run else [str(path) for path in found.backups]
    shown |= {"text": found.text, "files": files} if given.dry_run else {}
    return json.dumps(shown, indent=2) if given.json else changes
