"""Fills the why panel: asks its questions once the plan is there, for the section under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, RulePath
from ..messages import ExplanationsReady
from ..widgets.explanation import parts_of

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from ..solver.client import Solver
    from ..widgets.explanation import WhyPanel

QUIET_SECONDS = 0.1  # without an edit or a move of the cursor before anything is asked
MAX_SECONDS = 60.0  # for one part: an edit overtakes it, and a busy machine must not change what is said
GATHER_SECONDS = 0.05  # for which parts that come in a row are gathered for one painting


class ExplanationController:
    """What is asked for which routing and section; an edit or another section overtakes it."""

    def __init__(
        self, panel: WhyPanel, solver: Solver, start: Callable[[Callable[[], Awaitable[None]]], object]
    ) -> None:
        """`start` runs a request, unless the app ends first."""
        self._panel, self._solver, self._start = panel, solver, start
        self._routing: Routing | None = None  # that of the plan; None while it is being made
        self._overrides: Mapping[str, Any] = {}
        self._feasible = False
        self._section: RulePath = LIMITS
        self._turn = 0

    def show_section(self, section: RulePath) -> None:
        """The cursor is in this section now."""
        if section != self._section:
            self._section = section
            self._panel.show_section(section)
            self._request()

    def show_plan(self, routing: Routing, feasible: bool, overrides: Mapping[str, Any]) -> None:
        """This routing has its final plan, or none, on the catalogue with these what-if figures."""
        self._routing, self._feasible, self._overrides = routing, feasible, overrides
        self._panel.show_answered(routing, feasible, overrides)
        self._request()

    def show_stale(self) -> None:
        """The rules have moved on: nothing is asked until their plan is there."""
        self._routing = None
        self._turn += 1
        self._panel.show_stale()

    def _request(self) -> None:
        self._turn += 1
        routing, section = self._routing, self._section
        if routing is None or (section.section == "labels" and section.label not in routing.labels):
            return
        if not self._parts(routing, section):
            self._panel.show_nothing(section)
        elif not self._panel.whole(section):
            self._start(partial(self._fill, routing, section, self._turn))

    async def _fill(self, routing: Routing, section: RulePath, turn: int) -> None:
        """All parts as one question; they come one by one and are shown a few at a time."""
        await asyncio.sleep(QUIET_SECONDS)
        if turn != self._turn:
            return
        gathered: dict[str, Any] = {}
        missing, overrides = self._parts(routing, section), self._overrides

        def show() -> None:
            if gathered and turn == self._turn:
                self._panel.post_message(ExplanationsReady(routing, overrides, section, dict(gathered)))
            gathered.clear()

        def gather(part: tuple[str, Any]) -> None:
            name, answer = part
            missing.remove(name)
            if not gathered:
                asyncio.get_running_loop().call_later(GATHER_SECONDS, show)
            gathered[name] = InputError(answer["error"]) if isinstance(answer, dict) else answer

        label = {"label": section.label} if section.section == "labels" else {}
        try:
            await self._solver.ask("reasons", routing, MAX_SECONDS, gather, parts=missing, **label)
        except InputError as error:
            gathered.update(dict.fromkeys(missing, InputError(str(error))))
        show()

    def _parts(self, routing: Routing, section: RulePath) -> list[str]:
        return parts_of(routing, section, self._feasible)
