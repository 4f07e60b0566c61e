"""Subscriptions in the app: the list of those that may be bought is edited, and what is bought is said."""

from __future__ import annotations

from pathlib import Path

from tests.tui.stories import Story, tell

FACTS = """
schema = 1
as_of = 2026-11-01
[providers.p]
[models.m]
context = 1_000_000
[offers."p/m"]
input = 1.0
output = 1.0
[plans.max]
provider = "p"
usd_per_month = 20.0
allowance = { usd = 100.0 }
"""
ROUTING = """
schema = 1
[labels.work]
requests = 1_000
input_tokens = 90_000
output_tokens = 0
"""


def test_a_subscription_is_allowed_and_bought(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_text(FACTS)
    (tmp_path / "routing.toml").write_text(ROUTING)

    async def told(story: Story) -> None:
        assert story.plan.cost == 90.0 and "max" not in story.screen
        await story.on("limits")
        await story.choose("plans")
        await story.press(*"maks", "enter")
        assert "unknown plan 'maks' (did you mean 'max'?)" in story.screen
        await story.press(*["backspace"] * 4, *"max", "enter")
        await story.solved()
        assert story.document.routing.limits.plans == ("max",)
        assert story.plan.cost == 20.0
        assert "1 x max: 20.00 USD/month" in story.screen
        await story.press("u")
        await story.solved()
        assert story.plan.cost == 90.0 and "1 x max" not in story.screen

    tell(told, tmp_path / "routing.toml", catalog=tmp_path / "facts.toml")
