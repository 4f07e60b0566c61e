"""What is on the screen: clashes by name, help, the palette, any size, and a solver that dies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stories import SMALL, Story, tell


def test_when_nothing_fits_the_rules_at_fault_are_named_and_the_old_plan_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        mix = [route.offer for route in story.desk.plan.labels["default"].routes]  # type: ignore[union-attr]
        await story.on("min_quality")
        await story.press("enter", *"100", "enter")
        await story.solved()
        assert "Nothing fits" in story.screen and "✗ default · min_quality: 100 points" in story.screen
        assert "✗ nothing fits" in story.screen and "the last plan that met its rules" in story.screen
        assert mix[0][:20] in story.screen
        await story.press("u")
        await story.solved()
        assert "Nothing fits" not in story.screen

    tell(told, path)


def test_help_names_every_key_and_the_palette_every_action() -> None:
    async def told(story: Story) -> None:
        await story.press("question_mark")
        shown = story.screen
        await story.press("end")
        for words in ("Undo", "Redo", "Save as", "Drop", "Add"):
            assert words in shown + story.screen
        await story.press("escape", "ctrl+p")
        await story.press(*"undo")
        await story.until(lambda: "key: u" in story.screen)
        await story.press("escape")

    tell(told)


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (30, 8), (10, 4), (250, 80)])
def test_any_size_and_changes_of_it(size: tuple[int, int]) -> None:
    async def told(story: Story) -> None:
        await story.press("j", "j", "j", "j", "enter")
        await story.pilot.resize_terminal(80, 24)
        await story.press("escape", "+")
        await story.solved()
        assert "4,100" in story.screen and "? Help" in story.screen
        await story.pilot.resize_terminal(*size)
        await story.press("a", "escape", "question_mark", "escape", "+", "u", "u")
        await story.solved()

    tell(told, size=size)


def test_a_solver_that_is_killed_is_started_again() -> None:
    async def told(story: Story) -> None:
        process = story.app._solver._process  # type: ignore[attr-defined]
        process.kill()
        await story.on("requests")
        await story.press("+")
        await story.solved()
        assert story.app._solver._process.pid != process.pid  # type: ignore[attr-defined]

    tell(told)
