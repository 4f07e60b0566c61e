"""Handing a routing to a real router: what it would read, what changes in its file, and the writing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import InputError, ModelpickError, nearest

if TYPE_CHECKING:
    from ..domain.catalog import Catalog
    from ..domain.plan import Plan
    from ..domain.routing import Routing
    from ..solver.pick import Picker
    from .routers.base import Mix, Target, Written


class Planless(ModelpickError):
    """There is no plan that could be handed over; `plan` says why."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"no plan was found ({plan.status})")
        self.plan = plan


@dataclass(frozen=True)
class Wish:
    """Which router; the file it is for, its values and text where it is there; tokens of a long prompt."""

    router: str
    threshold: int
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

    def save(self) -> None:
        """Save what changed, the old text beside it first. Raises InputError."""
        from .disk import save

        out, old = self.wish.out, self.wish.old_text
        assert out is not None
        for name, content in self.done.files.items():
            save(out.with_name(name), content)
        if old is not None and self.text != old:
            save(_backup(out), old)
        if self.text != old:
            save(out, self.text)

    def changes(self, dry: bool) -> str:
        """What a save changes, or has changed, as a unified diff."""
        from difflib import unified_diff

        out, old = self.wish.out, self.wish.old_text
        assert out is not None
        if old is None:
            return f"{'would write' if dry else 'wrote'} {out}"
        if self.text == old:
            return f"{out} says so already"
        lines = old.splitlines(), self.text.splitlines()
        return "\n".join(unified_diff(*lines, str(_backup(out)), str(out), lineterm=""))


def wished(router: str, threshold: int, out: Path | None) -> Wish:
    """The wish with what is in the file already. Raises InputError where nothing can be merged."""
    from .disk import read_text, there
    from .routers import router as module
    from .routers.text import read

    text = read_text(out) if out is not None and there(out) else None
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
    from .routers import router
    from .routers.base import Job
    from .routers.nearest import Ask, fitted
    from .routers.text import written

    module = router(wish.router)
    mixes, said = _mixes(routing, catalog, today)
    fit = fitted(Ask(routing, catalog, module.TARGET, today, wish.threshold), mixes)
    done = module.merged(Job(catalog, fit.mixes, wish.threshold, wish.out), wish.old)
    notes = (*([said] if said else []), *done.notes)
    text = written(done.data, wish.old_text, module.TARGET, [*fit.warnings, *done.notes], str(wish.out))
    return Handed(wish, done, text, tuple(fit.warnings), notes, fit.cost, fit.wanted)


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


def _backup(out: Path) -> Path:
    return out.with_name(f"{out.name}.bak")


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
    from .routers.base import THRESHOLD
    from .routers.nearest import Inexpressible

    try:
        wish = wished(router, THRESHOLD, None if out is None else Path(out))
        found = handed(routing, picker.catalog, picker.today, wish)
    except Inexpressible as error:
        raise InputError(str(error)) from None
    if write:
        found.save()
    changes = "" if out is None else found.changes(not write)
    return {**found.told, "text": found.text, "files": list(found.done.files), "changes": changes}
