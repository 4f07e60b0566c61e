"""The labels panel: the router and every label with its money, quality and latency, one line each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from ...engine.domain.rules import LIMITS, RulePath, sections, set_in, spec_of, value_of
from .. import formatting
from .line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.marks import Signs
    from ...engine.domain.plan import LabelPlan, Plan
    from ...engine.domain.routing import Routing

ADD_LABEL = ("add label",)
_MAX_NAME, _BAR, _SHORTEST_BAR = 24, 8, 3  # cells
_REQUESTS_FROM = 46  # cells of the panel from which requests a month have a column
_SHORT = {"min_quality": "quality", "max_provider_share": "provider share", "deny_providers": "deny"}


class LabelsPanel(LinePanel):
    """Which section the other panels are about: that under the cursor, whoever has the keyboard."""

    GROUP = "Labels"
    DOUBLE_CLICK = "screen.enter_label"
    TELLS_CURSOR = True
    KEEPS_CURSOR = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,right,l",
            "screen.enter_label",
            "Its rules",
            key_display="⏎",
            tooltip="To the rules of the label",
            id="enter_label",
        ),
        Binding("a", "screen.add", "Add", tooltip="Add a rule or a label", id="add_here"),
        Binding(
            "d,delete",
            "screen.drop_label",
            "Drop",
            key_display="d",
            tooltip="Drop the label",
            id="drop_label",
        ),
        Binding("i", "screen.rename", "Rename", tooltip="Rename the label", id="rename"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routing: Routing | None = None
        self.plan: Plan | None = None  # the last that was found
        self.mixes: Mapping[str, Signs] = {}  # label -> what its mix rests on
        self.conflicts: Collection[RulePath] = ()
        self.stale = False
        self.few_lines = False  # then the heads stand on the border

    def show_routing(self, routing: Routing, section: RulePath) -> None:
        """Show the labels of these rules, the cursor at the section that is worked on."""
        self.routing = routing
        self.rebuild(section)

    def go_to(self, section: RulePath) -> None:
        """Put the cursor on a section, which is no move of the user's."""
        keys = [line.key for line in self._lines]
        if section in keys:
            old, self.cursor = self.cursor, keys.index(section)
            self.refresh_line(old)
            self.refresh_line(self.cursor)
            self._show_cursor()

    def show_plan(self, plan: Plan, mixes: Mapping[str, Signs]) -> None:
        """Show what a plan that was found costs; `mixes`: label -> what its figures rest on."""
        self.plan, self.mixes, self.stale = plan, mixes, False
        self.rebuild()

    def show_stale(self) -> None:
        """Show the figures faint: the rules have changed since."""
        if not self.stale and self.plan is not None:
            self.stale = True
            self.rebuild_soon()

    def _show_cursor(self) -> None:
        if self.cursor < self.scrollable_content_region.height:
            self.scroll_to(y=0, animate=False)  # with the heads
        else:
            super()._show_cursor()

    def lines_for(self, width: int) -> list[Line]:
        """Heads, the router, its labels, and the way to another one."""
        routing, width = self.routing, width - 1
        if routing is None:
            return []
        names = min(max(cell_len(name) for name in ("router", *routing.labels)) + 1, _MAX_NAME)
        cells = {name: self._cells(name, width) for name in routing.labels}
        heads = self._heads(width)
        columns = Columns.within(width, names, [heads, *cells.values()])
        head = columns.parts(("label", "note"), heads, "note")
        self.show_heads("".join(text for text, _ in head) if self.few_lines else "")
        lines = [] if self.few_lines else [Line(head)]
        dearest = max((plan.cost for plan in self._plans.values()), default=0.0)
        for section in sections(routing):
            bad = any(path.parent == section for path in self.conflicts)
            name, style = section.label, "bad" if bad else "name"
            if section == LIMITS:
                words = _limits_in_words(routing)
                if cell_len(", ".join(words)) + 8 > width and words[1:]:  # cost is made least unless said
                    words = [word for word in words if word != "least cost"]
                text = formatting.fit(formatting.listed("router  ", words, ", ", width), width)
                lines.append(Line(((text[:7], style), (text[7:], "note")), LIMITS))
                continue
            part = self._plans[name].cost / dearest if dearest > 0 and name in self._plans else None
            parts = columns.parts((name, style), cells[name], "value", part)
            signs = self.mixes[name].all if name in self.mixes else ""
            lines.append(Line(parts, section, self.stale and not bad, signs))
        return [*lines, Line(((formatting.fit("+ add a label", width), "note"),), ADD_LABEL)]

    @property
    def _plans(self) -> Mapping[str, LabelPlan]:
        return {} if self.plan is None else self.plan.labels

    def _heads(self, width: int) -> list[str]:
        assert self.routing is not None
        asked = {formatting.percentile(label.percentile) for label in self.routing.labels.values()}
        requests = ["req/mo"] if width >= _REQUESTS_FROM else []
        return [*requests, "USD/mo", "qual.", asked.pop() if len(asked) == 1 else "latency"]

    def _cells(self, name: str, width: int) -> list[str]:
        """The figures of a label: requests where there is room, cost, quality, latency."""
        assert self.routing is not None
        label, plan = self.routing.labels[name], self._plans.get(name)
        requests = [formatting.number(label.requests)] if width >= _REQUESTS_FROM else []
        if plan is None:
            return [*requests, "…", "", ""]
        cost, quality, latency = self.mixes.get(name, ("", "", ""))
        unscored = "—" if plan.quality is None else formatting.points(plan.quality)
        return [
            *requests,
            f"{cost}{formatting.money(plan.cost)}",
            f"{quality}{unscored}",
            f"{latency}{formatting.seconds(plan.latency)}",
        ]


