"""How the screens look: the main one at three sizes in two themes, and those that the README shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from modelpick.tui.app import ModelpickApp
from modelpick.tui.document import file
from modelpick.tui.screens.frontier import screen as frontier_screen
from modelpick.tui.solver.client import SolverClient
from tests.tui.stories import Story

TODAY = date(2026, 11, 24)
ROOT = Path(__file__).parents[2]
FRAMES = Path(__file__).parent / "__snapshots__" / "test_snapshots"
PICTURES = ("workbench", "frontier", "browser")


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is old next year is not old in the pictures; a frontier is whole on a slow machine, too."""
    monkeypatch.setattr(file, "today", lambda: TODAY)
    monkeypatch.setattr(frontier_screen, "MAX_CURVE_SECONDS", 120.0)


async def settled(pilot: Pilot[None]) -> None:
    """The first plan is there; the time it took is always the same."""
    story = Story(pilot.app, pilot)  # type: ignore[arg-type]
    await story.until(lambda: not story.app.is_loading and story.document.solved)
    workbench = story.app.workbench
    await story.until(lambda: workbench.total.plan is not None)
    await story.until(lambda: workbench.why.whole(workbench.why.section))
    await story.until(lambda: not workbench.aside.waiting)
    await story.until(lambda: workbench.total.one_model is not None)
    assert workbench.total.plan is not None
    workbench.total.plan = workbench.total.plan.model_copy(update={"seconds": 0.02})
    workbench.total.repaint()
    await pilot.pause()


def app() -> ModelpickApp:
    return ModelpickApp(None, None, SolverClient(None, TODAY))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_workbench(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    async def shown(pilot: Pilot[None]) -> None:
        if theme == "light":
            pilot.app.theme = "modelpick-light"
        await settled(pilot)

    assert snap_compare(app(), terminal_size=size, run_before=shown)


async def workbench(pilot: Pilot[None]) -> None:
    """A rule is stepped twice, one after the other: the change is against the answer before."""
    await settled(pilot)
    workbench = pilot.app.workbench  # type: ignore[attr-defined]
    await pilot.press("j")
    for _ in range(2):
        await pilot.press("+")
        await settled(pilot)
    assert workbench.document.routing.labels["default"].requests == 4_200


async def frontier(pilot: Pilot[None]) -> None:
    """At the knee, with its plan."""
    await settled(pilot)
    await pilot.press("f")
    screen: Any = pilot.app.screen
    story = Story(pilot.app, pilot)  # type: ignore[arg-type]
    await story.until(lambda: screen.complete and screen.curve is not None)
    await pilot.press(*["right"] * (screen.curve.knee - screen.cursor))
    await story.until(lambda: "knee" in screen.hint.said and not screen.plan.stale)
    await pilot.pause(0.2)  # for the lines that the plan and the chart share


async def browser(pilot: Pilot[None]) -> None:
    """What a label may use of some quality, by model with the cheapest first; one unfolded, two marked."""
    await settled(pilot)
    await pilot.press("b")
    screen: Any = pilot.app.screen
    story = Story(pilot.app, pilot)  # type: ignore[arg-type]
    await story.until(lambda: bool(screen.standings))
    await pilot.press("slash", *"quality>60", "enter", "j", "z", "space", "space")


@pytest.mark.parametrize("name", PICTURES)
def test_readme(snap_compare: Any, name: str) -> None:
    stories: dict[str, tuple[Callable[[Pilot[None]], Awaitable[None]], tuple[int, int]]] = {
        "workbench": (workbench, (128, 36)),
        "frontier": (frontier, (108, 34)),
        "browser": (browser, (108, 34)),
    }
    story, size = stories[name]
    assert snap_compare(app(), terminal_size=size, run_before=story)


def test_the_readme_shows_these_frames() -> None:
    """`make picture` copies them."""
    assert "docs/workbench.svg" in (ROOT / "README.md").read_text()
    for name in PICTURES:
        assert (ROOT / f"docs/{name}.svg").read_bytes() == (FRAMES / f"test_readme[{name}].svg").read_bytes()


def test_browser_in_a_light_theme(snap_compare: Any) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        pilot.app.theme = "modelpick-light"
        await pilot.press("b")
        story = Story(pilot.app, pilot)  # type: ignore[arg-type]
        await story.until(lambda: bool(getattr(pilot.app.screen, "standings", None)))

    assert snap_compare(app(), terminal_size=(80, 24), run_before=opened)
