"""The frontier: walk along it, see the plan of a point, adopt it, take it back."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from stories import SMALL, Story, tell

from modelpick.tui.frontier.screen import FrontierScreen


async def opened(story: Story) -> FrontierScreen:
    await story.press("f")
    screen = story.app.screen
    assert isinstance(screen, FrontierScreen)
    await story.until(lambda: screen.curve is not None and not screen.plan.stale)
    return screen


def test_a_dearer_point_is_adopted_with_enter_and_taken_back_with_u(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        cost, quality = story.desk.plan.cost, story.desk.plan.quality  # type: ignore[union-attr]
        screen = await opened(story)
        assert "cost against quality, points" in story.screen and "◉ here" in story.screen
        await story.press("end")
        await story.until(lambda: not screen.plan.stale)
        best = screen.curve.spots[-1]  # type: ignore[union-attr]
        assert best.gain > quality and best.cost > cost
        await story.press("l")
        assert "this is the best plan there is" in story.screen
        await story.press("enter")
        await story.solved()
        assert abs(story.desk.plan.cost - best.cost) < 0.01  # type: ignore[union-attr,operator]
        assert story.desk.routing.labels["default"].min_quality is not None
        await story.press("u")
        await story.solved()
        assert abs(story.desk.plan.cost - cost) < 1e-9  # type: ignore[union-attr,operator]

    tell(told, path)


def test_cost_against_latency_is_a_labels_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        screen = await opened(story)
        await story.press("t")
        await story.until(lambda: screen.curve is not None and screen.curve.kind == "latency")
        assert "default: cost against latency p95, s" in story.screen
        await story.press("end", "x")
        fastest = screen.curve.spots[-1]  # type: ignore[union-attr]
        await story.press("enter")
        await story.solved()
        assert story.desk.routing.labels["default"].max_latency == fastest.gain
        assert story.desk.plan.labels["default"].latency <= fastest.gain + 1e-6  # type: ignore[union-attr,operator]

    tell(told, path)


def test_what_has_no_frontier_is_said_and_q_leads_back(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("schema = 1\n[labels.a]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 1\n")

    async def told(story: Story) -> None:
        await story.press("f")
        await story.until(lambda: "a frontier needs skills" in story.screen)
        await story.press("enter", "l", "x", "q")
        assert story.app.screen is story.app.bench

    tell(told, path)
