"""Handing a routing to a real router: what it would read, what changes in its file, and the writing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import InputError, ModelpickError, nearest

if TYPE_CHECKING:
    from types import ModuleType

    from ..domain.catalog import Catalog
    from ..domain.plan import Plan
    from ..domain.routing import Routing
    from ..solver.pick import Picker
    from .routers.base import Found, Mix, Target, Written


_MERGED = "what is there is kept, and its old text beside it"


class Planless(ModelpickError):
    """There is no plan that could be handed over; `plan` says why."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"no plan was found ({plan.status})")
        self.plan = plan


@dataclass(frozen=True)
class Wish:
    """Which router; the file it is for, its values and text where it is there; tokens of a long prompt.

    `threshold` None: the file's own, else 60,000.
    """

    router: str
    threshold: int | None
    out: Path | None = None
    old: Any = None
    old_text: str | None = None


@dataclass(frozen=True)
class Handed:
    """A router's file, and what is to be said of it: `cost` in USD a month there, `wanted` as routed."""

    wish: Wish
    done: Written
    text: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    cost: float | None
    wanted: float | None

    @property
    def told(self) -> dict[str, Any]:
        """As --json has it."""
        facts = {"router": self.wish.router, "warnings": list(self.warnings), "notes": list(self.notes)}
        return {**facts, "cost": self.cost, "cost_as_routed": self.wanted}

    @cached_property
    def backups(self) -> dict[Path, Path | None]:
        """Every file that a save changes, and where its old text goes; None where there is no old text."""
        from .disk import check_plain, read_text, there

        out = self.wish.out
        assert out is not None
        changed: dict[Path, Path | None] = {}
        for name, content in self.done.files.items():
            beside = out.with_name(name)
            check_plain(beside, _MERGED)
            old = read_text(beside, keep_mark=True) if there(beside) else None
            if old != content:
                changed[beside] = None if old is None else _backup(beside, old)
        old = self.wish.old_text
        if self.text != old:
            changed[out] = None if old is None else _backup(out, old)
        return changed

    def save(self) -> tuple[str, ...]:
        """Save what changed, the old texts beside it first. Returns what `disk.save` has to say. Raises
        InputError."""
        from .disk import read_text, save, there

        texts = {Path(self.wish.out or "").with_name(name): text for name, text in self.done.files.items()}
        notes = []
        for path, backup in self.backups.items():
            if backup is not None and not there(backup):
                save(backup, read_text(path, keep_mark=True))
            notes.append(save(path, texts.get(path, self.text)))
        return tuple(filter(None, notes))

    def changes(self, dry: bool) -> str:
        """What a save changes, or has changed: each file's name, and what changes in it as a unified diff."""
        from difflib import unified_diff

        out, old = self.wish.out, self.wish.old_text
        assert out is not None
        done = "would write" if dry else "wrote"
        backups = self.backups
        beside = [
            f"{path}{'' if backup is None else f', its old text in {backup}'}"
            for path, backup in backups.items()
            if path != out
        ]
        if out not in backups:
            return "\n".join([f"{out} says so already", *(f"{done} {each}" for each in beside)])
        if old is None:
            return f"{done} {' and '.join([str(out), *beside])}"
        lines = old.splitlines(), self.text.splitlines()
        diff = unified_diff(*lines, str(backups[out]), str(out), lineterm="")
        return "\n".join([*diff, *(f"{done} {each}" for each in beside)])


def wished(router: str, threshold: int | None, out: Path | None) -> Wish:
    """The wish with what is in the file already. Raises InputError where nothing can be merged."""
    from .disk import check_plain, read_text, there
    from .routers import router as module
    from .routers.text import read

    if out is not None:
        check_plain(out, _MERGED)
    text = read_text(out, keep_mark=True) if out is not None and there(out) else None
    target: Target = module(router).TARGET
    old = read(text, target, str(out))
    check_table(old, str(out))
    return Wish(router, threshold, out, old, text)


def check_table(old: Any, where: str) -> None:
    """Raises InputError for settings that are no table."""
    if old is not None and not isinstance(old, dict):
        raise InputError("holds no table of settings, so nothing can be merged", where=where)


