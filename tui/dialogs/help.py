"""Every key in one place, made from the bindings themselves, so that a remapped key shows as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Static

_ABOUT = """\
Change a rule on one side and see its best answer on the other. \
Values are typed as in the file: 60, 40_000 (or 40k), 0.9 (or 90%), \
["tools", "vision"], { coding = 0.7, reasoning = 0.3 }. An empty value drops a rule. \
A plan shown faint is of the rules before the last edit. ✗ marks what clashes. \
Quality is 0 to 100 points; a context is tokens in and out. \
What the signs before figures mean stands under the keys.
"""
_SIGNS = """
A sign before a figure says what it rests on. Without one it is a published price, a measured median, or a \
skill fitted to scores that others measured.
"""


class Help(ModalScreen[None]):
    """Closes on any of the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter,ctrl+c", "dismiss(None)", "Close", id="close"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space,ctrl+f,ctrl+d", "scroll(10)", show=False),
        Binding("pageup,ctrl+b,ctrl+u", "scroll(-10)", show=False),
        Binding("home,g", "scroll(-1000)", show=False),
        Binding("end,G", "scroll(1000)", show=False),
    ]

    def __init__(self, keys: Iterable[Binding]) -> None:
        super().__init__()
        self._keys = list(keys)

    def compose(self) -> ComposeResult:
        """What to know, then the keys."""
        from ...engine.domain.marks import LEGEND

        parts = _pairs(keys_of(self._keys).items(), "22")
        signs = _pairs(((f"{name}: {words}", sign) for sign, (name, words) in LEGEND.items()), "2")
        with Vertical(classes="dialog -tall"):
            yield Static("modelpick: keys", classes="question")
            with VerticalScroll(id="help"):
                yield Static(_ABOUT, markup=False)
                yield Static(Content.assemble(*parts))
                yield Static(_SIGNS, markup=False)
                yield Static(Content.assemble(*signs))

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#help").scroll_relative(y=by, animate=False)


def _pairs(told: Iterable[tuple[str, str]], width: str) -> list[tuple[str, str]]:
    """Words with what stands for them, a pair a line, with names of theme colours for styles."""
    return [
        part
        for words, sign in told
        for part in ((f"{sign:>{width}}", "bold $accent"), (f"  {words}\n", "$text"))
    ]


def keys_of(bindings: Iterable[Binding]) -> dict[str, str]:
    """What a key does -> all keys that do it, as they are printed on a keyboard."""
    told: dict[str, list[str]] = {}
    for binding in bindings:
        told.setdefault(binding.description, []).append(_named(binding.key))
    return {words: " ".join(dict.fromkeys(keys)) for words, keys in told.items()}


def _named(key: str) -> str:
    named = {"ctrl+": "^", "shift+": "⇧"}
    text = key
    for long, short in named.items():
        text = text.replace(long, short)
    return format_key(text) if text == key else text
