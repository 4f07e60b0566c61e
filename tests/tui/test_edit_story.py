"""Editing rules by keyboard: step, type, add, drop, rename, undo."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stories import SMALL, Story, tell

from modelpick.tui import desk
from modelpick.tui.edits import put


def test_the_app_opens_on_a_routing_with_its_best_mix() -> None:
    async def told(story: Story) -> None:
        for word in ("default", "background", "think", "longContext", "USD/mo", "optimal", "min_quality"):
            assert word in story.screen
        for head in ("share", "quality", "latency", "context"):
            assert f" {head}" in story.screen

    tell(told)


def test_a_step_is_solved_again_with_its_change_and_undone() -> None:
    async def told(story: Story) -> None:
        before, cost = story.desk.routing, story.desk.plan
        await story.on("requests")
        await story.press("+")
        await story.until(lambda: story.desk.solved and story.desk.routing != before)
        assert "4,100 req/mo" in story.screen and "▲ +" in story.screen and "ready-made *" in story.screen
        await story.press("u")
        await story.solved()
        assert story.desk.routing == before and "ready-made *" not in story.screen
        assert cost is not None and story.desk.plan is not None
        assert abs((story.desk.plan.cost or 0) - (cost.cost or 0)) < 1e-9
        await story.press("ctrl+r")
        assert "4,100 req/mo" in story.screen

    tell(told)


def test_the_steps_of_a_key_held_down_are_one_undo_other_edits_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk, "_HELD", 60.0)  # seconds: no pause of a busy machine ends the row

    async def told(story: Story) -> None:
        def requests() -> float:
            return story.desk.routing.labels["default"].requests

        start = story.desk.routing
        await story.on("requests")
        await story.press(*["+"] * 10)  # 4,000 and ten times 100
        assert requests() == 5_000
        await story.press("-", "-")  # the other way is another row
        assert requests() == 4_800
        await story.press("enter", *"4900", "enter", "+")  # typed, then a step of its own
        assert requests() == 5_000
        for undone in (4_900, 4_800, 5_000, 4_000):
            await story.press("u")
            assert requests() == undone
        await story.press("u")
        assert story.desk.routing == start and "nothing to undo" in story.screen
        await story.press("ctrl+r")
        assert requests() == 5_000
        await story.press("+", "u")  # a step after a redo is its own
        assert requests() == 5_000
        monkeypatch.setattr(desk, "_HELD", 0.0)
        await story.press("+", "+", "u")  # and so is one after a pause
        assert requests() == 5_100

    tell(told)


def test_a_value_is_typed_in_its_place() -> None:
    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("enter", *"65", "enter")
        assert story.desk.routing.labels["default"].min_quality == 65
        await story.solved()
        assert "65 points" in story.screen and "65.0" in story.screen

    tell(told)


def test_a_bad_value_is_said_and_changes_nothing() -> None:
    async def told(story: Story) -> None:
        before = story.desk.routing
        await story.on("min_quality")
        for junk in ("junk", "101", "-1", "nan", "1e999"):
            await story.press("enter", *junk, "enter")
            assert story.desk.routing == before and story.app.bench.editor.is_open, junk
            assert "min_quality" in story.screen
            await story.press("escape")
        assert not story.app.bench.editor.is_open

    tell(told)


def test_pasted_junk_stays_on_its_line_and_is_refused() -> None:
    async def told(story: Story) -> None:
        from textual.events import Paste

        before = story.desk.routing
        await story.on("requests")
        story.app.post_message(Paste("one\ntwo\x1b[31m\n\x07"))
        await story.press("enter")
        story.app.bench.editor.post_message(Paste("[red]7\n8\x1b[2J" * 200))
        await story.press("enter")
        assert story.desk.routing == before
        await story.press("escape")
        assert "4,000 req/mo" in story.screen

    tell(told)


def test_rules_are_added_and_dropped(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("a")
        assert "Add a rule to default" in story.screen
        while "▌max_latency" not in story.screen:
            await story.press("down")
        await story.press("enter", *"45", "enter")
        assert story.desk.routing.labels["default"].max_latency == 45
        await story.press("delete")
        assert story.desk.routing.labels["default"].max_latency is None
        assert "u brings it back" in story.screen
        await story.press("u")
        assert story.desk.routing.labels["default"].max_latency == 45

    tell(told, path)


def test_labels_are_added_renamed_and_dropped_after_a_question(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("default")
        await story.press("a", "n", *"nightly", "enter")
        assert "nightly" in story.desk.routing.labels
        await story.solved()
        await story.press("g")
        await story.on("nightly")
        await story.press("enter", *"weekly", "enter")
        assert "weekly" in story.desk.routing.labels and "nightly" not in story.desk.routing.labels
        await story.press("d")
        assert "Drop the label weekly" in story.screen
        await story.press("k")
        assert "weekly" in story.desk.routing.labels
        await story.press("d", "d")
        assert "weekly" not in story.desk.routing.labels

    tell(told, path)


def test_brackets_go_from_label_to_label_and_a_space_folds_one() -> None:
    async def told(story: Story) -> None:
        keys = []
        for _ in range(4):
            await story.press("right_square_bracket")
            keys.append(story.app.bench.rules.key)
        assert keys == [("labels", name) for name in ("default", "background", "think", "longContext")]
        await story.press("left_square_bracket", "space")
        assert "▸ think" in story.screen and "13 rules" in story.screen
        await story.press("l")
        assert "▾ think" in story.screen

    tell(told)


def test_a_bound_and_a_rule_that_is_needed_are_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace("min_quality = 50.0", "min_quality = 99.5\ncached = 0.02"))

    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("+")
        assert "100 points" in story.screen
        await story.press("+")
        assert "min_quality: is at its largest: 100" in story.screen
        await story.press("g")
        await story.on("cached")
        await story.press("-")  # to 0, which is the default: the rule is gone
        assert story.desk.routing.labels["default"].cached == 0
        await story.press("g")
        await story.on("requests")
        await story.press("d")
        assert "requests: cannot be dropped" in story.screen
        await story.press("g")
        await story.on("default")
        await story.press("d", "d")
        assert "the last label cannot be dropped" in story.screen and "default" in story.desk.routing.labels

    tell(told, path)


def test_the_objective_says_in_one_sentence_what_it_lacks_and_is_stepped_once_it_is_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{SMALL}[labels.search]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n")

    async def told(story: Story) -> None:
        def hint() -> str:
            return story.app.bench.hint.said

        await story.on("objective")
        await story.press("+")
        needs = "objective: stays cost: the best quality needs"
        assert hint() == (
            f"✗ {needs} a budget (a rule of the router) and skills in label search; add that first"
        )
        await story.press("enter", *"quality", "enter")  # typed, it is no other
        assert needs in hint() and story.app.bench.editor.is_open
        await story.press("escape")
        routing = put(story.desk.routing, ("limits", "budget"), 100.0)
        story.app.bench.edit(lambda _: routing, ("limits", "budget"))
        story.app.bench.repaint_rules(("objective",))
        await story.press("+")
        assert hint() == f"✗ {needs} skills in label search; add that first"
        whole = put(story.desk.routing, ("labels", "search", "skills"), {"coding": 1.0})
        story.app.bench.edit(lambda _: whole, ("labels", "search", "skills"))
        story.app.bench.repaint_rules(("objective",))
        await story.press("+")
        assert story.desk.routing.objective == "quality"
        story.app.bench.repaint_rules(("limits", "budget"))
        await story.press("d")
        assert "budget: the objective quality needs it; set the objective to cost first" in hint()
        story.app.bench.repaint_rules(("labels", "search", "skills"))
        await story.press("d")
        assert "skills: the objective quality needs it" in hint()
        story.app.bench.repaint_rules(("objective",))
        await story.press("-")
        assert story.desk.routing.objective == "cost"

    tell(told, path)
