"""The browser's screen without its keys: filter, table, details, and what the solver says of every offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input, Static

from ....engine.domain.marks import named
from ... import formatting
from ...base_screen import BaseScreen
from ...document.overrides import changed_figures
from ...messages import CursorMoved
from ...widgets.bars import Foot, HintBar
from ...widgets.inputs import PlainInput
from ..layout import View
from .columns import OFFER, USUAL, Column, columns_of
from .details import FactPanel
from .filter import Finder, ordered, words_of
from .rows import Row, placed, rows_of
from .table import Heads, OfferTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....engine.domain.standing import Standing
    from ...document.document import Document
    from ...solver.client import Solver
    from ..saving import Saving


NONE = ""  # no row's name: the cursor goes to the top


class FilterInput(PlainInput):
    """Words to find offers by; Enter and the arrow down go to the table.

    `found` is called with a new text at once: a message would come after a paint of the letter alone.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down,tab", "screen.to_table", "To the table", key_display="⏎"),
        Binding("escape,ctrl+c", "screen.clear_filter", "Clear", key_display="esc ^c"),
    ]

    def __init__(self, found: Callable[[str], None], **options: Any) -> None:
        super().__init__(compact=True, **options)
        self._found = found

    def watch_value(self, value: str) -> None:
        """Another text."""
        self._found(value)


