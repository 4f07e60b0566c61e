"""The list of all actions to search in: textual's own, which says at once when nothing matches."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette
from textual.content import Content
from textual.widgets.option_list import Option

from .present import clean


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
