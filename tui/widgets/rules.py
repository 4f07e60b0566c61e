"""The rules panel: the router's limits, and every label with its workload and rules."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region

from ...engine.domain.rules import LIMITS, RulePath, find_spec, sections, set_in
from .. import formatting
from .line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from .explanation import Prices
    from .rule_columns import Columns

_INDENT, _NAME_WIDTH, _VALUE_WIDTH = 3, 18, 22
_MIN_HELP_WIDTH = 70  # cells of the panel from which rules have their help beside them


class RulesPanel(LinePanel):
    """One line per rule in force; a section's head folds it away."""

    DOUBLE_CLICK = "screen.edit"
    TELLS_CURSOR = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,i", "screen.edit", "Edit", key_display="⏎", id="edit"),
        Binding("plus,equals_sign", "screen.step(1)", "Step", key_display="+ -", id="step_up"),
        Binding("minus,underscore", "screen.step(-1)", "Step down", show=False, id="step_down"),
        Binding("greater_than_sign", "screen.step(10)", "Ten steps up", show=False, id="leap_up"),
        Binding("less_than_sign", "screen.step(-10)", "Ten steps down", show=False, id="leap_down"),
        Binding("a", "screen.add", "Add", id="add"),
        Binding("d,delete", "screen.drop", "Drop", key_display="d", id="drop"),
        Binding("left,h", "fold", "Fold the section", show=False, id="fold"),
        Binding("right,l", "unfold", "Unfold the section", show=False, id="unfold"),
        Binding("space", "turn", "Fold or unfold", show=False, id="toggle"),
        Binding("right_square_bracket", "section(1)", "Next label", show=False, id="next_label"),
        Binding("left_square_bracket", "section(-1)", "Previous label", show=False, id="previous_label"),
        Binding("n", "conflict", "Next rule in conflict", show=False, id="next_conflict"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routing: Routing | None = None
        self.conflicts: Collection[RulePath] = ()
        self.pending: RulePath | None = None
        self.prices: Callable[[RulePath], Prices | None] = lambda _section: None  # what is known of a section
        self._folded: set[RulePath] = set()

    def show_routing(self, routing: Routing, path: tuple[str, ...] | None = None) -> None:
        """Show these rules, with the cursor at `path`."""
        self.routing = routing
        if path is not None:
            self._folded.discard(path.parent if isinstance(path, RulePath) else LIMITS)
        self.rebuild(path)

    def show_conflicts(self, paths: Collection[RulePath]) -> None:
        """Mark the rules that cannot hold together."""
        if set(paths) != set(self.conflicts):
            self.conflicts = paths
            self.rebuild()

    def show_pending(self, path: RulePath | None) -> None:
        """Give a rule that is not set yet its line, to be typed into; None takes it away again."""
        if path != self.pending:
            self.pending = path
            self._folded.discard(self.section if path is None else path.parent)
            self.rebuild(path)

    @property
    def section(self) -> RulePath:
        """The section the cursor is in."""
        path: RulePath = self.key or LIMITS
        return path.parent

    def value_region(self) -> Region:
        """Where on the screen the value under the cursor stands."""
        area = self.scrollable_content_region
        indent = 1 + _INDENT + _NAME_WIDTH if self.key and self.key != self.section else _INDENT
        y = area.y + self.cursor - self.scroll_offset.y
        return Region(area.x + indent, y, max(area.width - indent, 8), 1)

    def lines_for(self, width: int) -> list[Line]:
        """Every section's head, then its rules unless it is folded."""
        if self.routing is None:
            return []
        lines = []
        for section in sections(self.routing):
            paths = set_in(self.routing, section)
            if self.pending is not None and self.pending.parent == section:
                paths.append(self.pending)
            prices = self.prices(section)
            columns = None if prices is None else _columns(width - 1)
            lines.append(self._head(section, len(paths), width - 1, columns))
            if section not in self._folded:
                lines += [self._priced(path, width - 1, prices, columns) for path in paths]
        return lines

    def _priced(self, path: RulePath, width: int, prices: Prices | None, columns: Columns | None) -> Line:
        """A rule with the table's columns where its price is known, else with its help."""
        line = self._row(path, width)
        price = None if prices is None else prices.rules.get(str(path))
        if columns is None or prices is None or price is None or path == self.pending:
            return line
        mark, name, (text, style) = line.parts[:3]
        limit = (formatting.fit(text.rstrip(), columns.limit), style)
        cells = columns.parts(price, prices.objective, prices.signs(path))
        if prices.faint:
            cells = [(cell, "note") for cell, _ in cells]
        return Line((mark, name, limit, *cells), path)

    def _head(self, section: RulePath, count: int, width: int, columns: Columns | None) -> Line:
        folded = section in self._folded
        note = f"{count} rules" if folded else ""
        bad = folded and any(path.parent == section for path in self.conflicts)
        name = "router" if section == LIMITS else section.label
        if columns is not None and not folded:
            room = _INDENT + _NAME_WIDTH - 3
            title = (formatting.fit(f"▾ {name}", room), "head")
            return Line(
                (title, ("   ", "bad"), (formatting.fit(columns.heads, width - room - 3), "note")), section
            )
        text = formatting.fit(f"{'▸' if folded else '▾'} {name}", width - len(note) - 4)
        return Line(((text, "head"), (" ✗ " if bad else "   ", "bad"), (f"{note} ", "note")), section)

    def _row(self, path: RulePath, width: int) -> Line:
        from ..document.edits import value_at

        rule = find_spec(path)
        assert self.routing is not None and rule is not None
        bad = path in self.conflicts
        text = "" if path == self.pending else formatting.figure(value_at(self.routing, path), rule.unit)
        room = width - _INDENT - _NAME_WIDTH
        helps = width >= _MIN_HELP_WIDTH and len(text) < _VALUE_WIDTH
        parts = [
            (" ✗ " if bad else "   ", "bad"),
            (formatting.fit(rule.name, _NAME_WIDTH), "bad" if bad else "name"),
            (formatting.fit(text, _VALUE_WIDTH if helps else room), "bad" if bad else "value"),
        ]
        if helps:
            parts.append((formatting.fit(rule.help, room - _VALUE_WIDTH), "note"))
        return Line(tuple(parts), path)

    def action_fold(self) -> None:
        """Fold the section; from one of its rules, first go to its head."""
        self._folded.add(self.section)
        self.rebuild(self.section)
        self.moved()

    def action_unfold(self) -> None:
        """Unfold the section."""
        if self.section in self._folded:
            self._folded.discard(self.section)
            self.rebuild()

    def action_turn(self) -> None:
        """Fold or unfold the section."""
        if self.section in self._folded:
            self.action_unfold()
        else:
            self.action_fold()

    def action_section(self, by: int) -> None:
        """Go to the next or the previous section's head."""
        shown = [] if self.routing is None else sections(self.routing)
        heads = [at for at, line in enumerate(self._lines) if line.key in shown]
        ahead = [at for at in heads if (at > self.cursor if by > 0 else at < self.cursor)]
        if ahead:
            self.go(ahead[0] if by > 0 else ahead[-1])
            self.scroll_to(y=self.cursor, animate=False)  # with what stands under it

    def disabled_reason_conflict(self) -> str:
        """Why there is no rule in conflict to go to."""
        return "" if self.conflicts else "no rules clash"

    def action_conflict(self) -> None:
        """Go to the next of the rules that cannot hold together."""
        for section in {path.parent for path in self.conflicts}:
            self._folded.discard(section)
        self.rebuild()
        marked = [at for at, line in enumerate(self._lines) if line.key in self.conflicts]
        if marked:
            self.go(next((at for at in marked if at > self.cursor), marked[0]))


def _columns(width: int) -> Columns | None:
    from .rule_columns import Columns  # with the first prices: it brings the explanations' values

    return Columns.within(width - _INDENT - _NAME_WIDTH)
