"""Keys that come in the same instant act one after the other: each on what the key before it has opened."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.keys import _character_to_key

from modelpick.tui.dialogs.finder import Finder
from modelpick.tui.screens.browser.details import DetailSheet
from modelpick.tui.screens.browser.screen import Browser
from modelpick.tui.screens.what_if.screen import WhatIf
from tests.tui.stories import Story, tell


def at_once(story: Story, *keys: str) -> None:
    """As a fast typist or a paste without brackets sends them: all are there before the first has acted."""
    for key in keys:
        if len(key) == 1:
            story.app.post_message(events.Key(_character_to_key(key), key))
        else:
            story.app.post_message(events.Key(key, None))


async def browsing(story: Story) -> Browser:
    await story.press("b")
    await story.until(lambda: isinstance(story.app.screen, Browser) and bool(story.front.standings))
    browser = story.app.screen
    assert isinstance(browser, Browser)
    return browser


def test_what_is_typed_behind_the_slash_is_the_filter_and_behind_enter_the_lists(mine: Path) -> None:
    async def told(story: Story) -> None:
        browser = await browsing(story)
        at_once(story, *"/claude")  # c, l and d are keys of the list as well
        await story.until(lambda: browser.filter.value == "claude")
        assert not browser.view.reverse and story.app.screen is browser
        at_once(story, *"-sonnet", "enter", "space", "j", "space", "r")
        await story.until(lambda: browser.view.reverse)
        assert browser.filter.value == "claude-sonnet" and len(browser.table.marked) == 2
        at_once(story, "/", "escape", "M", "enter", "q", "q")  # its details, and back twice
        await story.until(lambda: story.app.screen is story.app.workbench)
        assert story.app.workbench.browser_view is not None
        assert (story.app.workbench.browser_view.filter, story.app.workbench.browser_view.marked) == ("", ())

    tell(told, mine)


def test_a_bracketed_paste_behind_the_slash_goes_to_the_filter(mine: Path) -> None:
    async def told(story: Story) -> None:
        browser = await browsing(story)
        at_once(story, "/")
        story.app.post_message(events.Paste("gpt-5"))
        at_once(story, "-", "m", "enter", "r")
        await story.until(lambda: browser.view.reverse)
        assert browser.filter.value == "gpt-5-m"

    tell(told, mine)


def test_a_key_behind_one_that_opens_a_dialog_is_the_dialogs(mine: Path) -> None:
    async def told(story: Story) -> None:
        rules = story.document.routing
        at_once(story, "question_mark", "d", "u", "s")  # letters there
        await story.until(lambda: isinstance(story.app.screen, Finder))
        assert story.document.routing == rules
        at_once(story, "escape", "a", "n", *"web", "enter", "escape", "B", "q", "G")
        await story.until(
            lambda: "web" in story.document.routing.labels and story.app.screen is story.app.workbench
        )
        at_once(story, "ctrl+p", *"undo")
        await story.until(lambda: "key: u" in story.screen)
        assert "web" in story.document.routing.labels  # u is a letter here
        at_once(story, "escape", "b", "enter", "q", "q", "u")
        await story.until(lambda: story.document.routing == rules)
        assert story.app.screen is story.app.workbench

    tell(told, mine)


def test_a_value_is_typed_ahead_and_the_next_key_steps_the_rule(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        at_once(story, "enter", *"2000", "enter", "+", "j", "enter", *"3000", "enter", "+")
        await story.until(lambda: story.document.routing.labels["default"].input_tokens == 4_000)
        assert story.document.routing.labels["default"].requests == 2_100

    tell(told, mine)


def test_details_are_closed_by_the_key_behind_the_one_that_opens_them(mine: Path) -> None:
    async def told(story: Story) -> None:
        browser = await browsing(story)
        at_once(story, "enter")
        await story.until(lambda: isinstance(story.app.screen, DetailSheet))
        at_once(story, "q", "w", "escape", "c", "escape", "p", "escape", "/", "x")
        await story.until(lambda: browser.filter.value == "x")
        assert story.app.screen is browser

    tell(told, mine)


def test_four_hundred_keys_are_all_taken(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        at_once(story, *["+"] * 400, "question_mark")
        await story.until(lambda: isinstance(story.app.screen, Finder))
        assert story.document.routing.labels["default"].requests == 1_000 + 400 * 100

    tell(told, mine)


def test_the_key_behind_side_by_side_goes_through_the_scenarios(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("W")
        screen = story.app.screen
        assert isinstance(screen, WhatIf)
        at_once(story, "l", "b", "enter", "l", "l", "b", *"s2", "enter")
        await story.until(lambda: len(screen.sliders.kept) == 2)
        factors = screen.scenario
        at_once(story, "c", "l")  # through the scenarios: no slider moves
        await story.until(lambda: screen.focused is screen.beside)
        await story.pilot.pause(0.2)
        assert screen.scenario == factors

    tell(told, mine)


def test_the_key_behind_the_palettes_enter_is_for_what_it_opens(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.press("ctrl+p", *"add")
        await story.until(lambda: "▌Add a rule or a label" in story.screen)
        at_once(story, "enter", "n", *"web", "enter")
        await story.until(lambda: "web" in story.document.routing.labels)
        assert story.app.screen is story.app.workbench

    tell(told, mine)
