"""Fills the why panel: asks its questions once the plan is there, for the section under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..engine.domain.errors import InputError
from .messages import WhyFound

if TYPE_CHECKING:
    from ..engine.domain.routing import Routing
    from .panels.why import WhyPanel
    from .rules import Path
    from .solver_client import Solver

SETTLED = 0.15  # seconds without an edit or a move of the cursor before anything is asked
LONGEST = 10.0  # seconds for one answer


class Whys:
    """What is asked for which routing and section; an edit or another section overtakes it."""

    def __init__(self, panel: WhyPanel, solver: Solver, start: Callable[[Awaitable[None]], object]) -> None:
        self._panel, self._solver, self._start = panel, solver, start
        self._routing: Routing | None = None
        self._found = False
        self._section: Path = ("limits",)
        self._turn = 0

    def at(self, section: Path) -> None:
        """The cursor is in this section now."""
        if section != self._section:
            self._section = section
            self._panel.show_section(section)
            self._again()

    def planned(self, routing: Routing, found: bool) -> None:
        """This routing has its final plan, or none."""
        self._routing, self._found = routing, found
        self._panel.show_answered(routing, found)
        self._again()

    def edited(self) -> None:
        """The rules have moved on: nothing is asked until their plan is there."""
        self._routing = None
        self._turn += 1
        self._panel.show_stale()

    def _again(self) -> None:
        self._turn += 1
        routing, section = self._routing, self._section
        if routing is None or (section[0] == "labels" and section[1] not in routing.labels):
            return
        if not self._questions(routing, section):
            self._panel.show_nothing(section)
        elif not self._panel.whole(section):
            self._start(self._fill(routing, section, self._turn))

    async def _fill(self, routing: Routing, section: Path, turn: int) -> None:
        """Each part as it comes; the first that is overtaken ends it."""
        await asyncio.sleep(SETTLED)
        for part, kind, args in self._questions(routing, section):
            if turn != self._turn:
                return
            try:
                answer = await self._solver.ask(kind, routing, LONGEST, **args)
            except InputError as error:
                answer = InputError(str(error))
            if answer is None or turn != self._turn:
                return
            self._panel.post_message(WhyFound(routing, section, part, answer))

    def _questions(self, routing: Routing, section: Path) -> list[tuple[str, str, dict[str, Any]]]:
        from .rules import priced

        paths = priced(routing, section)
        prices = [(path, "prices", {"paths": [path]}) for path in paths] if self._found else []
        if section == ("limits",):
            return prices
        label = {"label": section[1]}
        next_ones = [("next", "runners_up", label)] if self._found else []
        return [("out", "eligibility", label), *prices, *next_ones]
