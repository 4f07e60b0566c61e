"""When the why panel asks, what for, and whose answers it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from modelpick.engine.domain.rules import LIMITS, RulePath
from modelpick.tui.controllers import explanations
from modelpick.tui.controllers.explanations import ExplanationController
from modelpick.tui.document.editing_session import EditingSession
from modelpick.tui.widgets.explanation import WhyPanel
from tests.tui.controllers import BareScreen, DirectSolver, on_screen, session_of, solve

DEFAULT = RulePath("labels", "default")


class PanelScreen(BareScreen):
    """The why panel alone, and its controller."""

    def __init__(self, session: EditingSession, solver: DirectSolver) -> None:
        super().__init__()
        self.session, self.solver = session, solver
        self.panel = WhyPanel()
        self.requests: list[asyncio.Task[None]] = []
        self.controller = ExplanationController(self.panel, solver, self._start)

    def compose(self) -> ComposeResult:
        yield self.panel

    def _start(self, request: Awaitable[None]) -> None:
        self.requests.append(asyncio.ensure_future(request))

    async def settle(self, pilot: Pilot[None]) -> None:
        """Everything that was asked for has been answered and taken."""
        await asyncio.gather(*self.requests)
        await pilot.pause()


@pytest.fixture
def screen(question: Path, facts: Path, monkeypatch: pytest.MonkeyPatch) -> PanelScreen:
    monkeypatch.setattr(explanations, "QUIET_SECONDS", 0.0)
    return PanelScreen(*session_of(question, facts))


def test_nothing_is_asked_before_there_is_a_plan(screen: PanelScreen) -> None:
    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        screen.controller.show_section(DEFAULT)
        assert screen.panel.section == DEFAULT and screen.requests == []
        solve(screen.session)
        screen.controller.show_plan(screen.session.document.routing, True, {})
        await screen.settle(pilot)
        assert screen.solver.requests == ["reasons"]
        prices = screen.panel.prices(DEFAULT)
        # 60 points are 20/44 of north/large (84) and 24/44 of north/small (40). A point more moves 1/44 of
        # 4,000 requests from (10k x 0.1 + 500 x 0.4)/1M = 0.0012 to (10k x 2 + 500 x 8)/1M = 0.024 USD.
        assert prices is not None
        price = prices.rules["labels.default.min_quality"]
        assert price.binding and price.price == pytest.approx(4000 / 44 * (0.024 - 0.0012), rel=1e-6)
        assert screen.panel.whole(DEFAULT)

    on_screen(steps, screen)


def test_the_same_section_of_the_same_plan_is_asked_once(screen: PanelScreen) -> None:
    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        solve(screen.session)
        screen.controller.show_plan(screen.session.document.routing, True, {})
        await screen.settle(pilot)
        for section in (DEFAULT, LIMITS, DEFAULT):
            screen.controller.show_section(section)
            await screen.settle(pilot)
        assert screen.solver.requests == ["reasons", "reasons"]  # the budget's price, and default's reasons

    on_screen(steps, screen)


def test_an_edit_overtakes_what_was_about_to_be_asked(screen: PanelScreen) -> None:
    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        solve(screen.session)
        screen.controller.show_section(DEFAULT)
        screen.controller.show_plan(screen.session.document.routing, True, {})
        screen.controller.show_stale()
        await screen.settle(pilot)
        assert len(screen.requests) == 1 and screen.solver.requests == []
        assert screen.panel.stale and screen.panel.explanation is None

    on_screen(steps, screen)


def test_without_a_plan_only_what_is_out_is_asked(screen: PanelScreen) -> None:
    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        screen.session.type_text(RulePath("labels", "default", "min_quality"), "90")
        assert not solve(screen.session).found
        screen.controller.show_plan(screen.session.document.routing, False, {})
        await screen.settle(pilot)
        assert screen.solver.requests == []  # the router's limits have no price without a plan
        screen.controller.show_section(DEFAULT)
        await screen.settle(pilot)
        explanation = screen.panel.explanation
        assert explanation is not None and set(explanation.parts) == {"out"}

    on_screen(steps, screen)


def test_a_label_that_is_gone_is_not_asked_for(screen: PanelScreen) -> None:
    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        solve(screen.session)
        screen.controller.show_plan(screen.session.document.routing, True, {})
        await screen.settle(pilot)
        screen.controller.show_section(RulePath("labels", "nobody"))
        await screen.settle(pilot)
        assert len(screen.requests) == 1

    on_screen(steps, screen)
