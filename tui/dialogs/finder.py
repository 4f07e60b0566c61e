"""The finder: type some letters, see what fits, Enter does it. Commands, rules, labels, offers, models, keys.

`:` before the text sets a rule as `--set` does: `:think.min_quality 80`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.domain.errors import with_nearest
from .. import formatting
from ..base_screen import Dialog
from ..entries import Entry, SettingLine, fitting_entries
from ..widgets.bars import Note
from ..widgets.inputs import PlainInput
from ..widgets.line_list import Line, LinePanel

_UNNAMED = ("line", "path", "set")  # groups that are alone in their list
SET = ":"  # before a path and its value
_NOTE_PART = 0.45  # of the width, at most, for what stands beside a title


class Matches(LinePanel, can_focus=False):
    """What fits, under heads of their groups as long as nothing is typed; keys go to the text above."""

    DOUBLE_CLICK = "screen.run"
    KEEPS_CURSOR = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.entries: list[Entry] = []
        self.grouped = True
        self.empty = ""

    def show(self, entries: list[Entry], grouped: bool) -> None:
        """Show these, the cursor on the first."""
        self.entries, self.grouped, self.cursor = entries, grouped, 0
        self.rebuild()
        self.wake()

    def lines_for(self, width: int) -> list[Line]:
        """A line an entry: title, and beside it keys or value; ungrouped ones say of which group they are."""
        if not self.entries:
            rows = textwrap.wrap(formatting.clean(self.empty), max(width - 1, 12), break_on_hyphens=False)
            return [Line(((formatting.fit(row, width - 1), "note"),)) for row in rows]
        lines, group = [], ""
        for entry in self.entries:
            if self.grouped and entry.group != group:
                lines.append(Line(((formatting.fit(entry.group, width - 1), "head"),)))
            group = entry.group
            group_name = "" if entry.group in _UNNAMED else entry.group
            note = entry.note if self.grouped else f"{entry.note}  {group_name}".strip()
            note = formatting.clean(note)
            room = min(cell_len(note) + 1, int(width * _NOTE_PART))
            title = formatting.fit(f"{'  ' if self.grouped else ''}{entry.title}", width - 1 - room)
            style = "value" if entry.run is not None else "name"
            lines.append(Line(((title, style), (formatting.fit(note, room, right=True), "note")), entry))
        return lines

    def action_move(self, by: int) -> None:
        """Over the heads of groups."""
        to = self.cursor + by
        while 0 <= to < len(self._lines) and self._lines[to].key is None:
            to += 1 if by > 0 else -1
        if 0 <= to < len(self._lines):
            self.go(to)

    def action_page(self, pages: int) -> None:
        """By a screenful, and from the head of a group to what stands under it."""
        super().action_page(pages)
        if self.key is None:
            self.action_move(1)


class Finder(Dialog[Callable[[], object] | None]):
    """Dismissed with what is to be called, or None for Escape."""

    PANELS = (Matches,)
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (12, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "Close", priority=True, id="find_close"),
        Binding("enter", "run", "Do it", priority=True, id="find_run"),
        Binding("down,ctrl+n", "walk(1)", "Down", priority=True, show=False, id="find_down"),
        Binding("up", "walk(-1)", "Up", priority=True, show=False, id="find_up"),
        Binding("pagedown", "page(1)", "Page down", priority=True, show=False, id="find_page_down"),
        Binding("pageup", "page(-1)", "Page up", priority=True, show=False, id="find_page_up"),
        Binding("tab", "complete", "Complete", priority=True, show=False, id="find_complete"),
    ]

    def __init__(
        self,
        title: str,
        entries: Sequence[Entry],
        *,
        text: str = "",
        setting: SettingLine | None = None,
        used: Collection[str] = (),
        grouped: bool = True,
    ) -> None:
        """`text` is typed already; `used` are titles taken lately; `grouped`: heads stand over groups."""
        super().__init__()
        self._title, self._entries, self._used, self._grouped = title, entries, used, grouped
        self._setting = setting
        self.input = PlainInput(text, compact=True, id="find", select_on_focus=False)
        self.matches = Matches(id="choices")
        self.note = Note()

    def compose(self) -> ComposeResult:
        """The text, what fits it, and what that is."""
        with Vertical(classes="dialog -tall"):
            title = f"{formatting.clean(self._title)} · {self.key('find_close')} closes"
            yield Static(title, markup=False, classes="question")
            yield self.input
            yield self.matches
            yield self.note

    def on_mount(self) -> None:
        """All of it, to type into."""
        self.input.focus()
        self.input.cursor_position = len(self.input.value)
        self.filter()

    @on(Input.Changed)
    def filter(self) -> None:
        """Show what fits the text now."""
        text = self.input.value
        self.matches.empty = f"Nothing matches {text!r}."
        if self._setting is not None and text.startswith(SET):
            self.matches.show(self._settings(self._setting, text[1:].strip()), grouped=False)
        else:
            entries = fitting_entries(self._entries, text, self._used)
            self.matches.show(entries, grouped=self._grouped and not text.strip())
        self._tell()

    def _settings(self, setting: SettingLine, text: str) -> list[Entry]:
        """What a path with a value would do; without one the paths that fit."""
        from ...engine.domain.errors import InputError

        path, value = setting.split(text)
        if value is None:
            paths = [Entry("path", name, now) for name, now in setting.paths.items()]
            return fitting_entries(paths, path)
        try:
            return [Entry("set", setting.check(text), run=lambda: setting.run(text))]
        except InputError as error:
            takes = "; Tab takes that" if with_nearest(text, str(error)) else ""
            self.matches.empty = f"{error}{takes}"
            return []

    def _tell(self) -> None:
        entry = self.matches.key
        about = entry.about if isinstance(entry, Entry) else ""
        runs = f"type to filter; {self.key('find_run')} does it"
        takes = f"type to filter; {self.key('find_complete')} takes the path, then type its value"
        is_path = isinstance(entry, Entry) and entry.group == "path"
        self.note.say(about or (takes if is_path else runs if entry and entry.run else "type to filter"))

    def action_walk(self, by: int) -> None:
        """To the next or the previous entry."""
        self.matches.action_move(by)
        self._tell()

    def action_page(self, by: int) -> None:
        """By a screenful."""
        self.matches.action_page(by)
        self._tell()

    def action_complete(self) -> None:
        """Take the path under the cursor, to type its value."""
        entry = self.matches.key
        if isinstance(entry, Entry) and entry.group == "path":
            self.input.value = f"{SET}{entry.title} "
            self.input.cursor_position = len(self.input.value)
        elif entry is None and (meant := with_nearest(self.input.value, self.matches.empty)):
            self.input.value = meant
            self.input.cursor_position = len(meant)
        else:
            self.action_walk(1)

    def action_run(self) -> None:
        """Do what is under the cursor."""
        entry = self.matches.key
        if not isinstance(entry, Entry):
            return
        if entry.group == "path":
            self.action_complete()
        elif entry.run is not None:
            self.dismiss(entry.run)
