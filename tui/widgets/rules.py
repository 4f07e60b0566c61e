"""The rules panel: the router's limits, and every label with its workload and rules."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.geometry import Region

from ...engine.domain.rules import LIMITS, RulePath, sections, set_in, spec_of
from .. import formatting
from .line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from .explanation import Prices
    from .rule_columns import Columns

_INDENT, _NAME_WIDTH, _VALUE_WIDTH = 3, 18, 22
_MIN_HELP_WIDTH = 70  # cells of the panel from which rules have their help beside them


class RulesPanel(LinePanel):
    """The rules of one section, a line each; past its last one the next section follows."""

    GROUP = "Rules"
    DOUBLE_CLICK = "screen.edit"
    TELLS_CURSOR = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,i", "screen.edit", "Edit", key_display="⏎", tooltip="Edit the value", id="edit"),
        Binding(
            "plus,equals_sign", "screen.step(1)", "Step", key_display="+ -", tooltip="Step up", id="step_up"
        ),
        Binding("minus,underscore", "screen.step(-1)", "Step down", show=False, id="step_down"),
        Binding("greater_than_sign", "screen.step(10)", "Ten steps up", show=False, id="leap_up"),
        Binding("less_than_sign", "screen.step(-10)", "Ten steps down", show=False, id="leap_down"),
        Binding("a", "screen.add", "Add", tooltip="Add a rule or a label", id="add"),
        Binding(
            "d,delete",
            "screen.drop",
            "Drop",
            key_display="d",
            tooltip="Drop the rule or the label",
            id="drop",
        ),
        Binding("left,h", "screen.panel('labels')", "To the labels", show=False, id="to_labels"),
        Binding("right_square_bracket", "section(1)", "Next label", show=False, id="next_label"),
        Binding("left_square_bracket", "section(-1)", "Previous label", show=False, id="previous_label"),
        Binding("space", "screen.pick", "Choose from a list", show=False, id="pick"),
        Binding("dollar_sign", "by_money", "Sort the rules by money", show=False, id="sort_rules"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routing: Routing | None = None
        self.section: RulePath = LIMITS
        self.conflicts: Collection[RulePath] = ()
        self.pending: RulePath | None = None
        self.by_money = False  # the rule that costs most first, else in their order
        self.prices: Callable[[RulePath], Prices | None] = lambda _section: None  # what is known of a section

    def show_routing(self, routing: Routing, path: tuple[str, ...] | None = None) -> None:
        """Show these rules, with the cursor at `path`."""
        shown = [] if self.routing is None else sections(self.routing)
        self.routing, now = routing, sections(routing)
        if isinstance(path, RulePath):
            self.section = path.parent
        if self.section not in now:  # the next one takes its place, else the last
            place = shown.index(self.section) if self.section in shown else 0
            self.section = now[min(place, len(now) - 1)]
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
            self.section = self.section if path is None else path.parent
            self.rebuild(path)

    def go_to_section(self, section: RulePath) -> None:
        """Show another section, the cursor at the rule of the same name, else at its head."""
        assert self.routing is not None
        if section == self.section:
            return
        self.section, before = section, self.key
        same = section.child(before.name) if before else section
        self.rebuild(same if same in set_in(self.routing, section) else section)
        self.moved()

    @property
    def _others(self) -> list[RulePath]:
        return [] if self.routing is None else sections(self.routing)

    def value_region(self) -> Region:
        """Where on the screen the value under the cursor stands."""
        area = self.scrollable_content_region
        indent = 1 + _INDENT + _NAME_WIDTH if self.key and self.key != self.section else 1
        y = area.y + self.cursor - self.scroll_offset.y
        return Region(area.x + indent, y, max(area.width - indent, 8), 1)

    def lines_for(self, width: int) -> list[Line]:
        """The section's head, which has the columns' titles, then its rules."""
        if self.routing is None or self.section not in self._others:
            return []
        paths = set_in(self.routing, self.section)
        if self.pending is not None and self.pending.parent == self.section:
            paths.append(self.pending)
        prices = self.prices(self.section)
        columns = None if prices is None else _columns(width - 1)
        if self.by_money and prices is not None:
            paths.sort(key=lambda path: -prices.worth(path))
        return [
            self._head(width - 1, columns),
            *(self._priced(path, width - 1, prices, columns) for path in paths),
        ]

    def _priced(self, path: RulePath, width: int, prices: Prices | None, columns: Columns | None) -> Line:
        """A rule with the table's columns where its price is known, else with its help."""
        line = self._row(path, width)
        price = None if prices is None else prices.rules.get(str(path))
        missing = "" if prices is None else prices.missing.get(str(path), "")
        if columns is None or prices is None or path == self.pending or (price is None and not missing):
            return line
        mark, name, (text, style) = line.parts[:3]
        text = text.rstrip()
        if cell_len(text) >= columns.limit:
            text = self._limit(path, with_unit=False)
        if price is None:
            limit = (formatting.fit(text, columns.limit), style)
            rest = width - _INDENT - _NAME_WIDTH - columns.limit
            return Line((mark, name, limit, (formatting.fit(f"   {missing}", rest), "note")), path)
        if price.points is not None:
            text = f"≥ {formatting.points(price.points)} {text.removeprefix('≥ ')}"
        limit = (formatting.fit_offer(text, columns.limit - 1) + " ", style)
        cells = columns.parts(price, prices.objective, prices.signs(path))
        if prices.faint:
            cells = [(cell, "note") for cell, _ in cells]
        return Line((mark, name, limit, *cells), path)

    def _head(self, width: int, columns: Columns | None) -> Line:
        name = "router" if self.section == LIMITS else self.section.label
        room = width if columns is None else _INDENT + _NAME_WIDTH
        heads = "" if columns is None else columns.heads
        parts = (
            (formatting.fit(name, room - 1) + " ", "head"),
            (formatting.fit(heads, width - room), "note"),
        )
        return Line(parts, self.section)

    def _limit(self, path: RulePath, with_unit: bool = True) -> str:
        from ..document.edits import value_at

        assert self.routing is not None
        return formatting.limit_text(spec_of(path), value_at(self.routing, path), with_unit)

    def _row(self, path: RulePath, width: int) -> Line:
        rule = spec_of(path)
        bad = path in self.conflicts
        text = "" if path == self.pending else self._limit(path)
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

    def _show_cursor(self) -> None:
        if self.cursor < self.scrollable_content_region.height:
            self.scroll_to(y=0, animate=False)  # with the columns' titles
        else:
            super()._show_cursor()

    def action_move(self, by: int) -> None:
        """Move the cursor; a step past the last rule comes to the next section, one past the head back."""
        at, last = self.cursor, len(self._lines) - 1
        if by == 1 and at == last:
            self.action_section(1)
        elif by == -1 and at == 0 and self.section != LIMITS:
            self.action_section(-1)
            self.go(len(self._lines) - 1)
        else:
            super().action_move(by)

    def action_section(self, by: int) -> None:
        """Go to the next or the previous section's head."""
        others = self._others
        to = others.index(self.section) + by if self.section in others else -1
        if 0 <= to < len(others):
            self.section = others[to]
            self.rebuild(self.section)
            self.moved()

    def action_by_money(self) -> None:
        """The rule that costs most first, or all in their order again."""
        self.by_money = not self.by_money
        self.rebuild()

    def disabled_reason_by_money(self) -> str:
        """Their prices have to be known."""
        return "" if self.prices(self.section) is not None else "what the rules cost is not known yet"

    def go_to_conflict(self) -> None:
        """Go to the next of the rules that cannot hold together."""
        marked = [path for section in self._others for path in self._marked(section)]
        if marked:
            at = marked.index(self.key) + 1 if self.key in marked else 0
            path = marked[at % len(marked)]
            self.section = path.parent
            self.rebuild(path)
            self.moved()

    def _marked(self, section: RulePath) -> list[RulePath]:
        assert self.routing is not None
        return [path for path in set_in(self.routing, section) if path in self.conflicts]


def _columns(width: int) -> Columns | None:
    from .rule_columns import Columns  # with the first prices: it brings the explanations' values

    return Columns.within(width - _INDENT - _NAME_WIDTH)
