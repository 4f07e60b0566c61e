"""The table itself: rows are formatted when they come into sight, once for a width and a set of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, overload

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.widgets import Static

from ... import formatting
from ...messages import CursorMoved
from ...widgets.line_list import Line, LinePanel
from .columns import Column
from .groups import FLAT, Fold, Listing
from .rows import Row

_NAME_WIDTHS = (24, 48)  # least and most cells of an offer's name
_LEAST_NOTE = 10  # cells of a reason that say anything
_NOTE_WIDTH, _WIDE = 24, 100  # least cells for the reasons at the end of a line that has more than so many
_BARRED = 125  # cells of a line from which quality and latency are drawn as well
_MAX_STRIPS = 4_000  # lines that are kept as they were painted


class Heads(Static):
    """The columns' heads; a click sorts."""

    def __init__(self, **options: Any) -> None:
        super().__init__("", markup=False, **options)
        self.places: list[tuple[int, str]] = []
        self._text = ""

    def show(self, text: str, places: list[tuple[int, str]]) -> None:
        """Show the heads; `places` are the cells where each column ends."""
        if places != self.places or text != self._text:
            self.places, self._text = places, text
            self.update(Text(text, no_wrap=True, overflow="crop"), layout=False)

    def on_click(self, event: events.Click) -> None:
        """Sort by the column that was clicked; once more turns it round."""
        name = next((name for end, name in self.places if event.x < end), None)
        if name is not None:
            self.call_later(self.run_action, f"screen.sort_by({name!r})")


class RowLines(Sequence[Line]):
    """The rows as lines, each made when it is first asked for."""

    def __init__(self, rows: Sequence[Row], table: OfferTable) -> None:
        self.rows, self._table = rows, table

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        if isinstance(at, slice):
            return [self._table.line(row) for row in self.rows[at]]
        return self._table.line(self.rows[at])


