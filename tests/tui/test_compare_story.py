"""What the total is compared with, where figures come from, and changes that only help together."""

from __future__ import annotations

from pathlib import Path

from modelpick.engine.domain.references import points_of
from modelpick.engine.domain.rules import LIMITS
from tests.tui.stories import SMALL, Story, tell


def test_the_key_compares_the_total_with_the_last_save_and_with_one_model_for_all(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        assert story.document.plan is not None and story.document.plan.cost is not None
        saved = story.document.plan.cost
        await story.on("requests")
        await story.press(">")
        await story.until(lambda: story.document.solved)
        await story.press("B", "B", "enter")
        assert "the total against the last save" in story.screen
        by = story.document.plan.cost - saved
        await story.until(lambda: f"▲ +{by:,.2f}" in story.screen and "vs the last save" in story.screen)
        await story.press("B", "j", "enter")
        total = story.app.workbench.total
        await story.until(lambda: total.before is not None and "one model (" in total.against)
        assert total.before is not None and total.before >= story.document.plan.cost - 1e-9
        assert "vs one model" in story.screen

    tell(told, path)


def test_a_what_if_plan_is_not_taken_for_the_saved_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        assert story.document.plan is not None and story.document.plan.cost is not None
        saved, total = story.document.plan.cost, story.app.workbench.total
        await story.press("B", "B", "enter")
        await story.press("L")  # a rule like any other: to be surer costs more
        await story.solved()
        assert story.document.plan.cost > saved + 0.01
        assert total.before == saved and "▲" in story.screen and "vs the last save" in story.screen
        await story.press("L")
        await story.on("requests")
        await story.press("+")
        await story.solved()
        assert total.before == saved
        await story.press("s")
        await story.until(lambda: not story.document.dirty)
        await story.solved()
        # 1,100 requests for 1,000: a tenth more than the first plan.
        assert (
            abs((total.before or 0.0) - 1.1 * saved) < 1e-6
            and story.document.saved_plan is story.document.plan
        )
        offer = story.document.plan.labels["default"].routes[0].offer
        price = story.document.catalog.offers[offer].input
        story.session.override({"offers": {offer: {"input": 2 * price}}}, LIMITS, "twice the price")
        await story.solved()
        assert abs((total.before or 0.0) - 1.1 * saved) < 1e-6 < story.document.plan.cost - 1.1 * saved

    tell(told, path)


def test_a_saved_files_own_routes_are_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        SMALL.replace("max_models = 2", 'routes = [{ offer = "openai/gpt-5", share = 1.0 }]\nmax_models = 2')
    )

    async def told(story: Story) -> None:
        await story.press("B", *"jjjjjj", "enter")
        total = story.app.workbench.total
        await story.until(lambda: total.before is not None and "the file's own routes" in total.against)
        assert total.before is not None and total.before > 2 * (story.document.plan.cost or 0)  # type: ignore[union-attr]
        await story.press("B", "g", "enter")
        assert total.against == ""  # the edit before, again

    tell(told, path)


def test_o_says_where_every_figure_of_a_label_comes_from() -> None:
    async def told(story: Story) -> None:
        await story.press("r", "o")
        assert "go to a label with a plan" in story.screen
        await story.press("right_square_bracket", "o")
        assert "Where the figures of default come from" in story.screen
        assert "USD per M tokens" in story.screen and "days old" in story.screen
        await story.press("escape")
        assert "Where the figures" not in story.screen

    tell(told)


def test_changes_that_only_help_together_are_made_by_one_key_and_taken_back_by_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    second = SMALL[SMALL.index("[labels") :].replace("default", "other")
    path.write_text((SMALL + second).replace("min_quality = 50.0", "min_quality = 100.0"))

    async def told(story: Story) -> None:
        start = story.document.routing
        await story.until(lambda: "these do together" in story.screen)
        await story.press("tab")
        while story.app.workbench.allocation.key != ("repair", "together"):
            await story.press("j")
        await story.press("enter")
        await story.until(lambda: story.document.solved and "optimal" in story.screen)
        labels = story.document.routing.labels.values()
        assert all((points_of(label.min_quality) or 0) < 100 for label in labels)
        await story.press("u")
        assert story.document.routing == start

    tell(told, path)
