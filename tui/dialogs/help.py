"""Every key in one place, made from the bindings themselves, so that a remapped key shows as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from ..base_screen import printed
from ..formatting import clean
from .prompts import Scrolled

MOVES = ("move(", "page(", "scroll(")
_ABOUT = """\
Change a rule on one side and see its best answer on the other. \
Values are typed as in the file: 60, 40_000 (or 40k), 0.9 (or 90%), \
["tools", "vision"], { coding = 0.7, reasoning = 0.3 }. An empty value drops a rule. \
A plan shown faint is of the rules before the last edit. \
✗ marks a rule that clashes, or an offer that a rule \
keeps out. Before an offer: ✓ in the plan, ⌖ pinned, ● marked, ▼ dominated (another is nowhere worse and \
somewhere better). \
In a column's head ▲ and ▼ are the order, ›5 is five more columns; ★ is the best of its row. \
Before money ▲ is more and ▼ less. \
Quality is 0 to 100 points; a context is tokens in and out. \
What the signs before figures mean stands under the keys.
"""
_SIGNS = """
A sign before a figure says what it rests on. Without one it is a published price, a measured median, or a \
skill fitted to scores that others measured.
"""


class Help(Scrolled[None]):
    """The keys of a screen, and what the signs mean; closes on any of the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter,ctrl+c", "dismiss(None)", "Close", id="close"),
    ]

    def __init__(self, keys: Iterable[Binding]) -> None:
        super().__init__()
        # What everybody knows comes last.
        self._keys = sorted(keys, key=lambda binding: binding.action.startswith(MOVES))

    def compose(self) -> ComposeResult:
        """What to know, the keys, then the signs."""
        from ...engine.domain.marks import LEGEND

        parts = _pairs(keys_of(self._keys).items(), "22")
        signs = _pairs(((f"{name}: {words}", sign) for sign, (name, words) in LEGEND.items()), "2")
        with Vertical(classes="dialog -tall"):
            yield Static(f"modelpick: keys · {self.key('close')} closes", classes="question", markup=False)
            with VerticalScroll(id="help", can_focus=False):
                yield Static(_ABOUT, markup=False)
                yield Static(Content.assemble(*parts))
                yield Static(_SIGNS, markup=False)
                yield Static(Content.assemble(*signs))


def _pairs(pairs: Iterable[tuple[str, str]], width: str) -> list[tuple[str, str]]:
    """Words with what stands for them, a pair a line, with names of theme colours for styles."""
    return [
        part
        for words, sign in pairs
        for part in ((f"{sign:>{width}}", "bold $accent"), (f"  {words}\n", "$text"))
    ]


def keys_of(bindings: Iterable[Binding]) -> dict[str, str]:
    """What a key does -> all keys that do it, as they are printed on a keyboard."""
    keys_by_words: dict[str, list[str]] = {}
    for binding in bindings:
        keys_by_words.setdefault(binding.description, []).append(printed(binding.key))
    return {words: " ".join(dict.fromkeys(keys)) for words, keys in keys_by_words.items()}


class Palette(CommandPalette):
    """Textual's own shows an empty box for half a second, then a faint word."""

    DEFAULT_CSS = """
    Palette CommandList > .option-list--option-disabled { color: $text; text-style: not bold; }
    """

    def _start_no_matches_countdown(self, search_value: str) -> None:
        if not search_value:
            return
        words = Content(f"No action matches {clean(search_value)!r}.")
        self.query_one(CommandList).add_option(Option(words, id=self._NO_MATCHES, disabled=True))
        self._list_visible = True
