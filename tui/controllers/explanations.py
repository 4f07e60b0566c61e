"""Fills the why panel: asks its questions once the plan is there, for the section under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, RulePath, priced_in
from ..messages import WhyFound

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver
    from ..widgets.explanation import WhyPanel

SETTLED = 0.15  # seconds without an edit or a move of the cursor before anything is asked
LONGEST = 10.0  # seconds for one part
GATHERED = 0.1  # seconds that what comes in a row is gathered for one painting


class Explanations:
    """What is asked for which routing and section; an edit or another section overtakes it."""

    def __init__(self, panel: WhyPanel, solver: Solver, start: Callable[[Awaitable[None]], object]) -> None:
        self._panel, self._solver, self._start = panel, solver, start
        self._routing: Routing | None = None
        self._figures: Mapping[str, Any] = {}
        self._found = False
        self._section: RulePath = LIMITS
        self._turn = 0

    def at(self, section: RulePath) -> None:
        """The cursor is in this section now."""
        if section != self._section:
            self._section = section
            self._panel.show_section(section)
            self._again()

    def planned(self, routing: Routing, found: bool, figures: Mapping[str, Any]) -> None:
        """This routing has its final plan, or none, on the catalogue with these what-if figures."""
        self._routing, self._found, self._figures = routing, found, figures
        self._panel.show_answered(routing, found, figures)
        self._again()

    def edited(self) -> None:
        """The rules have moved on: nothing is asked until their plan is there."""
        self._routing = None
        self._turn += 1
        self._panel.show_stale()

    def _again(self) -> None:
        self._turn += 1
        routing, section = self._routing, self._section
        if routing is None or (section.section == "labels" and section.label not in routing.labels):
            return
        if not self._parts(routing, section):
            self._panel.show_nothing(section)
        elif not self._panel.whole(section):
            self._start(self._fill(routing, section, self._turn))

    async def _fill(self, routing: Routing, section: RulePath, turn: int) -> None:
        """All parts as one question; they come one by one and are shown a few at a time."""
        await asyncio.sleep(SETTLED)
        if turn != self._turn:
            return
        found: dict[str, Any] = {}
        parts, figures = self._parts(routing, section), self._figures

        def show() -> None:
            if found and turn == self._turn:
                self._panel.post_message(WhyFound(routing, figures, section, dict(found)))
            found.clear()

        def told(part: tuple[str, Any]) -> None:
            name, answer = part
            parts.remove(name)
            if not found:
                asyncio.get_running_loop().call_later(GATHERED, show)
            wrong = isinstance(answer, dict)
            found[name] = InputError(answer["error"]) if wrong else answer

        label = {"label": section.label} if section.section == "labels" else {}
        try:
            await self._solver.ask("reasons", routing, LONGEST, told, parts=parts, **label)
        except InputError as error:
            found.update(dict.fromkeys(parts, InputError(str(error))))
        show()

    def _parts(self, routing: Routing, section: RulePath) -> list[str]:
        prices = [str(path) for path in priced_in(routing, section)] if self._found else []
        if section == LIMITS:
            return prices
        return ["out", *prices, *(["next"] if self._found else [])]
