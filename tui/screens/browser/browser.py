"""The browser's keys: find, sort, mark and compare; pin, deny and allow for a label; try other figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from .columns_dialog import ColumnChoice
from .details import MOST, FactPanel, MadePanel, Sheet, details, side_by_side
from .editing import Editing
from .screen import NONE

if TYPE_CHECKING:
    from .rows import Row

_NOT_WHILE_TYPING = ("to_table", "clear_filter")


class Browser(Editing):
    """Every offer, for one label at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "find", "Find", key_display="/", id="browse_find"),
        Binding("greater_than_sign", "sort(1)", "Sort", key_display="<>", id="browse_sort"),
        Binding("less_than_sign", "sort(-1)", "Sort by the column before", show=False, id="browse_sort_back"),
        Binding("r", "reverse", "Reverse the order", show=False, id="browse_reverse"),
        Binding("c", "columns", "Columns", show=False, id="browse_columns"),
        Binding("right_square_bracket,tab", "label(1)", "Label", key_display="[]", id="browse_label"),
        Binding(
            "left_square_bracket,shift+tab", "label(-1)", "Label before", show=False, id="browse_label_back"
        ),
        Binding("i", "hide", "Hide what is ✗ out, or show it", show=False, id="browse_hide"),
        Binding("space", "mark", "Mark", key_display="␣", id="browse_mark"),
        Binding("m", "only_marked", "Show only the marked", show=False, id="browse_only"),
        Binding("M", "unmark", "Unmark all", show=False, id="browse_unmark"),
        Binding("v", "compare", "Compare", id="browse_compare"),
        Binding("p", "pin", "Pin", id="browse_pin"),
        Binding("d", "deny", "Deny", show=False, id="browse_deny"),
        Binding("a", "allow", "Allow", show=False, id="browse_allow"),
        Binding("w", "what_if", "What-if", id="browse_what_if"),
        Binding("o", "origin", "Where its figures come from", show=False, id="browse_origin"),
        Binding("u,ctrl+z", "travel(True)", "Undo", show=False, id="browse_undo"),
        Binding("ctrl+r,ctrl+y", "travel(False)", "Redo", show=False, id="browse_redo"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="browse_help"),
        Binding("q,escape,b,ctrl+c", "back", "Back", key_display="q", id="browse_back"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While the filter is typed the other keys are letters."""
        if self.is_mounted and self.filter.has_focus:
            return action in _NOT_WHILE_TYPING or action.startswith("app.")
        return True

    # finding

    def action_find(self) -> None:
        """Type the filter."""
        self.set_focus(self.filter)

    def action_to_table(self) -> None:
        """From the filter to what it found."""
        self.set_focus(self.table)

    def action_clear_filter(self) -> None:
        """All offers again."""
        self.filter.value = ""
        self.set_focus(self.table)

    def action_sort(self, by: int) -> None:
        """Sort by the next column that is chosen, the name first."""
        names = ["offer", *(column.name for column in self.table.columns)]
        at = names.index(self.sort) if self.sort in names else 0
        self._sort(names[(at + by) % len(names)])

    def action_sort_by(self, name: str) -> None:
        """Sort by a column; by the same one again, the other way round."""
        self._sort(name, turn=name == self.sort)

    def _sort(self, name: str, turn: bool = False) -> None:
        self.reverse = not self.reverse if turn else False
        self.sort = name
        self.show(NONE)  # from the first one on: the best is what it is sorted for

    def action_reverse(self) -> None:
        """The other way round."""
        self._sort(self.sort, turn=True)

    def action_columns(self) -> None:
        """Choose the columns and their order."""

        def chosen(names: list[str] | None) -> None:
            if names:
                self.wanted = names
                self.table.columns = [self.columns[name] for name in names]
                self.table.rebuild()
                self.show()

        self.app.push_screen(ColumnChoice(self.columns, self.wanted), chosen)

    def action_label(self, by: int) -> None:
        """The figures for another label."""
        names = list(self.document.routing.labels)
        self.label = names[(names.index(self.label) + by) % len(names)] if self.label in names else names[0]
        self.known = {}
        self.place()
        self.ask()

    def action_hide(self) -> None:
        """Hide the offers that a rule keeps out of the label, or show them with the reason."""
        self.hidden = not self.hidden
        self.show()

    # marking

    def action_mark(self) -> None:
        """Mark the offer, or take the mark away; then go on to the next."""
        key = self.table.key
        if key in self.table.marked:
            del self.table.marked[key]
        else:
            self.table.marked[key] = None
        self.show()
        self.table.action_move(1)

    def disabled_reason_mark(self) -> str:
        """As many as stand side by side."""
        marked = self.table.marked
        if self.table.key in marked or len(marked) < MOST:
            return self.disabled_reason_details()
        return (
            f"{MOST} offers are marked, as many as can be compared; {self.key('browse_unmark')} unmarks all"
        )

    def action_only_marked(self) -> None:
        """Only the marked offers, or all again."""
        self.only_marked = not self.only_marked
        self.show()

    def disabled_reason_only_marked(self) -> str:
        """There have to be some."""
        marks = f"nothing is marked; {self.key('browse_mark')} marks the offer under the cursor"
        return "" if self.table.marked else marks

    def disabled_reason_unmark(self) -> str:
        """Nothing to take away."""
        return self.disabled_reason_only_marked()

    def action_unmark(self) -> None:
        """No marks."""
        self.table.marked.clear()
        self.only_marked = False
        self.show()

    def action_compare(self) -> None:
        """The marked offers side by side."""
        rows = [self.rows[key] for key in self.table.marked if key in self.rows]
        panel = MadePanel(lambda width: side_by_side(rows, self.columns, width))
        title = f"{len(rows)} offers for label {self.label} · ★ best of the row"
        self.app.push_screen(Sheet(title, panel))

    def disabled_reason_compare(self) -> str:
        """One alone is no comparison."""
        if len(self.table.marked) > 1:
            return ""
        return f"mark two to {MOST} offers with {self.key('browse_mark')} first"

    def disabled_reason_details(self) -> str:
        """There has to be an offer under the cursor."""
        return self.disabled_reason_what_if()

    def disabled_reason_label(self, by: int) -> str:  # noqa: ARG002
        """To another label."""
        return "" if len(self.document.routing.labels) > 1 else "there is no other label"

    def action_details(self) -> None:
        """All that is known of the offer."""
        row = self.table.row
        if row is not None:
            panel = FactPanel(details(row, self.rows, self.document.catalog, self.label))
            self.app.push_screen(Sheet(row.key, panel))
            if not row.share and self.document.solved:
                self._why(row, panel)

    @work(exclusive=True, group="why")
    async def _why(self, row: Row, panel: FactPanel) -> None:
        """What it would take for the plan to have the offer, once the solver has said it."""
        from ....engine.adapters.report.explain import told
        from ....engine.domain.errors import InputError
        from ....engine.domain.explanation import WhyNot

        routing, label = self.document.routing, self.label
        try:
            answer = await self.solver.ask("why_not", routing, label=label, offer=row.key)
        except InputError as error:
            said = [str(error)]
        else:
            said = [] if answer is None else list(told(routing.objective, WhyNot.model_validate(answer)))
        if said and panel.is_attached:
            panel.facts = details(row, self.rows, self.document.catalog, label, said)
            panel.rebuild()

    def disabled_reason_origin(self) -> str:
        """There has to be an offer under the cursor."""
        return self.disabled_reason_what_if()

    def action_origin(self) -> None:
        """Source, licence and date of each of its figures."""
        from ...dialogs.sources import Origin

        label = self.document.routing.labels.get(self.label)
        if (key := self.table.key) is not None:
            self.app.push_screen(Origin(key, [key], list(label.skills) if label else [], self.document))

    def action_back(self) -> None:
        """To the rules and their answer."""
        self.dismiss()
