"""What a controller needs and no more: a session with the real engine in this process, and a bare screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.pilot import Pilot

from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.adapters.catalog.overlay import with_overrides
from modelpick.engine.domain.plan import Plan
from modelpick.engine.domain.routing import Routing
from modelpick.engine.service.handlers import handle
from modelpick.engine.solver.pick import Picker
from modelpick.tui.base_screen import BaseScreen
from modelpick.tui.document.editing_session import EditingSession
from modelpick.tui.document.opening import open_session
from modelpick.tui.solver.client import OnPlan, OnTrouble
from modelpick.tui.solver.process import OnPart

TODAY = date(2026, 11, 26)


class DirectSolver:
    """Answers as the solver's process does, without one; `requests` are the kinds that were asked for."""

    def __init__(self, catalog: Path) -> None:
        self._catalog = load_catalog(catalog)
        self._overrides: Mapping[str, Any] = {}
        self.requests: list[str] = []

    async def run(self, on_plan: OnPlan, on_trouble: OnTrouble) -> None:
        """Nothing has to be served."""

    def use_overrides(self, overrides: Mapping[str, Any]) -> None:
        """Use these figures instead of the catalogue's from now on."""
        self._overrides = overrides

    def request_plan(self, routing: Routing) -> None:
        """The plan comes when a test calls `plan`."""

    def plan(self, routing: Routing) -> Plan:
        """The plan of a routing, as it comes from the process."""
        return Plan.model_validate(self._answer("plan", routing, 10.0, {}))

    async def ask(
        self,
        kind: str,
        routing: Routing,
        seconds: float = 10.0,
        on_part: OnPart | None = None,
        **options: Any,
    ) -> Any:
        """The answer to another request, in plain values; part by part where it comes in parts."""
        self.requests.append(kind)
        answer = self._answer(kind, routing, seconds, options)
        if not isinstance(answer, Iterator):
            return answer
        assert on_part is not None
        for part in answer:
            on_part(json.loads(json.dumps(part)))
        return None

    async def close(self) -> None:
        """Nothing has to be ended."""

    def _answer(self, kind: str, routing: Routing, seconds: float, options: dict[str, Any]) -> Any:
        picker = Picker(with_overrides(self._catalog, self._overrides), TODAY)
        answer = handle(picker, kind, routing, seconds, options)
        return answer if isinstance(answer, Iterator) else json.loads(json.dumps(answer))


def session_of(path: Path | None, catalog: Path) -> tuple[EditingSession, DirectSolver]:
    """The session of a routing file on a catalogue, and its solver; without a plan yet."""
    solver = DirectSolver(catalog)
    return open_session(path, catalog, solver), solver


def solve(session: EditingSession) -> Plan:
    """The plan of the rules as they are now, taken by the session."""
    document = session.document
    assert isinstance(session.solver, DirectSolver)
    session.solver.use_overrides(document.solver_overrides)
    plan = session.solver.plan(document.routing)
    assert session.accept(document.routing, plan, document.solver_overrides)
    return plan


class BareScreen(BaseScreen[None]):
    """A screen without anything on it; what is said there is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, name, name, id=name)
        for key, name in (
            *(("u", "undo"), ("s", "save"), ("r", "reload")),
            *(("n", "next_conflict"), ("W", "what_if")),
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self.sentences: list[str] = []
        self.errors: list[str] = []

    def say(self, text: str, bad: bool = False) -> None:
        """One sentence more."""
        (self.errors if bad else self.sentences).append(text)


class _BareApp(App[None]):
    def __init__(self, screen: BareScreen) -> None:
        super().__init__()
        self._bare_screen = screen

    def get_default_screen(self) -> BareScreen:
        return self._bare_screen


def on_screen(
    steps: Callable[[BareScreen, Pilot[None]], Awaitable[None]], screen: BareScreen | None = None
) -> int | None:
    """Take the steps on a bare screen in an app; the exit status, None while it was still open."""
    bare_screen = screen or BareScreen()
    app = _BareApp(bare_screen)

    async def run() -> None:
        async with app.run_test() as pilot:
            await steps(bare_screen, pilot)

    asyncio.run(run())
    return app.return_code
