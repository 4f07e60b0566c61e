"""Every key of every screen: it fits 80 columns, is in palette and help, and says why when it is off."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.widgets._footer import FooterKey

from modelpick.engine.domain.rules import RulePath
from modelpick.tui import app as app_module
from modelpick.tui.app import ModelpickApp, Options
from modelpick.tui.base_screen import BaseScreen, keys_of_class
from modelpick.tui.dialogs.finder import Finder
from modelpick.tui.dialogs.help import keys_of, title_of
from modelpick.tui.document.editing_session import EditingSession
from modelpick.tui.document.opening import open_session
from modelpick.tui.keymap import every_node, named_bindings, table
from modelpick.tui.screens.browser.screen import Browser
from modelpick.tui.screens.loading import Loading
from modelpick.tui.settings import Settings
from modelpick.tui.widgets.line_list import LinePanel
from tests.tui.stories import Story, tell

SCREENS = {
    "rules": [],
    "allocation": ["tab"],
    "why": ["tab", "tab"],
    "labels": ["1"],
    "typing": ["j", "enter"],
    "frontier": ["f"],
    "what if": ["W"],
    "side by side": ["W", "l", "l", "b", "enter", "c"],
    "browser": ["b"],
    "browser, filter": ["b", "/"],
    "browser, details": ["b", "enter"],
}


async def go(story: Story, keys: list[str]) -> None:
    for key in keys:
        await ready(story)
        await story.press(key)


async def ready(story: Story) -> None:
    """The browser has read its catalogue."""
    screen = story.app.screen
    if isinstance(screen, Browser):
        await story.until(lambda: bool(screen.offers.rows))


def test_the_footer_fits_80_columns_on_every_screen(mine: Path) -> None:
    async def told(story: Story) -> None:
        for name, keys in SCREENS.items():
            await go(story, keys)
            await story.until(lambda: bool(story.app.screen.query(FooterKey)))
            await story.pilot.pause(0.05)
            shown = [key.region for key in story.app.screen.query(FooterKey)]
            assert max(region.right for region in shown) <= 80, (name, story.screen)
            ways_out = ("q Back", "q Quit", "esc")
            assert any(words in story.screen.splitlines()[-1] for words in ways_out), (name, story.screen)
            while story.app.screen is not story.app.workbench or story.app.workbench.editor.is_open:
                await story.press("escape")
            story.app.workbench.show_pane(story.app.workbench.rules)

    tell(told, mine, (80, 24))


def test_every_name_of_a_screen_is_in_its_palette_and_its_help(mine: Path) -> None:
    async def told(story: Story) -> None:
        for keys in ([], ["f"], ["W"], ["b"], ["v"]):
            await go(story, keys)
            screen = story.app.screen
            assert isinstance(screen, BaseScreen)
            titles = [entry.title for entry in story.app.command_entries(screen)]
            bound = {(binding.id, title_of(binding)) for _, binding in screen.every_key()}
            names = {name for kind in (*screen.PANELS, type(screen)) for name in keys_of_class(kind)}
            assert names <= {name for name, _ in bound}, names
            for node, binding in screen.every_key():
                assert title_of(binding) in titles or binding.id == "palette", (binding.id, node)
            assert set(keys_of(one for _, one in screen.every_key())) == {words for _, words in bound}
            while story.app.screen is not story.app.workbench:
                await story.press("escape")

    tell(told, mine)


OFF: dict[str, tuple[list[str], str]] = {
    "travel": (["u"], "nothing to undo"),
    "travel redo": (["ctrl+r"], "nothing to redo"),
    "step": (["+"], "stand on a rule to step it"),
    "step of words": ([*"jjjj", "+"], "skills: has no step"),
    "drop": (["j", "d"], "requests: cannot be dropped"),
    "drop router": (["r", "d"], "the router itself cannot be dropped"),
    "drop the last": (["d"], "the last label cannot be dropped"),
    "next_conflict": (["n"], "no rules clash"),
    "mend": (["m"], "nothing clashes"),
    "edit": (["r", "enter"], "the router has no name"),
    "pick": (["j", "space"], "this is no list of names"),
    "history": (["U"], "nothing has been edited yet"),
    "assume": (["4", "A"], "go to an offer that is ruled out"),
    "drop_label": (["r", "1", "d"], "the router itself cannot be dropped"),
    "rename_label": (["r", "1", "i"], "stand on a label for that"),
    "take_mix": (["M"], "no mix of two is known to save anything here"),
    "origin": (["r", "o"], "go to a label with a plan"),
    "follow": (["tab", "g", "enter"], ""),
    "open_reason": (["tab", "tab", "G", "enter"], ""),
    "walk": (["f", "l"], ""),
    "adopt": (["f", "enter"], ""),
    "turn": (["f", "t", "tab"], "there is no other label"),
    "forget": (["W", "d"], "stand on a kept scenario to forget it"),
    "rename": (["W", "r"], "stand on a kept scenario to rename it"),
    "keep": (["W", "b"], "move a slider first"),
    "beside": (["W", "c"], "there is only today"),
    "reset": (["W", "0"], "it is at ×1 already"),
    "take": (["W", "enter"], "move a slider of traffic first"),
    "outage": (["W", "o"], ""),
    "spent": (["p"], ""),
    "sure": (["W", "L"], ""),
    "pan": (["W", "l", "b", "enter", "c", "l", "l"], "there is no other scenario to the right"),
    # On the scenario that was kept just now.
    "slider": (["W", "G", "l"], "stand on a slider to move it"),
    "type": (["W", "G", "i"], "stand on a slider to type its factor"),
    "compare": (["b", "v"], "mark two to 6 offers with space first"),
    "only_marked": (["b", "m"], "nothing is marked"),
    "unmark": (["b", "M"], "nothing is marked"),
    "quit": (["W", "ctrl+q"], "close this first"),
    "copy": (["x", "y"], "Enter shows a router's text first"),
    "name": (["x", "w"], "Enter shows a router's text first"),
    "label": (["b", "]"], "there is no other label"),
    "give_back": (["b", "w", "d"], "this is the catalogue's figure already"),
    "suppose keep": (["b", "w", "K"], "no figure differs from the catalogue"),
    # Last, for the browser opens again with the filter it was left with.
    "what_if": (["b", "/", *"qqqqq", "enter", "w"], "no offer fits the filter"),
}
ELSEWHERE = {  # told in other stories
    "cautious", "export", "reload", "choose", "mark", "details", "deny", "allow", "pin", "as_good_as",
    "by_money", "fold", "fold_all",
}  # fmt: skip


def test_every_key_that_is_off_says_why(mine: Path) -> None:
    async def told(story: Story) -> None:
        for name, (keys, said) in OFF.items():
            if not said:
                continue
            story.app.workbench.repaint_rules(RulePath("labels", "default"))
            await go(story, keys)
            shown = " ".join(story.screen.replace("│", " ").split())
            assert f"✗ {said}" in shown or said in shown, (name, story.screen)
            while story.app.screen is not story.app.workbench:
                await story.press("escape")
            story.app.workbench.show_pane(story.app.workbench.rules)

    tell(told, mine, (200, 40))


REASON = "disabled_reason_"


def test_every_reason_is_beside_an_action_and_has_its_story() -> None:
    reasons = {
        name.removeprefix("disabled_reason_")
        for node in every_node()
        for name in vars(node)
        if name.startswith("disabled_reason_")
    }
    actions = {name[7:] for node in every_node() for name in dir(node) if name.startswith("action_")}
    assert reasons <= actions
    assert reasons <= {name.split()[0] for name in OFF} | ELSEWHERE, reasons


def test_before_the_files_are_read_every_key_says_so(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_read = Event()

    def slow(*words: Any, **options: Any) -> EditingSession:
        may_read.wait(60)
        return open_session(*words, **options)

    monkeypatch.setattr(app_module, "open_session", slow)
    app = ModelpickApp(mine, None)

    async def run() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            story = Story(app, pilot)
            try:
                loading = story.front
                assert isinstance(loading, Loading) and "starting …" in story.screen
                silent = [
                    binding.id
                    for node, binding in loading.every_key()
                    if node is loading and not loading.disabled_reason(binding.action, node)
                ]
                assert set(silent) == {"help", "quit"}
                await story.press("+")
                assert "✗ the files are still being read" in story.screen
                await story.press("question_mark")
                assert isinstance(story.front, Finder)
            finally:
                may_read.set()
            await pilot.pause(0.5)
            assert isinstance(story.front, Finder)  # the main screen waits until it has been closed
            await story.press("escape")
            await story.solved()
            assert story.front is app.workbench and app.workbench.rules.has_focus

    asyncio.run(run())


def test_what_is_off_is_dim_in_the_footer_until_it_is_on(mine: Path) -> None:
    async def told(story: Story) -> None:
        def dim(action: str) -> bool:
            (key,) = [key for key in story.app.screen.query(FooterKey) if key.action == action]
            return key.has_class("-disabled")

        await story.until(lambda: dim("travel(True)") and dim("screen.step(1)"))
        await story.on("requests")
        await story.until(lambda: not dim("screen.step(1)") and dim("screen.drop"))
        await story.press("+")
        await story.until(lambda: not dim("travel(True)") and dim("travel(False)"))

    tell(told, mine)


LISTS = [node for node in every_node() if issubclass(node, LinePanel)]


@pytest.mark.parametrize("node", LISTS, ids=lambda node: node.__name__)
def test_lists_have_the_keys_of_vim(node: type[LinePanel]) -> None:
    keys = {key for binding in named_bindings(node) for key in binding.key.split(",")}
    assert {"j", "k", "g", "G", "ctrl+d", "ctrl+u", "ctrl+f", "ctrl+b"} <= keys


_KEYS = r"(?:[a-zA-Z]|Enter|Esc|tab|space|\^[a-z]|[?+/-])"
_DOES = (
    "adds|types|drops|steps?|takes|goes|makes|moves|puts|keeps|shows|saves|closes|cancels|brings|opens|chooses"
    "|copies|hides|undoes|lists|finds|changes|exports|renames|names"
)
DEFAULTS = re.compile(rf"(?:^|[\s,;:·]){_KEYS} (?:and \S+ )?(?:{_DOES})\b")
WAYS: dict[str, list[str]] = {
    "workbench": [],
    "what_if": ["what_if"],
    "frontier": ["frontier"],
    "browse": ["browse"],
    "add": ["add"],
    "review": ["review"],
    "baseline": ["baseline"],
    "help": ["help"],
    "columns": ["browse", "browse_columns"],
    "suppose": ["browse", "browse_what_if"],
    "save_as": ["save_as"],
    "export": ["export"],
    "import": ["import"],
    "keep": ["what_if", "more", "keep"],
    "kept": ["what_if", "last"],
    "frontier help": ["frontier", "frontier_help"],
    "why": ["switch", "switch"],
    "origin": ["next_label", "origin"],
    "tour": ["tour"],
}


def test_after_a_remap_every_screen_names_the_new_keys(mine: Path) -> None:
    """Each name has a letter of its own: a default in a hint, a footer, a dialog or the tour stands out."""
    letters = {name: chr(0x100 + at) for at, name in enumerate(sorted(table()))}

    async def told(story: Story) -> None:
        for name, way in WAYS.items():
            for one in way:
                await ready(story)
                await story.press(letters[one])
            await story.pilot.pause(0.1)
            wrong = [line for line in story.screen.splitlines() if DEFAULTS.search(line.replace("│", " "))]
            wrong = [line for line in wrong if "Enter takes it" not in line and "Enter saves" not in line]
            assert not wrong, (name, wrong)
            for key in story.app.screen.query(FooterKey):
                assert key.key_display in letters.values(), (name, key.action)
            assert any(letter in story.screen for letter in letters.values()), name
            while story.app.screen is not story.app.workbench:
                story.app.pop_screen()
            await story.pilot.pause()

    tell(told, mine, (120, 40), Options(Settings(keys=letters)))
