"""What the total is compared with: the plan before the edit, the last save, or a simpler way to route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..engine.domain.errors import InputError
from .places import short

if TYPE_CHECKING:
    from .desk import Desk
    from .imported import Imported, Mixes
    from .solver_client import Solver

EDIT, SAVED = "the edit before", "the last save"
FILE = "the file's own routes"
_KNOWN = (
    (EDIT, "the plan before the last change"),
    (SAVED, "the plan of the rules as saved"),
    ("one model", "the best one, at any provider"),
    ("one offer", "the best one, at one provider"),
    ("cheapest", "the cheapest for each label"),
    ("highest quality", "the best for each label"),
)


class Against:
    """The chosen comparison and its figure, which comes after the plan and never holds it up."""

    def __init__(
        self,
        solver: Solver,
        start: Callable[[Awaitable[None]], object],
        show: Callable[[float | None, str], None],
    ) -> None:
        self._solver, self._start, self._show = solver, start, show
        self.name = EDIT
        self._imported: dict[str, Imported] = {}

    def choices(self, has_routes: bool) -> list[tuple[str, str]]:
        """Every comparison by name, and what it is."""
        file = [(FILE, "as it was read or saved")] if has_routes else []
        others = [(name, f"read from {short(one.path)}") for name, one in self._imported.items()]
        return [*_KNOWN, *file, *others]

    def choose(self, desk: Desk, name: str) -> None:
        """Compare with what has this name."""
        self.name = name
        self.refresh(desk)

    def add(self, desk: Desk, found: Imported) -> None:
        """Compare with the routes of a router's config. Raises InputError where it has none of the labels."""
        from ..engine.adapters.routers.reading import spread

        spread(found.shares, desk.routing.labels, str(found.path))
        self._imported[found.name] = found
        self.choose(desk, found.name)

    def lacking(self, desk: Desk) -> list[str]:
        """The labels that are not compared, as the chosen file has no routes for them."""
        return _lacking(desk, self._mixes(desk, self.name)[0])

    def saved(self, desk: Desk) -> None:
        """The saved rules are others, or the plan they have."""
        if self.name == SAVED:
            self.refresh(desk)

    def refresh(self, desk: Desk) -> None:
        """Compare anew: the plan is another."""
        if self.name == EDIT:
            self._show(desk.before, "")
        elif self.name == SAVED:
            self._show(None if desk.saved_plan is None else desk.saved_plan.cost, self.name)
        else:
            self._show(None, self.name)
            self._start(self._ask(desk, self.name))

    async def _ask(self, desk: Desk, name: str) -> None:
        routing = desk.routing
        try:
            mixes, lent = self._mixes(desk, name)
            lacking = _lacking(desk, mixes)
            if lacking and not (desk.solved and desk.plan is not None and desk.plan.found):
                return  # their mixes are the plan's: with the next one this is asked again
            whole = {**mixes, **_planned(desk, lacking)}
            args: dict[str, Any] = {"existing": {name: whole}} if whole else {}
            found = await self._solver.ask("baselines", routing, **args)
        except InputError as error:
            if name == self.name:
                self._show(None, f"{name}: {error.key}: {error.what}")
            return
        if found is None or name != self.name or routing != desk.routing:
            return
        for one in found["against"]:
            if one["name"] == name:
                count = len({rule["rule"] for rule in one["broken"]})
                broken = f", which breaks {count} rule{'s' if count > 1 else ''}" if count else ""
                details = "; ".join(part for part in (one["choice"], lent, left_out(lacking)) if part)
                choice = f" ({details})" if details else ""
                self._show(one["outcome"]["cost"], f"{name}{choice}{broken}")

    def _mixes(self, desk: Desk, name: str) -> tuple[Mixes, str]:
        """Label -> offer -> share for routes that exist already, and what of them is a guess."""
        from ..engine.adapters.routers.reading import spread

        if name == FILE:
            return existing(desk), ""
        if name not in self._imported:
            return {}, ""
        one = self._imported[name]
        return spread(one.shares, desk.routing.labels, str(one.path), one.lost)


def _lacking(desk: Desk, mixes: Mixes) -> list[str]:
    """The labels that the routes compared with have not; none where these are not a file's."""
    return [name for name in desk.routing.labels if name not in mixes] if mixes else []


def _planned(desk: Desk, labels: Iterable[str]) -> dict[str, dict[str, float]]:
    """The plan's own mixes for these labels, so that only the others differ from it."""
    plans = {} if desk.plan is None else desk.plan.labels
    return {name: {route.offer: route.share for route in plans[name].routes} for name in labels}


def left_out(labels: Sequence[str]) -> str:
    """What to say of labels that are not compared."""
    return f"without {', '.join(labels)}, for which the file has no routes" if labels else ""


def existing(desk: Desk) -> dict[str, dict[str, float]]:
    """Label -> offer -> share, as the file had them when it was read or saved.

    A label without routes, or with an offer that the catalogue does not have, is left out.
    """
    from ..engine.adapters.files import read_routing

    if desk.session.text is None:
        return {}
    labels = read_routing(desk.session.text, "").labels
    mixes = {name: {route.offer: route.share for route in label.routes} for name, label in labels.items()}
    known = desk.session.catalog.offers
    return {
        name: mixes[name]
        for name in desk.routing.labels
        if mixes.get(name) and all(offer in known for offer in mixes[name])
    }
