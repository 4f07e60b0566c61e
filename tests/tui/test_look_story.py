"""What is on the screen: clashes by name, help, the palette, any size, and a solver that dies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelpick.engine.domain.rules import RulePath
from tests.tui.stories import SMALL, Story, tell


def test_when_nothing_fits_the_rules_at_fault_are_named_and_the_old_plan_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        mix = [route.offer for route in story.document.plan.labels["default"].routes]  # type: ignore[union-attr]
        await story.on("min_quality")
        await story.press("enter", *"100", "enter")
        await story.solved()
        assert "Nothing fits" in story.screen and "✗ default · min_quality ≥ 100 points" in story.screen
        assert "✗ nothing fits" in story.screen and "the last plan that met its rules" in story.screen
        assert mix[0][:20] in story.screen and "2 what clashes" in story.screen
        await story.press("tab", "n")  # from any panel to the rules at fault
        assert story.app.workbench.rules.has_focus
        assert story.app.workbench.rules.key == RulePath("labels", "default", "min_quality")
        await story.press("u")
        await story.solved()
        assert "Nothing fits" not in story.screen

    tell(told, path)


def test_a_repair_is_carried_out_with_enter_and_taken_back_with_u(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("enter", *"100", "enter")
        await story.until(lambda: "→ default · min_quality: 100 points to" in story.screen)
        await story.press("tab")
        while "Enter makes this change" not in story.screen:
            await story.press("down")
        await story.press("enter")
        await story.until(lambda: story.document.solved and "optimal" in story.screen)
        assert "Nothing fits" not in story.screen
        await story.press("u")
        assert story.document.routing.labels["default"].min_quality == 100

    tell(told, path)


def test_one_key_mends_what_clashes_and_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("enter", *"100", "enter")
        await story.until(lambda: "m makes the first change that helps" in story.screen)
        await story.press("m")
        await story.until(lambda: story.document.solved and "optimal" in story.screen)
        assert "default · min_quality: 100 points to" in story.screen and "u takes it back" in story.screen
        assert "nothing fits" not in story.screen
        await story.press("u")
        assert story.document.routing.labels["default"].min_quality == 100

    tell(told, path)


def test_help_names_every_key_and_the_palette_every_action() -> None:
    async def told(story: Story) -> None:
        await story.press("question_mark")
        await story.until(lambda: "modelpick: keys" in story.screen)
        shown = story.screen
        for _ in range(6):
            await story.press("pagedown")
            shown += story.screen
        for words in ("Undo", "Redo", "Save under another name", "Drop the rule", "Add a rule", "Signs"):
            assert words in shown + story.screen
        await story.press("escape", "ctrl+p")
        await story.press(*"undo")
        await story.until(lambda: "key: u" in story.screen)
        await story.press("escape")

    tell(told)


def test_any_size_and_changes_of_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        for size in ((60, 15), (30, 8), (10, 4), (250, 80), (1, 1)):
            await story.on("requests")
            await story.press("enter")
            await story.pilot.resize_terminal(*size)
            await story.press("escape", "a", "escape", "question_mark", "escape", "+", "u", "u")
            await story.pilot.resize_terminal(80, 24)
            await story.press("+")
            await story.solved()
            assert "1,100" in story.screen and "? Help" in story.screen
            await story.press("u")

    tell(told, path)


def test_all_of_the_answer_and_every_key_fit_80_by_24() -> None:
    async def told(story: Story) -> None:
        lines = story.screen.splitlines()
        for name in ("default", "background", "think", "longContext"):
            assert any(name in line for line in lines[2:12]), name
        for head in (" USD/mo", " qual.", " p95", " default: who answers"):  # on the borders
            assert head in lines[1], head
        assert "+ add a label" in story.screen and "fallback 1 " in story.screen
        assert any(line.strip().startswith("max_models") for line in lines)  # the last rule of all
        for key in ("Edit", "+ - Step", "a Add", "d Drop", "q Quit", "u Undo", "Redo", "s Save", "? Help"):
            assert key in lines[-1], key

    tell(told, size=(80, 24))


def test_the_total_tells_the_quality_as_soon_as_there_is_room_for_it() -> None:
    async def told(story: Story) -> None:
        await story.solved()
        quality = f"{story.plan.quality:.1f}"
        assert quality not in story.screen.splitlines()[0]
        await story.pilot.resize_terminal(120, 40)
        await story.until(
            lambda: re.search(rf"quality \S*{quality}", story.screen.splitlines()[2]) is not None
        )
        await story.pilot.resize_terminal(80, 24)
        await story.until(lambda: "✓ optimal" in story.screen.splitlines()[0])
        assert quality not in story.screen.splitlines()[0]
        # What is left out where the line is full: the time, the program's name; never money, mode or status.
        total = story.app.workbench.total
        total.file, total.dirty, total.budget, total.before = "a-long-name.toml", True, 200.0, story.plan.cost
        total.repaint()
        line = total.line().plain
        assert len(line) <= 80 and "… *" not in line and "unchanged" not in line and "modelpick" not in line
        for part in ("USD/mo", " % of 200", "90 % sure", "✓ optimal"):
            assert part in line, line

    tell(told, size=(80, 24))


def test_a_terminal_that_is_too_small_says_so_until_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.pilot.resize_terminal(39, 24)
        await story.until(lambda: "too small; needs 40 x 10" in story.screen)
        assert "requests" not in story.screen
        await story.pilot.resize_terminal(40, 10)
        await story.until(lambda: "too small" not in story.screen and "requests" in story.screen)
        await story.press("2")  # a panel beside the labels stands in their place, all of it to be read
        await story.until(lambda: "labels" not in story.screen and "2 default: who answers" in story.screen)
        await story.press("4")
        await story.until(lambda: " ruled out " in story.screen and "who answers" not in story.screen)
        await story.press("3")
        await story.until(lambda: "1 labels" in story.screen and "requests" in story.screen)
        await story.pilot.resize_terminal(40, 9)
        await story.until(lambda: "too small" in story.screen)

    tell(told, path)


def test_the_palette_does_what_the_key_does_and_leaves_out_the_steps_of_a_cursor(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("max_models")
        await story.press("ctrl+p")
        await story.until(lambda: "key: d del" in story.screen)
        assert "Page down" not in story.screen and "super+c" not in story.screen
        await story.press(*"drop")
        await story.until(lambda: "Redo" not in story.screen.rpartition("\n")[0] and "Drop" in story.screen)
        await story.press("enter")
        await story.until(lambda: story.document.routing.labels["default"].max_models is None)
        await story.press("u")
        assert story.document.routing.labels["default"].max_models == 2

    tell(told, path)


def test_a_terminal_that_is_too_small_says_so_without_a_scrollbar() -> None:
    async def told(story: Story) -> None:
        assert "too small; needs" in story.screen
        bars = (story.app.workbench.show_vertical_scrollbar, story.app.workbench.show_horizontal_scrollbar)
        assert bars == (False, False)

    tell(told, size=(24, 5))


def test_help_has_text_on_five_lines() -> None:
    async def told(story: Story) -> None:
        await story.press("question_mark")
        await story.until(lambda: "keys" in story.screen)
        lines = [line for line in story.screen.splitlines() if line.strip()]
        assert len(lines) == 4 and "keys" in lines[0] and "type to filter" in lines[-1]
        await story.press("escape")
        assert "too small" in story.screen

    tell(told, size=(20, 5))


@pytest.mark.parametrize("size", [(80, 24), (120, 30)])
def test_a_new_labels_rules_are_all_seen(size: tuple[int, int]) -> None:
    async def told(story: Story) -> None:
        await story.press("a", "n", *"webSearch", "enter")
        await story.until(lambda: "webSearch" in story.app.workbench.rules.text)
        assert story.app.workbench.rules.key == RulePath("labels", "webSearch")
        seen = story.screen[story.screen.index("webSearch") :]
        assert all(rule in seen for rule in ("requests", "input_tokens", "output_tokens"))

    tell(told, size=size)


@pytest.mark.parametrize(
    ("key", "end", "widths"),
    [
        ("", "? Help q Quit", (80, 60, 52, 40, 60)),  # the main screen is too small below 40 columns
        ("tab", "? Help q Quit", (80, 60, 52, 40, 60)),
        ("b", "? Help q Back", (80, 60, 45, 30, 60)),
        ("f", "? Help q Back", (80, 60, 45, 30, 60)),
        ("W", "? Help q Back", (80, 60, 45, 30, 60)),
    ],
)
def test_help_and_the_way_out_stay_at_the_foot_of_any_width(
    tmp_path: Path, key: str, end: str, widths: tuple[int, ...]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        if key:
            await story.press(key)
        lengths = []

        def foot() -> str:
            return story.screen.splitlines()[-1].rstrip()

        for width in widths[:4]:
            await story.pilot.resize_terminal(width, 24)
            await story.until(lambda: foot().endswith(end))
            lengths.append(len(foot()))
        assert lengths[0] > lengths[1] > lengths[3]  # others give way
        await story.pilot.resize_terminal(widths[4], 24)
        await story.until(lambda: len(foot()) == lengths[1])  # and come back
        assert foot().endswith(end)

    tell(told, path, size=(80, 24))


def test_the_palette_says_when_nothing_matches(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.press("ctrl+p")
        await story.until(lambda: "key: a" in story.screen)
        await story.press(*"zz[b]")  # no markup
        await story.until(lambda: "Nothing matches 'zz[b]'." in story.screen)
        await story.press("enter")  # it is no action
        assert "Nothing matches" in story.screen and story.app.screen is not story.app.workbench
        await story.press("ctrl+u", *"undo")
        await story.until(lambda: "key: u" in story.screen and "Nothing" not in story.screen)
        await story.press("escape")

    tell(told, path)


def test_a_fallback_far_below_the_floor_is_said_where_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    offers = '["openai/gpt-5.2", "openrouter/gpt-oss-20b@low"]'
    path.write_text(
        f"{SMALL.replace('50.0', '81.0')}allow = {offers}\n".replace("max_models = 2", "max_models = 1")
    )

    async def told(story: Story) -> None:
        plan = story.document.plan
        assert plan is not None and plan.labels["default"].fallbacks == ("openrouter/gpt-oss-20b@low",)
        await story.until(lambda: "fallback far below min_quality 81" in story.screen)
        assert "openrouter/gpt-oss-20b@low" in story.screen.partition("far below")[2]

    tell(told, path)


def test_beside_the_routers_rules_stands_its_frontier_and_few_reasons_take_few_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        workbench = story.app.workbench
        await story.press("r")
        await story.until(lambda: "the router: cost against quality" in story.screen)
        assert max(story.plan.labels["default"].routes, key=lambda route: route.cost).offer in story.screen
        await story.until(lambda: workbench.why.outer_size.height == 3)  # nothing there costs anything
        await story.press("4")
        await story.until(lambda: workbench.why.outer_size.height > 3)
        await story.press("3", "]")
        await story.until(lambda: "default: cost against quality" in story.screen)

    tell(told, path, size=(200, 60))
