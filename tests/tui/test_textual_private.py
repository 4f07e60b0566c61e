"""Each private name of textual that the app uses is still there and still means the same."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path

import pytest
from textual.app import App
from textual.dom import DOMNode
from textual.filter import ANSIToTruecolor
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

import modelpick
from modelpick.tui import textual_private
from modelpick.tui.app import ModelpickApp, Options
from modelpick.tui.settings import Settings

TUI = Path(modelpick.__file__).parent / "tui"


def run_in(app: App[None], check: str) -> None:
    """A private name that is gone is said by its own name, not by what breaks."""

    async def run() -> None:
        async with app.run_test() as pilot:
            for _ in range(200):
                if app.screen.query(textual_private.FooterKey):
                    break
                await pilot.pause(0.05)
            CHECKS[check](app)

    asyncio.run(run())


def parses_actions(app: App[None]) -> None:
    node, name, parameters = textual_private.parse_action(app, "app.some_action(3)", app.screen)
    assert node is app and name == "some_action" and parameters == (3,)
    assert textual_private.is_enabled(app, "app.quit", app.screen)


def knows_remapped_keys(app: App[None]) -> None:
    app.set_keymap({"quit_anywhere": "f9"})
    assert textual_private.keymap(app)["quit_anywhere"] == "f9"


def copies_bindings(app: App[None]) -> None:
    bindings = textual_private.bindings(app)
    assert "ctrl+q" in bindings.key_to_bindings
    bindings.key_to_bindings.clear()
    assert "ctrl+q" in textual_private.bindings(app).key_to_bindings


def has_keys_in_the_footer(app: App[None]) -> None:
    key = app.screen.query(textual_private.FooterKey).first()
    textual_private.enable_click(key)
    assert key._disabled is False


def starts_with_a_theme(app: App[None]) -> None:
    # As if it had been set while the app runs, the light one as the dark one.
    for theme in ("modelpick", "modelpick-light"):
        new = ModelpickApp(None, None, options=Options(Settings(theme=theme)))
        app.theme = theme
        app.refresh_css(animate=False)
        assert new.theme == app.theme and new.classes == app.classes
        assert new.stylesheet._variables == app.stylesheet._variables
        colours = [
            [vars(kind)["_terminal_theme"] for kind in each._filters if isinstance(kind, ANSIToTruecolor)]
            for each in (new, app)
        ]
        assert colours[0] == colours[1]


CHECKS = {check.__name__: check for check in (
    parses_actions, knows_remapped_keys, copies_bindings, has_keys_in_the_footer, starts_with_a_theme,
)}  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_the_app_does_what_we_ask_by_a_private_name(check: str) -> None:
    run_in(ModelpickApp(None, None), check)


def test_characters_have_the_names_of_their_keys() -> None:
    assert textual_private.key_of_character("?") == "question_mark"
    assert textual_private.key_of_character("a") == "a"


def test_a_suggestion_and_a_scrolled_size_can_be_read_and_set() -> None:
    class Both(App[None]):
        def compose(self):  # type: ignore[no-untyped-def]
            yield Input("mod", suggester=SuggestFromList(["modelpick"]))
            yield ScrollView()

    async def run() -> None:
        app = Both()
        async with app.run_test() as pilot:
            path_input, view = app.query_one(Input), app.query_one(ScrollView)
            path_input.insert_text_at_cursor("e")
            await pilot.pause(0.1)
            assert textual_private.suggestion(path_input) == "modelpick"
            textual_private.resize_content(view, Size(10, 500))
            assert view.virtual_size == Size(10, 500) and view.max_scroll_y > 0

    asyncio.run(run())


def test_no_other_file_of_the_app_uses_a_private_name_of_textual() -> None:
    """Neither imports one, nor reads one of another object, nor of a textual base class of its own."""
    names = {
        name
        for kind in (App, Screen, Widget, DOMNode, MessagePump, ScrollView, Input, textual_private.FooterKey)
        for name in dir(kind)
        if name.startswith("_") and not name.startswith("__")
    }
    private = []
    for path in sorted(TUI.rglob("*.py")):
        if path.name == "textual_private.py":
            continue
        tree = ast.parse(path.read_text())
        own = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        own |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
                modules = (node.module or "").split(".")
                words = [*modules, *(alias.name for alias in node.names)]
                private += [f"{path.name}: {word}" for word in words if word.startswith("_")]
            if isinstance(node, ast.Attribute) and node.attr in names and node.attr not in own:
                private.append(f"{path.name}:{node.lineno}: {node.attr}")
    assert not private


def test_every_private_name_is_used() -> None:
    """What is here for nobody goes."""
    functions = [
        name
        for name, function in inspect.getmembers(textual_private, inspect.isfunction)
        if function.__module__ == textual_private.__name__
    ]
    text = "".join(path.read_text() for path in TUI.rglob("*.py") if path.name != "textual_private.py")
    assert not [name for name in functions if name not in text]