def handed(routing: Routing, catalog: Catalog, today: date, wish: Wish) -> Handed:
    """What the router reads. Raises InputError, Planless, and Inexpressible where it has no words for it."""
    from .alerts import alerts
    from .routers import router
    from .routers.base import THRESHOLD, Job, check_shapes
    from .routers.hostile import check_names
    from .routers.nearest import Ask, fitted
    from .routers.priced import weak_spares
    from .routers.text import written

    module = router(wish.router)
    mixes, said = _mixes(routing, catalog, today)
    before = _before(module, wish, catalog)
    own = getattr(module, "threshold", lambda _: None)(wish.old)
    threshold = wish.threshold or own or THRESHOLD
    ask = Ask(routing, catalog, module.TARGET, today, threshold, frozenset(before.offers))
    fit = fitted(ask, mixes)
    job = Job(catalog, fit.mixes, threshold, wish.out, before)
    check_names(job)
    done = module.merged(job, wish.old)
    warnings = (*fit.warnings, *done.warnings)
    notes = (*([said] if said else []), *done.notes)
    text = written(done.data, wish.old_text, module.TARGET, [*warnings, *done.notes], str(wish.out))
    if wish.old is not None and text != wish.old_text:
        check_shapes(wish.old, module.TARGET, "" if wish.out is None else str(wish.out))
    used = [offer for mix in fit.mixes.values() for offer in (*mix.shares, *mix.fallbacks)]
    weak = weak_spares(routing, catalog, fit.mixes, today)
    warnings = (*warnings, *weak, *alerts(catalog, used, today))
    return Handed(wish, done, text, warnings, notes, fit.cost, fit.wanted)


def _before(module: ModuleType, wish: Wish, catalog: Catalog) -> Found:
    """What the file that is written over holds, as `import config` reads it."""
    from .routers.base import Found
    from .routers.reading import read_values
    from .routers.wire import Wires

    if wish.old is None or not hasattr(module, "found"):
        return Found()
    return read_values(wish.old, str(wish.out), module, Wires(catalog))


def _mixes(routing: Routing, catalog: Catalog, today: date) -> tuple[dict[str, Mix], str]:
    """The routing's own routes, else the best ones; what to say of that. Raises Planless."""
    from .routers.priced import own_routes, planned, uneven

    own = own_routes(routing, catalog)
    if own is not None:
        return own, "; ".join(uneven(routing))
    from ..solver.pick import pick

    plan = pick(routing, catalog, today=today)
    if not plan.found:
        raise Planless(plan)
    lost = [each.offer for label in routing.labels.values() for each in label.routes]
    lost = [offer for offer in dict.fromkeys(lost) if offer not in catalog.offers]
    names = ", ".join(repr(offer) + nearest(offer, catalog.offers) for offer in lost)
    why = f"the catalogue does not have {names}" if lost else "it has no routes yet"
    return planned(routing, plan), f"solved first, as {why}: {plan.cost:,.2f} USD/month"


def _backup(path: Path, old: str) -> Path:
    """Where `old`, the text of the file at `path`, is kept: beside it, never over another text."""
    from .disk import read_text, there

    number = 1
    while True:
        backup = path.with_name(f"{path.name}.bak{'' if number == 1 else f'.{number}'}")
        if not there(backup) or (backup.is_file() and read_text(backup, keep_mark=True) == old):
            return backup
        number += 1


def export(
    picker: Picker,
    routing: Routing,
    seconds: float | None,  # noqa: ARG001
    *,
    router: str,
    out: str | None = None,
    write: bool = False,
) -> dict[str, Any]:
    """What `modelpick export --json` says of a routing with its routes; only with `write` is it written."""
    from .fence import check_inside
    from .routers.nearest import Inexpressible

    if out is not None:
        check_inside(Path(out), "exported")
    try:
        wish = wished(router, None, None if out is None else Path(out))
        found = handed(routing, picker.catalog, picker.today, wish)
    except Inexpressible as error:
        raise InputError(str(error)) from None
    if out is not None:
        for name in found.done.files:  # a name beside it may be a link that leads away
            check_inside(Path(out).with_name(name), "exported")
        for old_text in filter(None, found.backups.values()):
            check_inside(old_text, "exported")
    links = found.save() if write else ()
    changes = "" if out is None else found.changes(not write)
    backup = None if out is None else found.backups.get(Path(out))
    return {
        **found.told,
        "backup": None if backup is None else str(backup),
        "text": found.text,
        "files": list(found.done.files),
        "changes": changes,
        "links": list(links),
    }
