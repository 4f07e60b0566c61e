"""Editing rules by keyboard: step, type, add, drop, rename, undo."""

from __future__ import annotations

from pathlib import Path

from modelpick.engine.domain.rules import LIMITS, OBJECTIVE, RulePath
from modelpick.tui.document.edits import put
from tests.tui.stories import SMALL, Story, tell


def test_the_app_opens_on_a_routing_with_its_best_mix() -> None:
    async def told(story: Story) -> None:
        for word in ("default", "background", "think", "longContext", "USD/mo", "optimal", "min_quality"):
            assert word in story.screen
        for head in ("share", "quality", "p95", "context"):
            assert f" {head}" in story.screen

    tell(told)


def test_a_step_is_solved_again_with_its_change_and_undone() -> None:
    async def told(story: Story) -> None:
        before, cost = story.document.routing, story.document.plan
        await story.on("requests")
        await story.press("+")
        await story.until(lambda: story.document.solved and story.document.routing != before)
        assert "4,100 req/mo" in story.screen and "▲ +" in story.screen and "ready-made *" in story.screen
        await story.press("u")
        await story.solved()
        assert story.document.routing == before and "ready-made *" not in story.screen
        assert cost is not None and story.document.plan is not None
        assert abs((story.document.plan.cost or 0) - (cost.cost or 0)) < 1e-9
        await story.press("ctrl+r")
        assert "4,100 req/mo" in story.screen

    tell(told)


def test_steps_of_one_rule_in_a_row_are_one_undo_other_edits_are_not(tmp_path: Path) -> None:
    async def told(story: Story) -> None:
        def requests() -> float:
            return story.document.routing.labels["default"].requests

        start = story.document.routing
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
        assert story.document.routing == start and "nothing to undo" in story.screen
        await story.press("ctrl+r")
        assert requests() == 5_000
        await story.press("+", "u")  # a step after a redo is its own
        assert requests() == 5_000
        story.session.save(tmp_path / "saved.toml")
        await story.press("+", "+", "u")  # what is saved is not stepped over
        assert requests() == 5_000

    tell(told)


def test_a_value_is_typed_in_its_place() -> None:
    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("enter", *"85", "enter")
        assert story.document.routing.labels["default"].min_quality == 85
        await story.solved()
        assert "85 points" in story.screen
        plan = story.document.plan
        assert plan is not None and plan.found
        counted = plan.labels["default"].counted
        assert counted is not None and counted >= 85 - 1e-6

    tell(told)


def test_a_click_elsewhere_cancels_what_is_typed(mine: Path) -> None:
    async def told(story: Story) -> None:
        editor, before = story.app.workbench.editor, story.document.routing
        await story.on("requests")
        await story.press("enter", "9")
        await story.pilot.click("#labels", offset=(5, 2))
        assert not editor.is_open and not editor.display and story.document.routing == before
        assert story.app.workbench.labels.has_focus

    tell(told, mine)


def test_a_bad_value_is_said_and_changes_nothing() -> None:
    async def told(story: Story) -> None:
        before = story.document.routing
        await story.on("min_quality")
        for junk in ("junk", "101", "-1", "nan", "1e999"):
            await story.press("enter", *junk, "enter")
            assert story.document.routing == before and story.app.workbench.editor.is_open, junk
            assert "min_quality" in story.screen
            await story.press("escape")
        assert not story.app.workbench.editor.is_open

    tell(told)


def test_pasted_junk_stays_on_its_line_and_is_refused() -> None:
    async def told(story: Story) -> None:
        from textual.events import Paste

        before = story.document.routing
        await story.on("requests")
        story.app.post_message(Paste("one\ntwo\x1b[31m\n\x07"))
        await story.press("enter")
        story.app.workbench.editor.post_message(Paste("[red]7\n8\x1b[2J" * 200))
        await story.press("enter")
        assert story.document.routing == before
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
        assert story.document.routing.labels["default"].max_latency == 45
        await story.press("delete")
        assert story.document.routing.labels["default"].max_latency is None
        assert "u brings it back" in story.screen
        await story.press("u")
        assert story.document.routing.labels["default"].max_latency == 45
        await story.press("a", *"max_lat")  # what is set already is no label to be named so
        assert "set already, Enter edits it" in story.screen
        await story.press("enter", *"50", "enter")
        assert story.document.routing.labels["default"].max_latency == 50
        assert list(story.document.routing.labels) == ["default"]

    tell(told, path)


