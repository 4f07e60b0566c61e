"""The right panel: who serves each label, for how much; or why nobody can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from .. import present
from .lines import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.plan import LabelPlan, Plan, PlannedRoute
    from ...engine.domain.routing import Routing

_LABEL = 12
_FIGURES = (7, 11, 7, 9, 7)  # share, USD a month, quality, latency, context
_HEADS = ("share", "USD/mo", "quality", "latency", "context")
_WIDE = 95


class AllocationPanel(LinePanel):
    """The plan, line by line; while it is out of date it is faint, never blank."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.follow", "Go to the rule", key_display="⏎", id="follow"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routing: Routing | None = None
        self.plan: Plan | None = None
        self.last_found: Plan | None = None
        self.windows: Mapping[str, float] = {}
        self.stale = False

    def show_plan(self, routing: Routing, plan: Plan) -> None:
        """Show an answer; `routing` is what it answers."""
        self.routing, self.plan, self.stale = routing, plan, False
        if plan.found:
            self.last_found = plan
        self.rebuild()

    def show_stale(self) -> None:
        """The rules have moved on: what is shown is no longer their answer."""
        if not self.stale and self.plan is not None:
            self.stale = True
            self.rebuild()

    def chosen(self) -> None:
        """A double click follows."""
        self.call_later(self.run_action, "screen.follow")

    def lines_for(self, width: int) -> list[Line]:
        """The table's head, and every label with its offers; before that, what is wrong."""
        width -= 1
        if self.plan is None:
            return [Line(((present.fit("  the solver is starting …", width), "note"),))]
        lines = [] if self.plan.found else self._wrong(self.plan, width)
        if self.last_found is not None:
            faint = self.stale or not self.plan.found
            if not self.plan.found:
                lines.append(Line(((present.fit("  the last plan that met its rules:", width), "note"),)))
            lines += self._table(self.last_found, width, faint)
        return lines

    def _table(self, plan: Plan, width: int, faint: bool) -> list[Line]:
        heads = [present.fit(head, size, right=True) for head, size in zip(_HEADS, _FIGURES, strict=True)]
        offer = present.fit("offer", self._offer_width(width))
        lines = [Line(((present.fit("label", _LABEL) + offer + "".join(heads), "note"),), faint=faint)]
        for name, label in plan.labels.items():
            lines += self._label(name, label, width, faint)
        for key, count in plan.replicas.items():
            text = f"{'':{_LABEL}}{count} replicas of {key}"
            lines.append(Line(((present.fit(text, width), "note"),), faint=faint))
        lines += [Line(((present.fit(f"  {note}", width), "note"),), faint=faint) for note in plan.notes]
        return lines

    def _label(self, name: str, label: LabelPlan, width: int, faint: bool) -> list[Line]:
        key = ("labels", name)
        lines = []
        if len(label.routes) > 1:
            figures = ("", present.money(label.cost), *self._performance(label.quality, label.latency), "")
            mix = f"mix of {len(label.routes)}"
            lines.append(self._line(key, (name, mix), figures, width=width, faint=faint, style="head"))
        for at, route in enumerate(label.routes):
            lead = name if at == 0 and not lines else ""
            lines.append(self._line(key, (lead, route.offer), self._route(route), width=width, faint=faint))
        if label.fallbacks and width >= _WIDE:
            text = present.fit(f"then {', then '.join(label.fallbacks)}", width - _LABEL)
            lines.append(Line(((" " * _LABEL + text, "note"),), key, faint))
        return lines

    def _route(self, route: PlannedRoute) -> tuple[str, ...]:
        return (
            present.share(route.share),
            present.money(route.cost),
            *self._performance(route.quality, route.latency),
            present.tokens(self.windows.get(route.offer)),
        )

    def _performance(self, quality: float | None, latency: float | None) -> tuple[str, str]:
        return present.points(quality), present.seconds(latency)

    def _line(
        self,
        key: tuple[str, ...],
        names: tuple[str, str],
        figures: tuple[str, ...],
        *,
        width: int,
        faint: bool,
        style: str = "value",
    ) -> Line:
        name, offer = names
        cells = [present.fit(text, size, right=True) for text, size in zip(figures, _FIGURES, strict=True)]
        return Line(
            (
                (present.fit(name, _LABEL - 1) + " ", "head"),
                (present.fit(offer, self._offer_width(width)), "name" if style == "head" else "value"),
                ("".join(cells), style),
            ),
            key,
            faint,
        )

    def _offer_width(self, width: int) -> int:
        return max(width - _LABEL - sum(_FIGURES), 8)

    def _wrong(self, plan: Plan, width: int) -> list[Line]:
        """Why there is no plan: the rules that clash, and what would mend it."""
        from ..rules import parse_path

        assert self.routing is not None
        if plan.status == "timed_out":
            said = "  No plan was found in time. Fewer or looser rules are easier."
            return [Line(((present.fit(said, width), "bad"),))]
        said = "Nothing fits" + (": these rules cannot all hold." if plan.conflicts else ".")
        lines = [Line(((present.fit(f"✗ {said}", width), "bad"),))]
        for text in plan.conflicts:
            path = parse_path(text, self.routing)
            lines.append(Line(((present.fit(f"  ✗ {self._said(path)}", width), "bad"),), path))
        for repair in plan.repairs:
            path = parse_path(repair.path, self.routing)
            price = "" if repair.cost is None else f", then {present.money(repair.cost)} USD/mo"
            text = f"  → {present.place(path)}: {self._figure(path, repair.from_)} to "
            text += f"{self._figure(path, repair.to)}{price}"
            lines.append(Line(((present.fit(text, width), "good"),), ("repair", *path)))
        return lines + [Line(((present.fit(f"  {note}", width), "note"),)) for note in plan.notes]

    def _said(self, path: tuple[str, ...]) -> str:
        from ..edits import value_at
        from ..rules import rule_at

        assert self.routing is not None
        if rule_at(path) is None:
            return present.place(path)
        value = value_at(self.routing, path)
        if value is None and path[-1] == "context":
            value = self.routing.labels[path[1]].fits
        return f"{present.place(path)}: {self._figure(path, value)}"

    def _figure(self, path: tuple[str, ...], value: Any) -> str:
        from ..rules import rule_at

        rule = rule_at(path)
        return present.figure(value, rule.unit if rule is not None else "")
