"""When the why panel asks, what for, and whose answers it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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

    def _start(self, request: Callable[[], Awaitable[None]]) -> None:
        self.requests.append(asyncio.ensure_future(request()))

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


def rewritten(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


async def explained(screen: PanelScreen, section: RulePath, pilot: Pilot[None]) -> str:
    """What the panel says of a section of the plan, in one line."""
    if not screen.session.document.solved:
        solve(screen.session)
        screen.controller.show_plan(screen.session.document.routing, True, {})
    screen.controller.show_section(section)
    await screen.settle(pilot)
    return " ".join(screen.panel.text.split())


def test_what_a_mix_and_unknown_figures_would_save(
    question: Path, facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Alone, north/large costs 4,000 x (10k x 2 + 500 x 8)/1M = 96 USD; 20/44 of it and 24/44 of north/small
    # (4.80) 46.25. south/large, 4,000 x (10k + 500 x 7.8) x 1.05/1M = 58.38, has no speed of its own: with
    # north/large's 0.5 s + 500/60 s it would be in time, 95 % of its answers within twice that.
    rewritten(facts, "input = 1.9", "input = 1.0")
    rewritten(question, "min_quality = 60.0", "min_quality = 60.0\nmax_models = 1\nmax_latency = 20.0")
    monkeypatch.setattr(explanations, "QUIET_SECONDS", 0.0)
    screen = PanelScreen(*session_of(question, facts))

    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        text = await explained(screen, DEFAULT, pilot)
        assert screen.panel.mix_saving(DEFAULT) == ("a mix of two saves 49.75 USD a month", ("default",))
        assert "1 only because a speed or score is unknown" in text
        assert "1 would fit if like their relatives −37.62 USD/mo" in text
        assert "100 % south/large (assumed: latency 8.83 s)" in text
        lines = screen.panel.lines_for(80)  # that offer's figures can be assumed wherever it is spoken of
        of_south = [line for line in lines if line.key == ("offer", "south/large", f"{DEFAULT}.max_latency")]
        assert len(of_south) == 3
        await explained(screen, LIMITS, pilot)
        both = ("a mix of two saves 49.75 USD a month: default 49.75", ("default",))
        assert screen.panel.mix_saving(LIMITS) == both
        screen.controller.show_stale()
        assert screen.panel.mix_saving(LIMITS) == ("", ())

    on_screen(steps, screen)


def test_what_a_unit_of_a_subscription_is_worth(
    question: Path, facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # north/large at 96 USD and north/small for background, 1,000 x (2k x 0.1 + 100 x 0.4)/1M = 0.24, are
    # covered by one unit; without it the month costs 96.24, and it pays from 20/96.24 of the traffic: 1,039
    # of 5,000 requests.
    terms = "provider = 'north'\nusd_per_month = 20.0\nallowance = { usd = 100.0 }\n"
    facts.write_text(f"{facts.read_text()}[plans.max]\n{terms}")
    rewritten(question, "min_quality = 60.0", "min_quality = 60.0\nmax_models = 1")
    rewritten(question, "[limits]", "[limits]\nplans = ['max']")
    monkeypatch.setattr(explanations, "QUIET_SECONDS", 0.0)
    screen = PanelScreen(*session_of(question, facts))

    async def steps(_: BareScreen, pilot: Pilot[None]) -> None:
        text = await explained(screen, LIMITS, pilot)
        assert "max: 1 unit one more +20.00 USD a month one less +76.24 USD a month" in text
        assert "pays from x0.208 of today's traffic, 1,0" in text
        # A mix of two cannot be cheaper than the one unit that covers all.
        assert screen.panel.mix_saving(LIMITS) == ("", ())

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
