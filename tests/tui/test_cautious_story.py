"""L: the plan with skills at the low end of their intervals, marked, and never a change of the rules."""

from __future__ import annotations

from pathlib import Path

from modelpick.engine import pick
from modelpick.engine.adapters.routing_file import load_catalog
from modelpick.tui.document.file import today
from tests.tui.stories import SMALL, Story, tell


def test_a_key_counts_skills_at_their_low_ends_and_says_what_that_costs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        rules, plain = story.document.routing, story.document.plan
        assert plain is not None and plain.cost is not None and "cautious" not in story.screen
        await story.press("L")
        await story.until(lambda: story.document.solved and "optimal" in story.screen)
        careful = story.document.plan
        assert careful is not None and careful.cost is not None and careful.caution is not None
        assert careful.cost > plain.cost and careful.caution.premium is not None
        assert abs(careful.caution.premium - (careful.cost - plain.cost)) < 1e-9
        assert f"↓ cautious +{careful.caution.premium:,.2f}" in story.screen
        assert "low end of their 80 % interval; L ends it" in story.screen
        assert story.document.routing == rules and not story.document.dirty
        fresh = pick(rules, load_catalog(None), today=today())
        assert fresh.cost == plain.cost
        await story.press("s")
        await story.until(lambda: "cautious = true" in path.read_text())
        await story.press("L")
        await story.until(lambda: story.document.solved and "cautious" not in story.screen)
        assert story.document.plan is not None and story.document.plan.cost == plain.cost
        await story.press("u")  # like an edit, it is taken back
        assert story.document.cautious
        await story.press("s")
        await story.press("L")
        await story.solved()
        await story.press("s")
        await story.until(lambda: "cautious" not in path.read_text())
        assert story.document.file.routing == rules

    tell(told, path)
