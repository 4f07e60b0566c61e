"""What if: sliders show the plan of other traffic and prices, scenarios are kept, compared and adopted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stories import SMALL, Story, tell

from modelpick.tui.what_if.screen import WhatIfScreen


async def opened(story: Story) -> WhatIfScreen:
    await story.press("W")
    screen = story.app.screen
    assert isinstance(screen, WhatIfScreen)
    await planned(story, screen)
    return screen


async def planned(story: Story, screen: WhatIfScreen) -> None:
    await story.until(lambda: screen.scenario.plan is not None and not screen.plan.stale)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    return path


def test_twice_the_traffic_costs_twice_as_much_and_can_be_adopted(small: Path) -> None:
    async def told(story: Story) -> None:
        cost = story.desk.plan.cost  # type: ignore[union-attr]
        screen = await opened(story)
        while "traffic ×2" not in story.screen:
            await story.press("l")
        await planned(story, screen)
        assert abs(screen.scenario.plan.cost - 2 * cost) < 1e-6  # type: ignore[union-attr,operator]
        assert "to today" in story.screen and "▲" in story.screen
        await story.press("enter")
        await story.solved()
        assert story.desk.routing.limits.growth == 2 and abs(story.desk.plan.cost - 2 * cost) < 1e-6  # type: ignore[union-attr,operator]
        await story.press("u")
        assert story.desk.routing.limits.growth == 1

    tell(told, small)


def test_scenarios_are_kept_compared_and_gone_back_to(small: Path) -> None:
    async def told(story: Story) -> None:
        cost = story.desk.plan.cost  # type: ignore[union-attr]
        screen = await opened(story)
        await story.press("j", "h", "h", "h", "h", "h")
        await planned(story, screen)
        assert "all prices ×0.5" in story.screen
        assert abs(screen.scenario.plan.cost - cost / 2) < 1e-6  # type: ignore[union-attr,operator]
        await story.press("enter")
        assert "only other traffic can be adopted" in story.screen
        await story.press("b", *"half", "enter")
        assert "half: all prices ×0.5" in story.screen
        await story.press("0")
        await planned(story, screen)
        await story.press("c")
        assert "side by side" in story.screen and "today" in story.screen and "half" in story.screen
        await story.press("c", "q", "W")
        screen = story.app.screen  # type: ignore[assignment]
        assert "half: all prices ×0.5" in story.screen
        while screen.sliders.place is None:
            await story.press("j")
        await story.press("enter")
        await planned(story, screen)
        assert screen.scenario.factor(("prices", "")) == 0.5
        await story.press("d")
        assert "half:" not in screen.sliders.text and "half: forgotten" in story.screen

    tell(told, small)


def test_what_matters_most_is_listed_with_its_bars(small: Path) -> None:
    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.until(lambda: screen.sliders.tornado is not None)
        assert "default.requests" in screen.sliders.text and "▇" in screen.sliders.text

    tell(told, small)
