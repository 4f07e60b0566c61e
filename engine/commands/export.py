"""modelpick export ROUTER [FILE] [-o OUT]: a routing as a real router reads it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from . import EXIT_STATUS
from .options import TOKENS, add_file, note_floors, output_path

if TYPE_CHECKING:
    from ..adapters.routers.export import ExportRequest, RouterExport

HELP = "write a routing as a real router's own configuration"


def arguments(parser: argparse.ArgumentParser) -> None:
    """ROUTER, FILE, -o, --dry-run, --threshold and --push."""
    from ..adapters.routers import ROUTERS

    parser.add_argument("router", metavar="ROUTER", help=", ".join(ROUTERS))
    add_file(parser)
    parser.add_argument(
        *("-o", "--output"),
        type=output_path,
        metavar="OUT",
        help="write here; an existing file keeps what is not modelpick's, and its old text in OUT.bak (then"
        " OUT.bak.2 ...)",
    )
    parser.add_argument("--dry-run", action="store_true", help="with -o: only show what would change")
    parser.add_argument(
        "--threshold",
        type=TOKENS,
        metavar="TOKENS",
        help="prompts over this are longContext (default: as OUT has it, else 60000)",
    )
    parser.add_argument(
        "--push",
        metavar="URL",
        help="claude-code-router-3: hand it to the one running there, token in CCR_WEB_AUTH_TOKEN",
    )


def run(options: argparse.Namespace) -> tuple[str, int]:
    """The configuration, or with -o what changed in OUT. Raises InputError."""
    from datetime import date

    from ..adapters.catalog.alerts import suspicious_values, warn
    from ..adapters.catalog.file import load_spelled_out
    from ..adapters.report.plan import plan_text
    from ..adapters.report.text import clean
    from ..adapters.routers import router_module
    from ..adapters.routers.approximate import Inexpressible
    from ..adapters.routers.export import NoPlan, export_routing
    from ..adapters.routing_file import canonical, check_references, load_routing, ready_made
    from ..domain.errors import InputError

    router_module(options.router)
    _check(options)
    catalog = load_spelled_out(options.catalog)
    routing = ready_made(catalog) if options.file is None else load_routing(options.file)
    warn(suspicious_values(routing))
    try:
        check_references(routing, catalog)
        routing = canonical(routing, catalog)
        if options.file is None:
            note_floors(routing, catalog)
        exported = export_routing(routing, catalog, date.today(), _request(options))
    except NoPlan as none:
        refused = {"router": options.router, "plan": none.plan.to_json()}
        text = json.dumps(refused, indent=2) if options.json else plan_text(none.plan)
        return text, EXIT_STATUS[none.plan.status]
    except Inexpressible as error:
        refused = {"router": options.router, "reason": str(error)}
        return json.dumps(refused, indent=2) if options.json else str(error), 1
    except InputError as error:
        raise error.at("" if options.file is None else str(options.file)) from None
    for line in [*(f"warning: {w}" for w in exported.warnings), *(f"note: {n}" for n in exported.notes)]:
        sys.stderr.write(f"modelpick: {clean(line)}\n")
    return _deliver(options, exported), 0


def _check(options: argparse.Namespace) -> None:
    from ..domain.errors import InputError

    if options.push and options.router != "claude-code-router-3":
        raise InputError("only claude-code-router-3 can be handed its configuration", where="--push")
    if options.dry_run and (options.push or options.output is None):
        raise InputError("needs -o OUT: it shows what would change there", where="--dry-run")
    if options.threshold is not None and options.threshold < 1:
        raise InputError("needs at least 1 token", where="--threshold")


def _request(options: argparse.Namespace) -> ExportRequest:
    """With what is there already. Raises InputError where nothing can be merged."""
    from dataclasses import replace

    from ..adapters.routers.export import check_table, export_request

    request = export_request(options.router, options.threshold, options.output)
    if options.push:
        from ..adapters.routers.claude_code_router_3 import get_config

        request = replace(request, old_settings=get_config(options.push))
        check_table(request.old_settings, options.push)
    return request


def _deliver(options: argparse.Namespace, exported: RouterExport) -> str:
    """Push, save or show; what is printed of it."""
    from ..adapters.catalog.alerts import note

    facts, config, files = exported.summary, exported.config.settings, exported.config.side_files
    if options.push:
        from ..adapters.routers.claude_code_router_3 import save_config

        save_config(options.push, config)
        facts["pushed"] = options.push
        return json.dumps(facts, indent=2) if options.json else f"handed to {options.push}"
    if options.output is None:
        if files:
            sys.stderr.write(f"modelpick: note: -o writes {', '.join(files)} beside it as well\n")
        facts |= {"config": config, "text": exported.text, "files": files}
        return json.dumps(facts, indent=2) if options.json else exported.text.rstrip("\n")
    if not options.dry_run:
        for line in exported.save():
            note(line)
    changes = exported.changes(options.dry_run)
    facts |= {"saved": None if options.dry_run else str(options.output), "changes": changes}
    facts["written"] = [] if options.dry_run else [str(path) for path in exported.backups]
    if options.dry_run:
        facts |= {"text": exported.text, "files": files}
    return json.dumps(facts, indent=2) if options.json else changes
