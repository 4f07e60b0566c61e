"""What the total is compared with: the plan before the edit, the last save, or a simpler way to route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..engine.domain.errors import InputError

if TYPE_CHECKING:
    from ..engine.domain.plan import Plan
    from ..engine.domain.routing import Routing
    from .desk import Desk
    from .solver_client import Solver

EDIT, SAVED = "the edit before", "the last save"
FILE = "the file's own routes"
SIMPLE = ("one model", "one offer", "cheapest", "highest quality")


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
        self._saved: tuple[Routing, float] | None = None

    def turn(self, desk: Desk) -> str:
        """The next comparison; its name."""
        file = (FILE,) if existing(desk) else ()
        names = (EDIT, SAVED, *SIMPLE, *file)
        self.name = names[(names.index(self.name) + 1) % len(names)] if self.name in names else EDIT
        self._figure(desk)
        return self.name

    def planned(self, desk: Desk, routing: Routing, plan: Plan) -> None:
        """A plan has come: remember that of the saved rules, and compare anew."""
        if routing == desk.session.routing and plan.cost is not None:
            self._saved = (routing, plan.cost)
        self._figure(desk)

    def _figure(self, desk: Desk) -> None:
        if self.name == EDIT:
            self._show(desk.before, "")
        elif self.name == SAVED:
            known = self._saved is not None and self._saved[0] == desk.session.routing
            self._show(self._saved[1] if known and self._saved else None, self.name)
        else:
            self._show(None, self.name)
            self._start(self._ask(desk, self.name))

    async def _ask(self, desk: Desk, name: str) -> None:
        routing = desk.routing
        args: dict[str, Any] = {"existing": {FILE: existing(desk)}} if name == FILE else {}
        try:
            found = await self._solver.ask("baselines", routing, **args)
        except InputError:
            return
        if found is None or name != self.name or routing != desk.routing:
            return
        for one in found["against"]:
            if one["name"] == name:
                broken = f", which breaks {len(one['broken'])} rules" if one["broken"] else ""
                choice = f" ({one['choice']})" if one["choice"] else ""
                self._show(one["outcome"]["cost"], f"{name}{choice}{broken}")


def existing(desk: Desk) -> dict[str, dict[str, float]]:
    """Label -> offer -> share, as the file had them when it was read or saved; empty where it has none."""
    from ..engine.adapters.files import read_routing

    if desk.session.text is None:
        return {}
    labels = read_routing(desk.session.text, "").labels
    mixes = {name: {route.offer: route.share for route in label.routes} for name, label in labels.items()}
    known = desk.session.catalog.offers
    whole = all(mixes.get(name) for name in desk.routing.labels)
    return mixes if whole and all(offer in known for mix in mixes.values() for offer in mix) else {}
