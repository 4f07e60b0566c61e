"""Before anything is written it can be seen: money, rules and lines of a save; text and price of exports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import load_routing
from tests.tui.stories import SMALL, Story, tell


def values(text: str) -> dict[str, object]:
    """JSON below comment lines."""
    lines = [line for line in text.splitlines() if not line.startswith("//")]
    return dict(json.loads("\n".join(lines)))


def test_v_shows_money_rules_and_lines_and_then_saves(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+")
        await story.solved()
        await story.press("v")
        shown = " ".join(story.screen.split())
        assert "What a save changes" in shown and "set labels.default.requests = 1100" in shown
        assert re.search(r"total 0\.\d\d → 0\.\d\d ▲ \+0\.0\d \(\+10 %\)", shown)
        await story.press(*["j"] * 6)
        shown = " ".join(story.screen.split())
        assert "-requests = 1000" in shown and "+requests = 1_100" in shown
        assert mine.read_text() == SMALL
        await story.press("y")
        assert "requests = 1_100" in story.app.clipboard and "routes" in story.app.clipboard
        await story.press("s")
        await story.until(lambda: "routes" in mine.read_text())
        await story.press("v")
        assert "no rule has changed" in story.screen and "no line of the file changes" in story.screen
        await story.press("escape")

    tell(told, mine)
    assert load_routing(mine).labels["default"].requests == 1_100


def test_rules_without_a_plan_say_so_in_the_review_and_cannot_be_exported(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("enter", *"100", "enter")
        await story.solved()
        await story.press("v")
        assert "there is no plan for the rules now" in story.screen
        await story.press("escape", "x")
        assert "export is off: there is no plan" in story.screen

    tell(told, mine)


def test_an_export_is_shown_with_its_price_then_copied_then_compared_then_written(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mine.parent)
    old = Path("opencode.json")
    old.write_text('{"theme": "mine"}\n')

    async def told(story: Story) -> None:
        await story.press("x")
        for name in (
            "litellm",
            "claude-code-router-3",
            "opencode",
            "aider",
            "portkey",
            "openrouter",
            "continue",
        ):
            assert name in story.screen
        await story.press("y")
        assert "Enter shows a router's text first" in story.screen
        assert story.front.active_bindings["ctrl+z"].binding.action == "app.suspend_process"
        await story.press(*"jjj")
        assert "opencode keeps all of it; Enter shows" in story.screen or "opencode drops" in story.screen
        await story.press("enter")
        await story.until(lambda: "USD/mo as this router can have it" in story.screen)
        assert "Export to opencode" in story.screen
        assert "the plan:" in story.screen
        await story.press("y")
        assert values(story.app.clipboard)["model"]
        await story.press("w", "enter")
        await story.until(lambda: "Enter writes it" in story.screen)
        assert "+++ opencode.json" in story.screen  # at the top, before what the router lacks
        assert '+  "$schema": ' in story.screen
        assert old.read_text() == '{"theme": "mine"}\n'
        await story.press("enter")
        await story.until(lambda: "wrote opencode.json" in story.screen)

    tell(told, mine)
    assert values(old.read_text())["theme"] == "mine" and values(old.read_text())["model"]
    assert Path("opencode.json.bak").read_text() == '{"theme": "mine"}\n'
