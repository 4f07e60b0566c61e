"""The catalogue browser: find an offer, see why it is out, compare, pin, and try other figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from modelpick.engine.adapters.catalog.file import load_catalog, user_overlay
from modelpick.engine.adapters.routing_file import load_routing
from modelpick.engine.domain.levels import spelled_out
from modelpick.engine.domain.routing import Label
from modelpick.engine.domain.rules import RulePath
from modelpick.tui.screens.browser.offers import View, view_from
from modelpick.tui.screens.browser.screen import Browser
from tests.tui.stories import Story, tell


def browser(story: Story) -> Browser:
    return next(screen for screen in story.app.screen_stack if isinstance(screen, Browser))


def qualities(story: Story) -> list[float | None]:
    """The column as it stands, unscored offers included."""
    return [None if row.standing is None else row.standing.quality for row in browser(story).table.rows]


async def opened(story: Story, flat: bool = True) -> None:
    """The browser, with the label's figures in it; `flat`: all offers, ungrouped."""
    await story.press("b")
    await story.until(lambda: isinstance(story.app.screen, Browser))
    await known(story)
    if flat:
        await story.press("i", "t")


async def known(story: Story) -> None:
    await story.until(lambda: story.document.solved and bool(browser(story).standings))


async def find(story: Story, words: str) -> None:
    """Type a filter; the cursor is on its best match."""
    await story.press("slash", "ctrl+u", *("space" if c == " " else c for c in words), "enter")