class BrowserBase(BaseScreen[None]):
    """All offers for one label at a time; the workbench owns the routing and is asked for every edit."""

    PANELS = (OfferTable,)
    CSS_PATH = "browser.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-roomy")]

    def __init__(self, workbench: Saving, solver: Solver, label: str) -> None:
        super().__init__()
        assert workbench.document is not None
        self.workbench, self.solver, self.label = workbench, solver, label
        self.hidden = False
        self.only_marked = False
        self.sort, self.reverse = "month", False
        self.told = ""  # in the hint until the cursor moves
        self.known: dict[str, Standing] = {}
        self.rows: dict[str, Row] = {}
        self._finder = Finder(())
        self._orders: dict[tuple[str, bool], list[str]] = {}
        self.columns: dict[str, Column] = {}
        self.wanted = list(USUAL)
        self.title_bar = Static("", markup=False, id="browser-title")
        asked = f"{self.key('browse_find')} finds offers: words, fuzzily; a|b either; !word leaves out"
        self.filter = FilterInput(self._filtered, placeholder=asked, id="filter")
        self.heads = Heads(id="heads")
        self.table = OfferTable(self.heads, id="offers")
        self.facts = FactPanel(id="facts")
        self.foot = Foot()
        self.hint = HintBar(id="hint")

    @property
    def document(self) -> Document:
        """What is being worked on."""
        assert self.workbench.document is not None
        return self.workbench.document

    def compose(self) -> ComposeResult:
        """Title, filter, heads and table, details beside them where there is room, hint and keys."""
        self.facts.border_title = "details"
        yield self.title_bar
        yield self.filter
        with Container(id="browser-panels"):
            with Container(id="browser-table"):
                yield self.heads
                yield self.table
            yield self.facts
        yield self.hint
        yield self.foot

    def on_mount(self) -> None:
        """The catalogue at once, the label's figures as soon as the solver has them."""
        self.workbench.session.plan_listeners.append(self.plan_changed)
        if (view := self.workbench.browsed) is not None:
            self.sort, self.reverse, self.hidden, self.only_marked = view.order
            self.wanted = list(view.columns)
            self.table.marked = {key: None for key in view.marked if key in self.document.catalog.offers}
            self.only_marked = self.only_marked and bool(self.table.marked)
            with self.prevent(Input.Changed):
                self.filter.value = view.filter
        self.read_catalog()
        self.table.focus()
        self.ask()

    def on_unmount(self) -> None:
        """The workbench need not tell this screen any more, but remembers how it looked."""
        order = self.sort, self.reverse, self.hidden, self.only_marked
        self.workbench.browsed = View(self.filter.value, order, tuple(self.wanted), tuple(self.table.marked))
        if self.plan_changed in self.workbench.session.plan_listeners:
            self.workbench.session.plan_listeners.remove(self.plan_changed)

    def read_catalog(self) -> None:
        """The rows of the catalogue as it is now, with its what-if figures."""
        catalog = self.document.catalog
        self.columns = columns_of(tuple(sorted(catalog.skills)))
        self.table.columns = [self.columns[name] for name in self.wanted if name in self.columns]
        self.rows = rows_of(catalog, self.document.marks)
        self._finder = Finder(self.rows.values())
        self.place()

    # the label's figures

    def ask(self) -> None:
        """Ask the solver how every offer stands for the label."""
        self._asked()

    @work(exclusive=True, group="standings")
    async def _asked(self) -> None:
        from ....engine.domain.errors import InputError
        from ....engine.domain.standing import Standings

        routing, label = self.document.routing, self.label
        try:
            answer = await self.solver.ask("standings", routing, label=label)
        except InputError as error:
            self.hint.say(str(error), bad=True)
            return
        if answer is None:
            return
        told = Standings.model_validate(answer)
        if routing == self.document.routing and label == self.label:
            first = not self.known
            self.known = {one.offer: one for one in told.offers}
            self.place(top=first)

    def plan_changed(self) -> None:
        """There is a new plan, or none: shares and reasons may be others."""
        if self.label not in self.document.routing.labels:
            self.label = next(iter(self.document.routing.labels))
        self.place()
        self.ask()

    def place(self, top: bool = False) -> None:
        """Put what is known of the label into the rows, and show them; `top`: from the first one on."""
        label = self.document.routing.labels.get(self.label)
        plan = self.document.plan
        self.rows = {
            key: placed(row, self.known.get(key), label, plan, self.label) for key, row in self.rows.items()
        }
        self._orders.clear()
        self.show(NONE if top else None)

    # what is shown

    def show(self, keep: str | None = None) -> None:
        """Filter, sort, paint."""
        words = words_of(self.filter.value)
        column = self.columns.get(self.sort, OFFER)
        self.table.sorted_by, self.table.down = column.name, column.down != self.reverse
        found = self._finder.matching(words)
        names = [key for key in self._order(column) if key in found]
        shown = [self.rows[key] for key in (self._finder.literal_first(words, names) if words else names)]
        if self.hidden or self.only_marked:
            shown = [row for row in shown if self._wished(row)]
        self.table.show_rows(shown, keep)
        self.repaint_title(len(shown))
        self.call_after_refresh(self.show_facts)  # the rows first

    def _order(self, column: Column) -> list[str]:
        """All names in the order of a column, which is kept."""
        by = column.name, self.reverse
        if by not in self._orders:
            self._orders[by] = ordered(self.rows, column, self.reverse)
        return self._orders[by]

    def _wished(self, row: Row) -> bool:
        return not (self.hidden and row.out) and not (self.only_marked and row.key not in self.table.marked)

    def repaint_title(self, count: int) -> None:
        """How many of how many, for which label, and what is not as the catalogue says."""
        parts = [f" catalogue  {count} of {len(self.rows)} offers · label {formatting.clean(self.label)}"]
        parts.append(f"by {self._sort_name()}")
        parts += ["✗ hidden"] if self.hidden else []
        parts += [f"● {len(self.table.marked)} marked"] if self.table.marked else []
        changed = len(changed_figures(self.document.file.catalog, self.document.overrides))
        parts += [f"≠ {changed} what-if figures"] if changed else []
        self.title_bar.update(formatting.fit(" · ".join(parts), max(self.size.width, 1)), layout=False)

    def _sort_name(self) -> str:
        column = self.columns.get(self.sort)
        return "offer" if column is None else column.head

    def show_facts(self) -> None:
        """The details of the row under the cursor, where they are in sight; its reasons in the hint."""
        row = self.table.row
        if row is None:
            self.hint.say(f"no offer fits; {self.key('browse_find')} then esc clears the filter")
            self.facts.show_none()
            return
        if not self.told:
            self.hint.say((row.note or self.said(row)) + named(row.signs.all, " · "))
        if self.facts.display and self.facts.size.height:
            self.facts.show(row, self.rows, self.document.catalog, self.label)

    def tell(self, text: str, bad: bool = False) -> None:
        """Say what just happened, or why it did not; it stays until the cursor moves."""
        self.told = text
        self.hint.say(text, bad)

    say = tell

    def said(self, row: Row) -> str:
        """The row in words, for where columns are few."""
        return f"{row.key}: {row.model.developer or 'developer unknown'}, {row.offer.status}"

    def on_resize(self) -> None:
        """There may be room for the details now."""
        self.call_after_refresh(self.show)

    def _filtered(self, text: str) -> None:
        self.told = ""
        self.show(NONE if text else None)

    @on(CursorMoved)
    def _moved(self, message: CursorMoved) -> None:
        message.stop()
        self.told = ""
        self.call_later(self.show_facts)
