"""L: a confidence of 0.9, a rule of the router like any other, said in the head and saved with the file."""

from __future__ import annotations

from pathlib import Path

from tests.tui.stories import SMALL, Story, tell


def test_a_key_asks_to_be_sure_of_quality_and_takes_it_back(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        rules, plain = story.document.routing, story.document.plan
        assert (
            plain is not None
            and plain.cost is not None
            and "sure" not in story.app.workbench.total.line().plain
        )
        await story.press("L")
        await story.until(lambda: story.document.solved and "optimal" in story.screen)
        sure = story.document.plan
        assert sure is not None and sure.cost is not None and sure.cost > plain.cost
        assert sure.counted is not None and sure.quality is not None and sure.counted < sure.quality
        assert story.document.routing.limits.confidence == 0.9 and story.document.dirty
        assert "90 % sure of quality; L ends it" in story.screen
        head = story.app.workbench.total.line().plain
        assert f"≥ {sure.counted:.1f}, 90 % sure" in head
        assert "confidence" in story.screen
        await story.on("min_quality")  # the labels show the quality, the rule what counts of it, and says why
        counts = f"{sure.labels['default'].quality:.1f} count as {sure.labels['default'].counted:.1f}"
        assert story.app.workbench.hint.said.endswith(f"; the plan's {counts} to be 90 % sure")
        await story.press("s")
        await story.until(lambda: "confidence = 0.9" in path.read_text())
        await story.press("L")
        await story.until(lambda: story.document.solved and "as it stands" in story.screen)
        assert story.document.plan is not None and story.document.plan.cost == plain.cost
        assert story.document.routing == rules
        await story.press("u")  # an edit like any other
        assert story.document.routing.limits.confidence == 0.9

    tell(told, path)


def test_a_confidence_is_stepped_like_any_limit(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{SMALL}confidence = 0.8\n")

    async def told(story: Story) -> None:
        (name,) = story.document.routing.labels
        while story.app.workbench.rules.key != ("labels", name, "confidence"):
            await story.press("j")
        await story.press("+")
        assert story.document.routing.labels[name].confidence == 0.85
        await story.until(lambda: story.document.solved and "85 % sure" in story.screen)

    tell(told, path)