@dataclass(frozen=True)
class Columns:
    """The cells of the names, of each figure, and of the bar between what a label costs and its quality."""

    names: int
    sizes: tuple[int, ...]
    bar: int

    @classmethod
    def within(cls, width: int, names: int, rows: Sequence[Sequence[str]]) -> Columns:
        """For so many cells, of which the names need some."""
        sizes = tuple(1 + max(map(cell_len, column)) for column in zip(*rows, strict=True))
        bar = max(min(width - names - sum(sizes), _BAR + 1), 0)
        return cls(width - sum(sizes) - bar, sizes, bar)

    def parts(
        self, name: tuple[str, str], cells: Sequence[str], style: str, part: float | None = None
    ) -> tuple[tuple[str, str], ...]:
        """A line of the table; `part`: 0 to 1 of the dearest label's cost."""
        figures = [
            formatting.fit(cell, size, right=True) for cell, size in zip(cells, self.sizes, strict=True)
        ]
        money = len(figures) - 2
        drawn = "" if part is None or self.bar < _SHORTEST_BAR else f" {formatting.bar(part, self.bar - 1)}"
        return (
            (formatting.fit(name[0], self.names), name[1]),
            ("".join(figures[:money]), style),
            (formatting.fit(drawn, self.bar), "bar"),
            ("".join(figures[money:]), style),
        )


def _limits_in_words(routing: Routing) -> list[str]:
    """The router's own rules, each in a few words, for the labels' table."""
    words = []
    for path in set_in(routing, LIMITS):
        value = value_of(routing, path)
        if path.name == "objective":
            words.append(f"least {value}" if value == "cost" else f"best {value}")
        elif path.name == "confidence":
            words.append(f"{value * 100:.4g} % sure")
        elif path.name == "budget":
            words.append(f"≤ {formatting.number(value)} USD")
        else:
            text = formatting.limit_text(spec_of(path), value)
            words.append(f"{_SHORT.get(path.name, path.name.replace('_', ' '))} {text}")
    return words
