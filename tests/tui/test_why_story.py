"""Why the plan is as it is: prices in words, what is out and why, what comes next; panels."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from modelpick.engine.adapters.routing_file import load_catalog
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.domain.rules import LIMITS, RulePath
from modelpick.engine.solver.pick import pick
from tests.tui.stories import SMALL, Story, tell, write_mixing


def filled(story: Story) -> bool:
    """Whether every reason is there: those of the section that the cursor is in."""
    why, rules = story.app.workbench.why, story.app.workbench.rules
    moved = not rules.has_focus or why.section == rules.section
    return moved and story.document.solved and not why.stale and why.whole(why.section)


async def explained(story: Story) -> None:
    """The plan of the rules on the screen is there, and its reasons."""
    await story.until(lambda: story.document.solved and filled(story))


def tight(folder: Path) -> Path:
    """One label whose min_quality binds."""
    path = folder / "mine.toml"
    path.write_text(SMALL.replace("min_quality = 50.0", "min_quality = 66.0"))
    return path


def test_the_price_of_a_rule_is_said_in_words_and_is_what_solving_again_gives(tmp_path: Path) -> None:
    path = tight(tmp_path)

    async def told(story: Story) -> None:
        await story.on("requests")
        await story.until(lambda: filled(story))
        routing, plan = story.document.routing, story.document.plan
        label = routing.labels["default"].model_copy(update={"min_quality": 67.0})
        dearer = pick(
            routing.model_copy(update={"labels": {"default": label}}), load_catalog(), today=date.today()
        )
        assert plan is not None and plan.cost is not None and dearer.cost is not None
        said = " ".join(story.app.workbench.why.text.split())
        assert "min_quality, 1 point looser" in said
        assert "rules of default · to save: loosen min_quality by 1 point: −" in story.screen
        row = next(line for line in story.app.workbench.rules.text.splitlines() if "min_quality" in line)
        assert "tight" in row and f" 67 {dearer.cost - plan.cost:+,.2f}" in " ".join(row.split())
        assert "next best " in said and "USD/mo at" in said

    tell(told, path)


def test_a_floor_that_is_a_models_has_its_row_and_money_its_cents(tmp_path: Path) -> None:
    """Seen before: the table of rules ended the app where a floor was given as a model."""
    path = tmp_path / "mine.toml"
    floor = SMALL.replace("min_quality = 50.0", 'min_quality = "gpt-5-mini - 5"')
    path.write_text(floor.replace("[labels", "[limits]\nbudget = 2000.0\n[labels").replace("1000", "9000000"))

    async def told(story: Story) -> None:
        rules, why = story.app.workbench.rules, story.app.workbench.why
        await story.until(lambda: filled(story))
        await story.press("r")
        await story.until(lambda: filled(story) and why.section == LIMITS and "tight" in rules.text)
        budget = next(row for row in rules.text.splitlines() if row.strip().startswith("budget"))
        assert f" {story.plan.cost:,.2f} " in budget  # not as a number of tokens
        await story.on("min_quality")
        await story.until(lambda: filled(story) and why.section == RulePath("labels", "default"))
        row = next(row for row in rules.text.splitlines() if "min_quality" in row)
        assert "gpt-5-mini - 5" in row and "tight" in row

    tell(told, path)


def test_what_is_out_is_counted_by_rule_and_opened_with_enter() -> None:
    async def told(story: Story) -> None:
        await story.until(lambda: filled(story))
        total = len(spelled_out(story.document.file.catalog).offers)
        assert (
            f"of {total:,} offers" in story.screen or f"of {total:,} offers" in story.app.workbench.why.text
        )
        await story.press("tab", "tab")
        assert story.app.workbench.why.has_focus
        while story.app.workbench.why.key != ("group", "labels.default.max_latency"):
            await story.press("j")
        assert "offers that break default · max_latency" in story.screen
        await story.press("enter", "j")
        assert "speed unknown" in story.screen
        await story.press("k", "enter")
        assert "speed unknown" not in story.app.workbench.why.text
        while story.app.workbench.why.key != RulePath("labels", "default", "max_models"):
            await story.press("j")
        await story.press("enter")  # a rule's price leads to the rule
        assert story.app.workbench.rules.has_focus
        assert story.app.workbench.rules.key == RulePath("labels", "default", "max_models")
        before = story.plan.cost or 0.0
        assert "a mix of two saves " in story.screen and "; M takes it" in story.screen
        saves = float(story.app.workbench.allocation.mix.split()[5])
        await story.press("M")  # and the key that is named takes it
        await story.solved()
        assert story.plan.cost == pytest.approx(before - saves, abs=0.006)
        assert "default may mix two offers; u takes it back" in story.screen
        await story.press("u")
        await story.solved()
        assert story.plan.cost == pytest.approx(before)

    tell(told)


def test_reasons_fade_with_an_edit_and_come_back_with_the_plan(tmp_path: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("min_quality")
        await story.until(lambda: filled(story))
        why, before = story.app.workbench.why, story.app.workbench.why.text
        await story.pilot.press("+")
        await story.until(lambda: why.stale or filled(story))
        assert "without min_quality" in why.text  # never blank
        await explained(story)
        assert why.text != before and "61 points" in story.app.workbench.rules.text

    tell(told, write_mixing(tmp_path))


def test_at_80_by_24_tab_shows_one_panel_after_the_other_and_z_gives_one_all_the_room() -> None:
    async def told(story: Story) -> None:
        workbench = story.app.workbench
        await story.until(lambda: filled(story))
        assert workbench.allocation.display and workbench.why.display and " next  " in story.screen
        await story.press("tab", "tab")
        assert workbench.why.has_focus
        await story.press("z")
        assert workbench.why.region.height > 18 and not workbench.rules.display
        assert not workbench.labels.display and "max_models, 1 offer looser" in story.screen
        assert "max_latency" in story.screen and " only by this)" in story.screen
        await story.press("tab")
        assert workbench.labels.has_focus and workbench.labels.region.height > 18
        await story.press("tab")
        assert workbench.rules.has_focus and workbench.rules.region.height > 18
        assert not workbench.query_one("#answers").display
        await story.press("z", "tab")
        assert workbench.allocation.has_focus and workbench.rules.display and workbench.labels.display

    tell(told, size=(80, 24))


def test_a_digit_goes_to_its_panel_also_to_one_that_another_hides() -> None:
    async def told(story: Story) -> None:
        workbench = story.app.workbench
        panels = (workbench.labels, workbench.allocation, workbench.rules, workbench.why)
        for digit, panel in zip("1234", panels, strict=True):
            await story.press(digit)
            assert panel.has_focus and panel.display and panel.title.startswith(f"{digit} ")

    tell(told, size=(80, 24))


def test_at_120_by_40_rules_plan_and_reasons_are_seen_together() -> None:
    async def told(story: Story) -> None:
        await story.until(lambda: filled(story))
        for words in ("min_quality", "vertex/", "default: who answers", "tighten one step", "ruled out"):
            assert words in story.screen, words

    tell(told)


def test_reasons_of_the_plan_before_are_faint_until_those_of_the_cautious_one_come(tmp_path: Path) -> None:
    """Seen before: under L the why panel went on telling the price of the plan with skills as they stand."""
    path = tight(tmp_path)

    async def told(story: Story) -> None:
        why = story.app.workbench.why
        await story.on("min_quality")
        await story.until(lambda: filled(story))
        plain = why.text
        assert not any(line.faint for line in why._lines)
        await story.press("L")
        await story.until(lambda: story.document.solved)
        await story.pilot.pause(0.15)  # longer than `line_list.STALE_SECONDS`
        assert filled(story) or why.text != plain or all(line.faint for line in why._lines)
        await explained(story)
        cautious = why.text
        assert cautious != plain
        await story.press("L")
        await explained(story)
        assert why.text == plain
        await story.press("L")
        await explained(story)
        assert why.text == cautious

    tell(told, path)


def test_reasons_follow_a_what_if_figure_and_its_undo(tmp_path: Path) -> None:
    path = tight(tmp_path)

    async def told(story: Story) -> None:
        why = story.app.workbench.why
        await story.on("min_quality")
        await story.until(lambda: filled(story))
        plain = why.text
        assert story.document.plan is not None
        for route in story.document.plan.labels["default"].routes:
            facts = {"offers": {route.offer: {"input": 999.0}}}
            story.session.override(facts, RulePath("labels", "default", "min_quality"), "a higher price")
        await explained(story)
        assert why.text != plain
        await story.press("u")
        await story.press("u") if story.document.overrides else None
        await explained(story)
        assert why.text == plain

    tell(told, path)


def test_where_nothing_fits_no_rule_is_said_to_be_free(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace("max_models = 2", "max_models = 2\nmax_latency = 0.001"))

    async def told(story: Story) -> None:
        why = story.app.workbench.why
        await story.until(lambda: filled(story))
        assert "costing you" not in why.text
        await story.press("4", "r")
        await story.until(lambda: "there is no plan, so no rule has a price" in why.text)

    tell(told, path)
