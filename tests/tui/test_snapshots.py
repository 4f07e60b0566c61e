"""How the main screen looks, at three sizes; the README's picture is one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from textual.pilot import Pilot

from modelpick.tui.app import ModelpickApp
from modelpick.tui.solver_client import SolverClient

TODAY = date(2026, 11, 24)


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait for something to be so; a minute is long for a machine under load."""
    for _ in range(1200):
        if holds():
            return
        await pilot.pause(0.05)
    raise AssertionError("it never came to be")


async def settled(pilot: Pilot[None]) -> None:
    """The first plan is there; the time it took is always the same."""
    bench = pilot.app.bench  # type: ignore[attr-defined]
    await until(pilot, lambda: bench.desk is not None and bench.desk.solved and bench.total.plan is not None)
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
        await pilot.press(*"jjjj", "+", "+")
        await until(
            pilot, lambda: bench.desk.solved and bench.desk.routing.labels["default"].requests == 4_200
        )
        await pilot.pause()
        await settled(pilot)

    app = ModelpickApp(None, None, SolverClient(None, TODAY))
    assert snap_compare(app, terminal_size=(128, 36), run_before=edited)
