"""modelpick export ROUTER [FILE] [-o OUT]: a routing as a real router reads it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...domain.catalog import Catalog
    from ...domain.routing import Routing
    from ..routers.base import Mix, Target, Written

HELP = "write a routing as a real router's own configuration"


def arguments(parser: argparse.ArgumentParser) -> None:
    """ROUTER, FILE, -o, --dry-run, --threshold and --push."""
    from ..routers import ROUTERS

    parser.add_argument("router", metavar="ROUTER", help=", ".join(ROUTERS))
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a routing file; without it, a ready-made one"
    )
    parser.add_argument(
        *("-o", "--output"),
        type=Path,
        metavar="OUT",
        help="write here; an existing file keeps what is not modelpick's, and its old text in OUT.bak",
    )
    parser.add_argument("--dry-run", action="store_true", help="with -o: only show what would change")
    parser.add_argument(
        "--threshold",
        type=int,
        default=60_000,
        metavar="TOKENS",
        help="prompts over this are longContext (default 60000)",
    )
    parser.add_argument(
        "--push",
        metavar="URL",
        help="claude-code-router-3: hand it to the one running there, token in CCR_WEB_AUTH_TOKEN",
    )


def run(given: argparse.Namespace) -> tuple[str, int]:
    """The configuration, or with -o what changed in OUT. Raises InputError."""
    from datetime import date

    from ...domain.errors import InputError
    from ..files import check_references, load_catalog, load_routing, ready_made
    from ..report.table import clean
    from ..routers import router
    from ..routers.base import Job
    from ..routers.nearest import Ask, Inexpressible, fitted
    from ..routers.text import written

    module = router(given.router)
    _check(given)
    routing = ready_made() if given.file is None else load_routing(given.file)
    catalog = load_catalog(given.catalog)
    try:
        check_references(routing, catalog)
        mixes, said, status = _mixes(routing, catalog)
        if status:
            return said, status
        fit = fitted(Ask(routing, catalog, module.TARGET, date.today(), given.threshold), mixes)
    except Inexpressible as error:
        return str(error), 1
    except InputError as error:
        raise error.at("" if given.file is None else str(given.file)) from None
    old_text, old = _before(given, module.TARGET)
    done = module.merged(Job(catalog, fit.mixes, given.threshold, given.output), old)
    notes = [*([said] if said else []), *done.notes]
    for line in [*(f"warning: {each}" for each in fit.warnings), *(f"note: {each}" for each in notes)]:
        sys.stderr.write(f"modelpick: {clean(line)}\n")
    text = written(done.data, old_text, module.TARGET, [*fit.warnings, *done.notes], str(given.output))
    told = {"router": given.router, "warnings": fit.warnings, "notes": notes}
    told |= {"cost": fit.cost, "cost_as_routed": fit.wanted}
    return _answer(given, done, text, old_text, told), 0


def _check(given: argparse.Namespace) -> None:
    from ...domain.errors import InputError

    if given.push and given.router != "claude-code-router-3":
        raise InputError("only claude-code-router-3 can be handed its configuration", where="--push")
    if given.dry_run and (given.push or given.output is None):
        raise InputError("needs -o OUT: it shows what would change there", where="--dry-run")
    if given.threshold < 1:
        raise InputError("needs at least 1 token", where="--threshold")


def _before(given: argparse.Namespace, target: Target) -> tuple[str | None, Any]:
    """The text and the values of what is there already. Raises InputError where nothing can be merged."""
    from ...domain.errors import InputError
    from ..disk import read_text
    from ..routers.text import read

    text = read_text(given.output) if given.output is not None and given.output.exists() else None
    where = str(given.output)
    old = read(text, target, where)
    if given.push:
        from ..routers.push import get_config

        old, where = get_config(given.push), given.push
    if old is not None and not isinstance(old, dict):
        raise InputError("holds no table of settings, so nothing can be merged", where=where)
    return text, old


def _mixes(routing: Routing, catalog: Catalog) -> tuple[dict[str, Mix], str, int]:
    """The routing's own routes, else the best ones; what to say of that; the exit status of no plan."""
    from datetime import date

    from ...domain.errors import nearest
    from ...solver.pick import pick
    from ..report.plan import plan_text
    from ..routers.priced import own_routes, planned, uneven

    own = own_routes(routing, catalog)
    if own is not None:
        return own, "; ".join(uneven(routing)), 0
    plan = pick(routing, catalog, today=date.today())
    if not plan.found:
        return {}, plan_text(plan), 1 if plan.status == "infeasible" else 3
    lost = [each.offer for label in routing.labels.values() for each in label.routes]
    lost = [offer for offer in dict.fromkeys(lost) if offer not in catalog.offers]
    names = ", ".join(repr(offer) + nearest(offer, catalog.offers) for offer in lost)
    why = f"the catalogue does not have {names}" if lost else "it has no routes yet"
    return planned(routing, plan), f"solved first, as {why}: {plan.cost:,.2f} USD/month", 0


def _answer(
    given: argparse.Namespace, done: Written, text: str, old_text: str | None, told: dict[str, Any]
) -> str:
    """Push, save or show; what is printed of it."""
    if given.push:
        from ..routers.push import save_config

        save_config(given.push, done.data)
        return (
            json.dumps({**told, "pushed": given.push}, indent=2) if given.json else f"handed to {given.push}"
        )
    if given.output is None:
        if done.files:
            sys.stderr.write(f"modelpick: note: -o writes {', '.join(done.files)} beside it as well\n")
        shown = {**told, "config": done.data, "text": text, "files": done.files}
        return json.dumps(shown, indent=2) if given.json else text.rstrip("\n")
    if not given.dry_run:
        _save(given.output, text, old_text, done.files)
    changes = _changes(given.output, text, old_text, given.dry_run)
    shown = {**told, "saved": None if given.dry_run else str(given.output), "changes": changes}
    shown |= {"text": text, "files": done.files} if given.dry_run else {}
    return json.dumps(shown, indent=2) if given.json else changes


def _save(out: Path, text: str, old_text: str | None, beside: dict[str, str]) -> None:
    """Save what changed, the old text beside it first."""
    from ..disk import save

    for name, content in beside.items():
        save(out.with_name(name), content)
    if old_text is not None and text != old_text:
        save(_backup(out), old_text)
    if text != old_text:
        save(out, text)


def _changes(out: Path, text: str, old_text: str | None, dry: bool) -> str:
    """What changed, as a unified diff."""
    from difflib import unified_diff

    if old_text is None:
        return f"{'would write' if dry else 'wrote'} {out}"
    if text == old_text:
        return f"{out} says so already"
    lines = unified_diff(old_text.splitlines(), text.splitlines(), str(_backup(out)), str(out), lineterm="")
    return "\n".join(lines)


def _backup(out: Path) -> Path:
    return out.with_name(f"{out.name}.bak")
