"""How the main screen looks, at three sizes; the README's picture is one of them."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story

from modelpick.tui import session
from modelpick.tui.app import ModelpickApp
from modelpick.tui.solver_client import SolverClient

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is old next year is not old in the pictures."""
    monkeypatch.setattr(session, "today", lambda: TODAY)


async def settled(pilot: Pilot[None]) -> None:
    """The first plan is there; the time it took is always the same."""
    bench = pilot.app.bench  # type: ignore[attr-defined]
    await Story(pilot.app, pilot).until(  # type: ignore[arg-type]
        lambda: bench.desk is not None and bench.desk.solved and bench.total.plan is not None
    )
    await Story(pilot.app, pilot).until(lambda: bench.why.whole(bench.why.section))  # type: ignore[arg-type]
    bench.total.plan = bench.total.plan.model_copy(update={"seconds": 0.02})
    bench.total.repaint()
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_workbench(snap_compare: Any, size: tuple[int, int]) -> None:
    app = ModelpickApp(None, None, SolverClient(None, TODAY))
    assert snap_compare(app, terminal_size=size, run_before=settled)


def test_readme(snap_compare: Any) -> None:
    async def edited(pilot: Pilot[None]) -> None:
        bench = pilot.app.bench  # type: ignore[attr-defined]
        await settled(pilot)
        await pilot.press(*"jjjj")
        for _ in range(2):  # one after the other: the change is against the answer before
            await pilot.press("+")
            await settled(pilot)
        assert bench.desk.routing.labels["default"].requests == 4_200

    app = ModelpickApp(None, None, SolverClient(None, TODAY))
    assert snap_compare(app, terminal_size=(128, 36), run_before=edited)


def test_browser_in_a_light_theme(snap_compare: Any) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        pilot.app.theme = "modelpick-light"
        await pilot.press("b")
        story = Story(pilot.app, pilot)  # type: ignore[arg-type]
        await story.until(lambda: bool(getattr(pilot.app.screen, "known", None)))
        await pilot.press("i")

    app = ModelpickApp(None, None, SolverClient(None, TODAY))
    assert snap_compare(app, terminal_size=(80, 24), run_before=opened)