def test_labels_are_added_renamed_and_dropped_after_a_question(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)

    async def told(story: Story) -> None:
        await story.on("default")
        await story.press("a", "n", *"nightly", "enter")
        assert "nightly" in story.document.routing.labels
        await story.solved()
        await story.on("nightly")
        await story.press("enter", *"weekly", "enter")
        assert "weekly" in story.document.routing.labels and "nightly" not in story.document.routing.labels
        await story.press("d")
        assert "Drop the label weekly" in story.screen
        await story.press("k")
        assert "weekly" in story.document.routing.labels
        await story.press("d", "d")
        assert "weekly" not in story.document.routing.labels

    tell(told, path)


def test_brackets_go_from_label_to_label_and_the_arrows_past_the_ends_of_one() -> None:
    async def told(story: Story) -> None:
        keys, rules = [], story.app.workbench.rules
        assert rules.key == RulePath("labels", "default")
        await story.press("left_square_bracket")
        assert rules.key == LIMITS
        for _ in range(4):
            await story.press("right_square_bracket")
            keys.append(story.app.workbench.rules.key)
        assert keys == [
            RulePath("labels", name) for name in ("default", "background", "think", "longContext")
        ]
        await story.press("k")  # before the head stands the last rule of the label before
        assert rules.key == RulePath("labels", "think", "max_models")
        assert story.app.workbench.labels.key == RulePath("labels", "think")
        await story.press("j")
        assert rules.key == RulePath("labels", "longContext")
        await story.press("h", "k")  # among the labels, with the rule kept where there is one
        assert story.app.workbench.labels.has_focus and rules.key == RulePath("labels", "think")
        allocation = story.app.workbench.allocation  # who answers is about the label under the cursor
        assert (
            allocation.section == RulePath("labels", "think") and allocation.title == "2 think: who answers"
        )
        await story.press("g", "k")  # the table's heads are no place for the cursor
        assert story.app.workbench.labels.key == LIMITS == allocation.section
        await story.press("G", "k", "k")
        assert story.app.workbench.labels.key == RulePath("labels", "think") == allocation.section
        await story.on("max_models")
        await story.press("1", "k", "enter")
        assert rules.has_focus and rules.key == RulePath("labels", "background", "max_models")

    tell(told)


def test_a_bound_and_a_rule_that_is_needed_are_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace("min_quality = 50.0", "min_quality = 99.5\ncached = 0.02"))

    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.press("+")
        assert "100 points" in story.screen
        await story.solved()  # else that nothing fits would be said after it
        await story.press("+")
        assert "min_quality: is at its largest: 100" in story.screen
        await story.on("cached")
        await story.press("-")  # to 0, which is the default: the rule is gone
        assert story.document.routing.labels["default"].cached == 0
        await story.solved()
        await story.on("requests")
        await story.press("d")
        assert "requests: cannot be dropped" in story.screen
        await story.on("default")
        await story.press("d", "d")
        assert (
            "the last label cannot be dropped" in story.screen and "default" in story.document.routing.labels
        )

    tell(told, path)


def test_the_objective_says_in_one_sentence_what_it_lacks_and_is_stepped_once_it_is_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{SMALL}[labels.search]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n")

    async def told(story: Story) -> None:
        def hint() -> str:
            return story.app.workbench.hint.said

        await story.on("objective")
        await story.press("+")
        needs = "objective: stays cost: the best quality needs"
        assert hint() == (
            f"✗ {needs} a budget (a rule of the router) and skills in label search; add that first"
        )
        await story.press("enter", *"quality", "enter")  # typed, it is no other
        assert needs in hint() and story.app.workbench.editor.is_open
        await story.press("escape")
        routing = put(story.document.routing, LIMITS.child("budget"), 0.5)
        story.app.workbench.edit(lambda _: routing, LIMITS.child("budget"))
        story.app.workbench.repaint_rules(OBJECTIVE)
        await story.press("+")
        assert hint() == f"✗ {needs} skills in label search; add that first"
        whole = put(story.document.routing, RulePath("labels", "search", "skills"), {"coding": 1.0})
        story.app.workbench.edit(lambda _: whole, RulePath("labels", "search", "skills"))
        story.app.workbench.repaint_rules(OBJECTIVE)
        await story.press("+")
        assert story.document.routing.objective == "quality"
        await story.until(lambda: "rules of the router · to gain: loosen budget by" in story.screen)
        story.app.workbench.repaint_rules(LIMITS.child("budget"))
        await story.press("d")
        assert "budget: the objective quality needs it; set the objective to cost first" in hint()
        story.app.workbench.repaint_rules(RulePath("labels", "search", "skills"))
        await story.press("d")
        assert "skills: the objective quality needs it" in hint()
        story.app.workbench.repaint_rules(OBJECTIVE)
        await story.press("-")
        assert story.document.routing.objective == "cost"

    tell(told, path)