class OfferTable(LinePanel):
    """The offers; the cursor stays with its offer whatever is filtered and sorted."""

    DOUBLE_CLICK = "screen.details"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.details", "Details", key_display="⏎", id="browse_details"),
        Binding("slash", "screen.find", "Find", key_display="/", tooltip="Find offers", id="find_line"),
        Binding("left,h", "scroll_columns(-1)", "Columns to the left", show=False, id="browse_left"),
        Binding("right,l", "scroll_columns(1)", "Columns to the right", show=False, id="browse_right"),
        Binding(
            "z",
            "screen.fold",
            "Fold",
            tooltip="Unfold the model's offers, or fold them",
            id="browse_fold",
        ),
        Binding("Z", "screen.fold_all", "Fold or unfold all models", show=False, id="browse_fold_all"),
        Binding("t", "screen.group", "Group by model, or not", show=False, id="browse_group"),
    ]

    def __init__(self, heads: Heads, **options: Any) -> None:
        super().__init__(**options)
        self.heads = heads
        self.rows: Sequence[Row] = ()
        self.folds: dict[str, Fold] = {}
        self.columns: list[Column] = []
        self.marked: dict[str, None] = {}
        self.longest_name = 0  # cells of the longest offer's name that there is, listed or not
        self.sorted_by, self.down = "", False
        self._first = 0
        self._cache: dict[str, tuple[Row, bool, Fold, Line]] = {}
        self._name_width = _NAME_WIDTHS[0]
        self._visible: list[Column] = []

    def show_rows(self, listing: Listing, keep: str | None = None) -> None:
        """Show these rows in this order; the cursor goes with `keep`, or stays with its row."""
        self.folds = listing.folds
        self._take(self.key if keep is None else keep, listing.rows)

    def rebuild(self, keep: Any = None) -> None:
        """Format all lines again, for another width or other columns."""
        self._cache.clear()
        self._strips.clear()
        self._fit_columns()
        self._take(keep or self.key, self.rows)

    def _take(self, key: str | None, rows: Sequence[Row]) -> None:
        group = self.row.group if self.row is not None and self.row.key == key else None
        self.rows = rows
        self._lines = RowLines(rows, self)  # type: ignore[assignment]
        if len(self._strips) > _MAX_STRIPS:
            self._strips.clear()
        at = next((at for at, row in enumerate(rows) if row.key == key), None)
        if at is None and self.folds:  # folded away: to the line that stands for it
            at = next((at for at, row in enumerate(rows) if row.group == group), None)
        self.cursor = 0 if at is None else at
        self.resized(Size(max(self.scrollable_content_region.width, 1), len(rows)))
        self.refresh()
        self._show_cursor()
        self.repaint_heads()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    @property
    def key(self) -> Any:
        """The offer under the cursor."""
        return None if self.row is None else self.row.key

    def _fit_columns(self) -> None:
        """As many columns as there is room for, from the first one that is not scrolled away."""
        width = max(self.scrollable_content_region.width, 1) - 1
        longest = self.longest_name + (10 if self.folds else 4)
        self._first = max(0, min(self._first, len(self.columns) - 1))
        part = width // 2 if width < _WIDE else width * 2 // 5
        self._name_width = max(min(longest, part, _NAME_WIDTHS[1]), min(_NAME_WIDTHS[0], width))
        room, self._visible = width - self._name_width, []
        barred = ("quality", "latency") if width > _BARRED else ()
        for plain in self.columns[self._first :]:
            column = plain.with_bar() if plain.name in barred else plain
            if column.cells + 1 > room - (_NOTE_WIDTH if width > _WIDE and self._visible else 0):
                break
            room -= column.cells + 1
            self._visible.append(column)

    def line(self, row: Row) -> Line:
        """A row's line, from the cache while neither it nor its mark has changed."""
        marked = row.key in self.marked
        fold = self.folds.get(row.key, FLAT)
        cached = self._cache.get(row.key)
        if cached is not None and cached[0] is row and cached[1:3] == (marked, fold):
            return cached[3]
        style = "note" if row.out else "good" if row.share > 0 else "value"
        name = f"{'  ' if fold.inside else ''}{row.key}"
        lead = f"{'●' if marked else ' '}{row.state} {fold.sign if self.folds else ''}"
        cells = "".join(column.cell(row) for column in self._visible)
        room = self.scrollable_content_region.width - 1 - self._name_width - cell_len(cells)
        note = f" {formatting.fit(row.note, room - 1)}" if room > _LEAST_NOTE else ""
        name = formatting.fit_offer(name, min(cell_len(name), self._name_width - cell_len(lead + fold.count)))
        count = formatting.fit(fold.count, self._name_width - cell_len(lead + name))
        parts = (
            (lead, "bad" if row.out else style),
            (name, style),
            (count, "note"),
            (cells, style),
            (note, "note"),
        )
        line = Line(parts, row.key)
        self._cache[row.key] = (row, marked, fold, line)
        return line

    def repaint_heads(self) -> None:
        """The heads over their columns, the one that is sorted by with an arrow."""
        ends, at = [(1 + self._name_width, "offer")], 1 + self._name_width
        before = "‹" if self._first else " "
        lead = "     " if self.folds else "   "
        text = before + formatting.fit(lead + self._head("offer", "offer"), self._name_width)
        for column in self._visible:
            text += " " + formatting.fit(
                self._head(column.name, column.head), column.width, right=column.right
            )
            text += " " * (column.cells - column.width)
            at += column.cells + 1
            ends.append((at, column.name))
        hidden = len(self.columns) - self._first - len(self._visible)
        self.heads.show(text + (f" ›{hidden}" if hidden else ""), ends)

    def _head(self, name: str, head: str) -> str:
        return f"{'▼' if self.down else '▲'}{head}" if name == self.sorted_by else head

    def action_scroll_columns(self, by: int) -> None:
        """Bring other columns into sight."""
        first = max(0, min(self._first + by, len(self.columns) - 1))
        if first != self._first and (by < 0 or len(self._visible) + self._first < len(self.columns)):
            self._first = first
            self.rebuild()

    def moved(self) -> None:
        """Tell the screen which offer is under the cursor."""
        if self.key is not None:
            self.post_message(CursorMoved(("offers", self.key)))