def test_every_offer_with_what_it_costs_alone_and_back_again(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        assert (
            f"offers · label default · plan {story.plan.cost:,.2f} USD/mo · by USD/mo"
            in story.screen.splitlines()[0]
        )
        costs = [story.front.standings[row.key].cost for row in browser(story).table.rows]
        assert costs == sorted(costs) and len(costs) == len(story.document.catalog.offers)
        assert "dominated by" in story.screen and "unscored for coding" in story.screen
        await story.press("q")
        assert story.app.screen is story.app.workbench

    tell(told, mine)


def test_the_filter_is_fuzzy_knows_either_and_keeps_the_order(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await find(story, "anthop opus")
        rows = browser(story).table.rows
        assert any(row.key.startswith("anthropic/claude-opus") for row in rows)
        assert "by USD/mo" in story.screen and "best match" not in story.screen
        await find(story, "gpt")
        costs = [story.front.standings[row.key].cost for row in browser(story).table.rows if "gpt" in row.key]
        assert costs == sorted(costs) and len(costs) > 5
        counts = {}
        for words in ("claude", "gemini", "claude|gemini", "claude | gemini", "claude|"):
            await find(story, words)
            counts[words] = {row.key for row in browser(story).table.rows}
        assert counts["claude|gemini"] == counts["claude | gemini"] == counts["claude"] | counts["gemini"]
        assert counts["claude|"] == counts["claude"] < counts["claude|gemini"]
        await find(story, "anthropic !opus")
        rows = browser(story).table.rows
        assert rows and all("anthropic" in r.key + r.model.developer.casefold() for r in rows)
        assert not any("opus" in row.key for row in rows)
        await find(story, "no such [red]offer[/red]")
        assert "no such [red]offer[/red]" in story.screen and "no offer fits" in story.screen
        await story.press("slash", "escape")
        assert len(browser(story).table.rows) == len(story.document.catalog.offers)

    tell(told, mine)


def test_sorting_by_any_column_leaves_unknown_figures_last(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await story.press("greater_than_sign")
        points = qualities(story)
        scored = [value for value in points if value is not None]
        assert "▼quality" in story.screen and scored == sorted(scored, reverse=True)
        assert points == [*scored, *[None] * (len(points) - len(scored))]
        await story.press("r")
        points = qualities(story)
        assert "▲quality" in story.screen and points == [*reversed(scored), *points[len(scored) :]]

    tell(told, mine)


def test_what_is_out_says_why_and_can_be_hidden(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        out = [row for row in browser(story).table.rows if row.out]
        assert out and all(row.note for row in out)
        await story.press("i")
        assert f"✗ {len(out):,} hidden, i shows" in story.screen
        assert not any(row.out for row in browser(story).table.rows)
        await find(story, out[0].key)  # nothing that fits can be used: then that is shown, with the reason
        assert out[0] in browser(story).table.rows and "✗ all that fit are out" in story.screen
        await find(story, "")
        await story.press("i")
        assert len(browser(story).table.rows) == len(story.document.catalog.offers)
        used = story.plan.labels["default"].routes[0].offer
        await find(story, used)
        await story.press("i", "d")  # what is denied by hand stays, to be allowed again
        await story.until(lambda: browser(story).offers.rows[used].out and story.document.solved)
        assert used in [row.key for row in browser(story).table.rows]

    tell(told, mine)


def test_the_offers_of_a_model_fold_under_the_first_in_the_chosen_order(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story, flat=False)
        table = browser(story).table
        usable = [row for row in browser(story).offers.rows.values() if not row.out]
        by_model: dict[str, list[float]] = {}
        for row in usable:
            by_model.setdefault(row.group, []).append(story.front.standings[row.key].cost)
        cheapest = [story.front.standings[row.key].cost for row in table.rows]
        assert cheapest == sorted(map(min, by_model.values()))
        assert {row.group for row in table.rows} == set(by_model) and len(table.rows) == len(by_model)
        assert f"{len(usable):,} of" in story.screen and f"{len(by_model)} models" in story.screen
        first = table.rows[0]
        others = len(by_model[first.group]) - 1
        assert others > 0 and f"▸ {first.key} +{others}" in story.screen
        used = story.plan.labels["default"].routes[0].offer
        holder = next(r for r in table.rows if r.group == browser(story).offers.rows[used].group)
        assert holder.key == used or table.folds[holder.key].holds == "✓"
        await story.press("j", "k", "z")
        assert table.row == first and f"▾ {first.key} +{others}" in story.screen
        assert {row.group for row in table.rows[: others + 1]} == {first.group}
        await story.press("j", "z")  # folded from inside: the cursor goes to the line that is left
        assert table.row == first and len(table.rows) == len(by_model)
        await story.press("Z")
        assert len(table.rows) == len(usable)
        await story.press("Z", "t")
        assert len(table.rows) == len(usable) and not table.folds
        costs = [story.front.standings[row.key].cost for row in table.rows]
        assert costs == sorted(costs)
        await story.press("Z")
        assert "not grouped; t groups them by model" in story.screen

    tell(told, mine)


def test_the_view_is_there_in_the_next_session(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await story.press(">", "z")
        await find(story, "gpt")
        await story.press("t", "z", "q")

    async def next_session(story: Story) -> None:
        await opened(story, flat=False)
        view = browser(story).view
        assert (view.sort, view.filter, view.hide_out, view.grouped) == ("quality", "gpt", False, True)
        assert view.opened == {browser(story).table.rows[0].group}

    tell(told, mine)
    tell(next_session, mine)


def test_a_view_that_was_damaged_is_the_usual_one() -> None:
    usual = View()
    assert view_from({}) == view_from({"sort": 3, "filter": None, "columns": "month", "opened": [1]}) == usual
    kept = View(filter="a|b", sort="quality", reverse=True, hide_out=False, grouped=False, columns=("month",))
    assert view_from(kept.as_table()) == kept
    assert view_from(replace(kept, opened=frozenset({"m"})).as_table()).opened == {"m"}


def test_columns_are_chosen_and_moved(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await story.press("c", "space", "enter")
        heads = str(browser(story).heads.visual)
        assert "USD/mo" not in heads and "quality" in heads
        await story.press("c", "escape")
        assert "quality" in str(browser(story).heads.visual)

    tell(told, mine)


def test_details_name_scores_sources_and_all_offers_of_the_model(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await find(story, "azure/gpt-5-mini@high")
        await story.press("enter")
        text = story.front.panel.text
        model = spelled_out(story.document.catalog).models["gpt-5-mini@high"]
        assert story.front.panel.key == "pin"  # what can be done, to choose from by Enter or by its key
        assert "USD per million tokens" in text and "LiteLLM model prices" in text
        assert f"{model.scores[0].value:g}" in text and "openai" in text and "provider Azure AI" in text
        sheet = story.front.panel
        await story.until(lambda: "reduced cost" in " ".join(sheet.text.split()))
        assert "why not" in sheet.text and "would be used if" in " ".join(sheet.text.split())
        await story.press("q")
        assert isinstance(story.app.screen, Browser)
        name = browser(story).table.key
        await story.press("enter", "j", "enter")
        assert story.document.routing.labels["default"].deny == (f"{name}",)
        await story.press("enter", "d")
        assert story.document.routing.labels["default"].deny == ()

    tell(told, mine, (80, 24))


def test_marked_offers_stand_side_by_side(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await story.press("v")
        assert "mark two to 6 offers with space first" in story.screen
        await story.press(*["space"] * 7)
        assert "6 offers are marked, as many as can be compared" in story.screen
        await story.press("v")
        text = story.front.panel.text
        month = next(line for line in text.splitlines() if line.startswith("USD/mo"))
        assert month.count("★") >= 1 and "in USD/M" in text and "reasoning" in text
        await story.press("q", "M")
        assert "marked" not in story.screen.splitlines()[0]

    tell(told, mine, (80, 24))


def test_equals_asks_for_a_mix_as_good_as_the_model_under_the_cursor_and_again_no_longer(mine: Path) -> None:
    async def told(story: Story) -> None:
        def floor() -> object:
            return story.document.routing.labels["default"].min_quality

        before = floor()
        await opened(story)
        await find(story, "openai/gpt-4.1-mini")
        await story.press("equals_sign")
        assert floor() == "gpt-4.1-mini"
        assert "default must be as good as gpt-4.1-mini (" in story.screen
        await story.solved()
        await story.until(lambda: f"plan {story.plan.cost:,.2f} USD/mo" in story.screen.splitlines()[0])
        workbench = story.app.workbench
        assert workbench.rules.key == RulePath("labels", "default", "min_quality")
        assert workbench.hint.said.startswith("min_quality: as good as gpt-4.1-mini")  # of its cursor
        await story.press("equals_sign")
        assert floor() is None
        await story.press("u", "u")
        assert floor() == before

    tell(told, mine)


def test_deny_allow_and_pin_are_edits_that_undo_takes_back(mine: Path) -> None:
    async def told(story: Story) -> None:
        def label() -> Label:
            return story.document.routing.labels["default"]

        before = label()
        await opened(story)
        used = story.plan.labels["default"].routes[0].offer
        await find(story, used)
        await story.press("d")
        assert label().deny == (used,)
        await known(story)
        await story.until(lambda: "denied" in browser(story).offers.rows[used].note)
        assert used not in [route.offer for route in story.plan.labels["default"].routes]
        await story.press("a")  # allowing what is denied takes the denial back
        assert label().deny == ()
        await story.press("a")
        assert label().allow == (used,)
        await story.press("a", "p", "ctrl+u", *"250%", "enter")
        assert "should be 0 to 1" in story.screen
        await story.press("ctrl+u", *"25%", "enter")
        assert dict(label().pin) == {used: 0.25}
        await known(story)
        await story.until(lambda: browser(story).offers.rows[used].share >= 0.25 - 1e-9)
        await story.press("u", "u", "u", "u", "u")
        assert label() == before

    tell(told, mine)


def test_another_price_is_a_what_if_that_is_marked_wherever_it_is_used(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        cost = story.plan.cost
        await find(story, "azure/gpt-5.5")
        await story.press(
            "w", "enter", "ctrl+u", *"0.0001", "enter", "j", "enter", "ctrl+u", *"0.0001", "enter"
        )
        assert "catalogue: 5; USD per million" in story.screen and "≠ 0.0001" in story.screen
        await story.press("q", *["right"] * 6)
        await known(story)
        assert "≠ 2 what-if figures" in story.screen and "≠0.0001" in story.screen.replace(" ", "")
        await story.press("q")
        assert "≠ 2 what-if" in story.screen
        assert story.document.file.catalog.offers["azure/gpt-5.5"].input != 0.0001
        await story.press("u", "u")
        await story.solved()
        assert "≠" not in "".join(story.screen.splitlines()[:3]) and story.plan.cost == cost

    tell(told, mine)


def test_a_better_score_brings_an_offer_into_the_plan_and_is_kept_in_the_overlay(mine: Path) -> None:
    overlay = user_overlay()
    assert overlay is not None and not overlay.exists()
    overlay.parent.mkdir(parents=True, exist_ok=True)
    overlay.write_text('# my own notes\n[offers."openai/gpt-5-nano"]\nrpm = 123.0\n')

    async def told(story: Story) -> None:
        await opened(story)
        await find(story, "openai/gpt-5-nano")
        await story.press("w")
        while story.front.figures.key[-2:] != ("skills", "coding"):
            await story.press("j")
        await story.press("enter", "ctrl+u", *"99", "enter")
        await story.until(lambda: story.document.solved)
        offers = [route.offer for route in story.plan.labels["default"].routes]
        assert any("gpt-5-nano" in offer for offer in offers)
        await story.press("K")
        assert "they are the catalogue's now" in story.screen.replace("\n", " ")
        await story.press("q", "q")
        assert "≠" not in "".join(story.screen.splitlines()[:3])
        await story.press("s")
        await story.until(lambda: "saved to" in story.screen)

    try:
        tell(told, mine)
        text = overlay.read_text()
        assert text.startswith("# my own notes") and "rpm = 123.0" in text
        catalog = load_catalog()
        nano = catalog.models["gpt-5-nano"]
        assert 99 in {nano.skills.get("coding"), *(e.skills.get("coding") for e in nano.efforts.values())}
        assert catalog.sources["mine"].title == "Your own figures"
        assert load_routing(mine).solution is not None
    finally:
        overlay.unlink()


def test_the_label_turns_and_every_size_shows_the_table(tmp_path: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await story.press("right_square_bracket")
        await known(story)
        assert "label background" in story.screen
        for size in ((40, 10), (80, 24), (200, 60), (30, 8), (120, 40)):
            await story.pilot.resize_terminal(*size)
            await story.press("j", "right", "left", "space", "space")
        await story.pilot.resize_terminal(200, 60)
        await story.until(lambda: "details" in story.screen and "for label background, alone" in story.screen)
        await story.pilot.resize_terminal(80, 24)
        await story.until(lambda: "? Help" in story.screen.splitlines()[-1])
        for key in ("Details", "Fold", "Find", "Sort", "Label", "Mark", "Pin", "What-if", "Help", "Back"):
            assert key in story.screen.splitlines()[-1], key
        await story.press("question_mark")
        assert "Deny" in story.screen or "Find" in story.screen
        await story.press("escape", "ctrl+p")
        await story.until(lambda: "key:" in story.screen)
        await story.press("escape")

    tell(told)


def test_another_order_starts_at_the_top_and_is_there_when_opened_again(mine: Path) -> None:
    async def told(story: Story) -> None:
        await opened(story)
        await story.press("j", "j", "j")
        while browser(story).view.sort != "quality":
            await story.press(">")
        table = browser(story).table
        known_ones = [story.front.standings[row.key].quality for row in table.rows]
        best = max(quality for quality in known_ones if quality is not None)
        assert table.cursor == 0 and known_ones[0] == best
        await find(story, "gpt")
        await story.press("i", "i", "space")
        shown = [row.key for row in table.rows]
        await story.press("q", "b")
        await known(story)
        again = browser(story)
        assert again.view.sort == "quality" and again.filter.value == "gpt" and not again.view.hide_out
        assert list(again.table.marked) == [shown[0]]
        assert [row.key for row in again.table.rows] == shown

    tell(told, mine)
