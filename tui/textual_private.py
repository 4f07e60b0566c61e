"""The names of textual that are not public and that the app cannot do without, each in one place.

tests/tui/test_textual_private.py fails where a new textual no longer has one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.binding import BindingsMap
from textual.dom import DOMNode
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.scroll_view import ScrollView
from textual.widgets._footer import FooterKey

if TYPE_CHECKING:
    from rich.console import Console
    from textual.strip import Strip
    from textual.widgets import Footer, Input

__all__ = ["CompositorUpdate", "FooterKey"]


def color_system(console: Console) -> ColorSystem:
    """The colours that a terminal has; where it is not known, all."""
    return console._color_system or ColorSystem.TRUECOLOR


def pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """What an update paints: column, line and strip, as `render_segments` writes them."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for whole in line:
                yield x, y, whole
                x += whole.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is None or x > x2 or end <= x1:
                    continue
                yield x, y, strip if x2 > x >= x1 and end <= x2 else strip.crop(0, min(end, x2) - x)


def key_of_character(character: str) -> str:
    """The name under which the key of a character arrives: '?' is 'question_mark'."""
    return _character_to_key(character)


def parse_action(app: App[Any], action: str, node: DOMNode) -> tuple[DOMNode, str, tuple[object, ...]]:
    """Whose action it is, its name and its parameters."""
    return app._parse_action(action, node)


def is_enabled(app: App[Any], action: str, node: DOMNode) -> bool:
    """Whether `check_action` lets the action pass."""
    return bool(app._check_action_state(action, node))


def keymap(app: App[Any]) -> Mapping[str, str]:
    """Name of a binding -> its keys, where the user has remapped them."""
    return app._keymap


def bindings(node: DOMNode) -> BindingsMap:
    """A copy of a node's bindings, as they were before any remapping."""
    return node._bindings.copy()


def start_with_theme(app: App[Any], name: str) -> None:
    """Give an app that does not run yet a theme that it has.

    Set as usual, it would have all styles parsed and applied with textual's own theme first: a tenth of the
    time to the first paint.
    """
    app.set_reactive(App.theme, name)
    dark = app.current_theme.dark
    classes = {f"-theme-{name}": True, "-dark-mode": dark, "-light-mode": not dark}
    app.update_classes(classes, update=False)
    app.stylesheet.set_variables(app.get_css_variables())
    app._refresh_truecolor_filter(app.ansi_theme)


def enable_click(key: FooterKey) -> None:
    """Let a key of the footer be clicked, whether or not it looks disabled."""
    key._disabled = False


def bindings_ready(footer: Footer) -> bool:
    """Whether the footer knows its keys."""
    return footer._bindings_ready


def suggestion(path_input: Input) -> str:
    """What the suggester proposes to complete the input with."""
    return path_input._suggestion


def resize_content(view: ScrollView, size: Size) -> None:
    """Scroll over content of another size, without laying out any other widget."""
    view.set_reactive(ScrollView.virtual_size, size)
    view._scroll_update(size)
