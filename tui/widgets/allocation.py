"""The allocation panel: who serves each label, for how much; or why nobody can.

The plan is a table: names to the left, figures right-aligned in columns as wide as what they hold.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from ...engine.domain.field_facts import Sense
from ...engine.domain.formatting import NO_TIME, deprecated_text
from ...engine.domain.rules import LIMITS, RulePath, find_spec, value_of
from ...engine.domain.solver_status import SolverStatus
from .. import formatting
from ..base_screen import BaseScreen
from .line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.marks import Marks, Signs
    from ...engine.domain.plan import LabelPlan, Plan, PlannedRoute, Repair
    from ...engine.domain.routing import Routing


_HEADS = (  # the first that leaves the names the room they need
    ("  share", "  USD/mo", "  quality, points", "  latency", "  context, tokens"),
    ("share", "USD/mo", "quality", "latency", "context"),
    ("share", "USD/mo", "qual.", "latency", "ctx"),
)
_TALL = 14  # lines of the panel from which every label has a line of its own, and its fallbacks
_BAR, _SHORTEST_BAR = 8, 3  # cells of a bar, where there is room for them
_SHORT_NAME = 24  # cells of a name, below which figures give way to it
_FAIR_NAME = 40  # cells of a name, from which figures need not stand farther away
_ALL = "100 %"  # the share of an offer that is alone
_NARROW = 48  # cells below which a table has no room for more than two figures
_ROUNDED_UP = 0.011  # USD a month by which a budget that is written may be above what the plan costs
_NOTE_LINES = 6  # of one note; a longer one is cut, and `modelpick solve` prints all of it


class Row(NamedTuple):
    """Style, name and figures of a line, what it stands for, and the signs its figures carry."""

    style: str
    name: str
    figures: tuple[str, ...] = ()
    key: tuple[str, ...] | None = None
    signs: str = ""
    part: float | None = None  # 0 to 1 of the dearest label's cost, drawn as a bar


@dataclass(frozen=True)
class Table:
    """How to draw: for rules and offers' windows, in so many cells and lines; denser where lines are few."""

    routing: Routing
    windows: Mapping[str, float]
    width: int
    height: int
    faint: bool = False
    marks: Marks | None = None
    before: Plan | None = None  # what has changed since is marked, in the place of the context window

    def lines(self, plan: Plan) -> list[Line]:
        """The heads, then every label with its offers and fallbacks."""
        rows: list[Row] = []
        dearest = max((label.cost for label in plan.labels.values()), default=0.0)
        for name, label in plan.labels.items():
            unit = 1 / dearest if dearest > 0 and (len(plan.labels) > 1 or len(label.routes) > 1) else None
            first, *others = self._label(name, label, unit)
            if unit is not None and first.figures and len(plan.labels) > 1:
                first = first._replace(part=label.cost * unit)
            rows += [first, *others]
        return self._drawn(rows) + self.note_lines(plan)

    def label_lines(self, name: str, plan: LabelPlan) -> list[Line]:
        """Who answers one label, with shares as bars, and who stands in for them."""
        from ...engine.domain.marks import Marks  # with the first plan, after the first paint

        key = RulePath("labels", name)
        signs, _ = (self.marks or Marks()).of_label(self.routing.labels.get(name), plan)
        routes = list(zip(plan.routes, signs, strict=True))
        percentile = self._percentile or "latency"
        names = [f"{self._supposed(route.offer)}{route.offer}" for route, _ in routes]
        rows = [("share", *("USD/mo", "qual.", percentile, "ctx"))]
        rows += [
            (
                formatting.share(route.share),
                *_figures(route, signs, self._scored(name)),
                formatting.tokens(self.windows.get(route.offer)),
            )
            for route, signs in routes
        ]
        sizes = [1 + max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        longest = 1 + max(map(cell_len, names), default=0)
        shown = len(sizes)  # figures that leave the names their room: the share and the cost always do
        while shown > 2 and longest + sum(sizes[:shown]) > self.width:
            shown -= 1
        room = self.width - longest - sum(sizes[:shown])
        bar = min(room, _BAR + 1) if room > _SHORTEST_BAR else 0
        room = self.width - sum(sizes[:shown]) - bar

        def line(name: str, row: Sequence[str], style: str, part: float | None, signs: str) -> Line:
            cells = [formatting.fit(cell, size, right=True) for cell, size in zip(row, sizes, strict=True)]
            drawn = "" if part is None else f" {formatting.bar(part, bar - 1)}"
            parts = (
                (cells[0], style),
                (formatting.fit(drawn, bar), "bar"),
                (formatting.fit_offer(f" {name}", room), style),
                ("".join(cells[1:shown]), style),
            )
            about = "" if part is None else name.removeprefix("≠ ")
            return Line(parts, None if part is None else key, self.faint, signs, about)

        lines = [line("offer", rows[0], "note", None, "")]
        for text, row, (route, mark) in zip(names, rows[1:], routes, strict=True):
            lines.append(line(text, row, "value", route.share, mark.all))
            lines += [self._line(day, (), 0) for day in self._ending_rows(route.offer, key)]
        return [*lines, *self._fallbacks(plan, key)]

    def _fallbacks(self, plan: LabelPlan, key: RulePath) -> list[Line]:
        """Who takes over, in their order."""
        if not plan.fallbacks:
            return []
        dated = [f"{offer}{self._until(offer)}" for offer in plan.fallbacks]
        numbered = [f"{at} {offer}" for at, offer in enumerate(dated, 1)]
        others = formatting.listed(" fallback ", numbered, "  ", self.width)
        if cell_len(others) > self.width:  # not even one fits
            more = f" +{len(dated) - 1}" if len(dated) > 1 else ""
            room = max(self.width - cell_len(" fallback 1 ") - cell_len(more), 8)
            others = f" fallback 1 {formatting.fit_offer(plan.fallbacks[0], room).rstrip()}{more}"
        return [Line(((formatting.fit(others, self.width), "note"),), key, self.faint)]

    def note_lines(self, plan: Plan) -> list[Line]:
        """Replicas, subscriptions and remarks, which are of no single label."""
        from ...engine.domain.plan import subscription_text  # brings pydantic, which is there by now

        rows = [Row("note", f"  {count} replicas of {key}") for key, count in plan.replicas.items()]
        bought = (subscription_text(name, terms) for name, terms in plan.plans.items())
        rows += [Row("note", line) for text in bought for line in self._wrapped(text)]
        rows += [Row("note", line) for note in plan.notes for line in self._wrapped(note)]
        return [self._line(row, (), 0) for row in rows]

    def _scored(self, name: str) -> bool:
        """Whether a label has skills, without which there is no quality to know."""
        rules = self.routing.labels.get(name)
        return rules is None or rules.has_quality

    def _supposed(self, offer: str) -> str:
        return "≠ " if self.marks is not None and offer in self.marks.changed else ""

    def _change(self, name: str, cost: float, offer: str | None = None) -> str:
        """What a label or one of its offers costs more or less than before; 'new' where it cost nothing."""
        before = None if self.before is None else self.before.labels.get(name)
        costs = [] if before is None else [before.cost]
        if before is not None and offer is not None:
            costs = [route.cost for route in before.routes if route.offer == offer]
        if not costs:
            return "new"
        return "=" if abs(cost - costs[0]) < 0.005 else formatting.signed(cost - costs[0])

    def _gone(self, name: str, label: LabelPlan, key: tuple[str, ...]) -> list[Row]:
        """The offers that were in a label's mix before, with their shares and what they cost."""
        before = None if self.before is None else self.before.labels.get(name)
        routes = before.routes if before is not None else ()
        kept = {route.offer for route in label.routes}
        return [
            Row(
                "note",
                f"{formatting.MINUS} {route.offer}",
                (formatting.share(route.share), "", formatting.signed(-route.cost), "", ""),
                key,
            )
            for route in routes
            if route.offer not in kept
        ]

    def saved_lines(self) -> list[Line]:
        """Every label with the offers and shares that are in the file; what they cost is still to come."""
        rows: list[Row] = []
        for name, label in self.routing.labels.items():
            key = RulePath("labels", name)
            rows.append(Row("head", name, (), key))
            for route in label.routes:
                window = formatting.tokens(self.windows.get(route.offer))
                figures = (formatting.share(route.share), "…", "…", "…", window)
                rows.append(Row("value", f"  {route.offer}", figures, key))
        return self._drawn(rows)

    def _drawn(self, rows: Sequence[Row]) -> list[Line]:
        """The rows under heads that leave the names their room."""
        longest = max((cell_len(row.name) for row in rows if row.figures), default=0)
        fitting = (heads for heads in self._heads if longest + sum(_sizes(heads, rows)) <= self.width)
        heads = next(fitting, self._heads[-1])
        fewer, sizes = (
            len(heads) - 1,
            _sizes(heads, rows),
        )  # a whole name says more than the last of five figures
        fits = longest + sum(sizes) <= self.width
        if not fits and (longest + sum(sizes[:fewer]) <= self.width or self.width - sum(sizes) < _SHORT_NAME):
            heads, rows = heads[:fewer], [row._replace(figures=row.figures[:fewer]) for row in rows]
        if self.width < _NARROW:  # share and cost only, and their change where there is one
            count = 2 if self.before is None else 3
            heads, rows = heads[:count], [row._replace(figures=row.figures[:count]) for row in rows]
            alone = all(row.figures[0] == _ALL and row.figures[1] != "…" for row in rows if row.figures)
            if self.before is None and alone:
                heads, rows = (
                    heads[1:],
                    [row._replace(figures=row.figures[1:]) for row in rows],
                )  # say nothing
        sizes = _sizes(heads, rows)
        room = min(self.width - longest - sum(sizes), _BAR + 1)
        bar = room if room > _SHORTEST_BAR and len(heads) > 1 else 0
        across = min(self.width, max(longest, _FAIR_NAME) + sum(sizes) + bar)  # figures stay by their names
        lines = [Row("note", "label and its offers", heads), *rows]
        return [self._line(row, sizes, bar, across) for row in lines]

    @property
    def _percentile(self) -> str:
        """That of every label's latency, "" where they differ."""
        asked = {formatting.percentile(label.percentile) for label in self.routing.labels.values()}
        return asked.pop() if len(asked) == 1 else ""

    @property
    def _heads(self) -> tuple[tuple[str, ...], ...]:
        """The columns' heads, the widest first; the latency's say which percentile it is."""
        if self.before is not None:
            latency = self._percentile or "latency"
            return (
                ("  share", "  USD/mo", "  vs today", "  quality", f"  {latency}"),
                ("share", "USD/mo", "vs today", "qual.", latency),
            )
        if not self._percentile:
            return _HEADS
        widest, *denser = _HEADS
        named = (*widest[:3], f"{widest[3]} {self._percentile}", widest[4])
        return (named, *((*heads[:3], self._percentile, heads[4]) for heads in denser))

    def _wrapped(self, note: str, first: str = "  ", further: str = "    ") -> list[str]:
        """All of a sentence, on as many lines as it takes."""
        width = max(self.width, 12)
        return textwrap.wrap(
            formatting.clean(note),
            width,
            initial_indent=first,
            subsequent_indent=further,
            max_lines=_NOTE_LINES,
            break_on_hyphens=False,
        )

    def _label(self, name: str, label: LabelPlan, unit: float | None) -> list[Row]:
        """The label's lines; a cost times `unit` is its bar, None: there are none."""
        from ...engine.domain.marks import Marks  # with the first plan, after the first paint

        key, tall = RulePath("labels", name), self.height >= _TALL
        rules = self.routing.labels.get(name)
        signs, label_signs = (self.marks or Marks()).of_label(rules, label)
        pairs = list(zip(label.routes, signs, strict=True))
        gone = self._gone(name, label, key)
        if len(pairs) == 1 and not tall:
            first = [
                self._route(f"{name}: ", *pairs[0], key, None),
                *self._ending_rows(pairs[0][0].offer, key),
            ]
            return [*first, *gone]
        alike = self._percentile or rules is None
        at = "" if alike or rules is None else f", {formatting.percentile(rules.percentile)}"
        figures = self._cells(
            "", _figures(label, label_signs, self._scored(name)), "", self._change(name, label.cost)
        )
        whole = Row("head", f"{name}{at}", figures, key, label_signs.all)
        rows = [whole if len(pairs) > 1 or gone else whole._replace(figures=(), signs="")]
        for route, route_signs in pairs:
            rows += [self._route("  ", route, route_signs, key, unit), *self._ending_rows(route.offer, key)]
        rows += gone
        if tall and self.before is None:
            others = ("".join(text for text, _ in line.parts) for line in self._fallbacks(label, key))
            rows += [Row("note", f" {text.rstrip()}", (), key) for text in others]
        return rows

    def _route(
        self, lead: str, route: PlannedRoute, signs: Signs, key: tuple[str, ...], unit: float | None
    ) -> Row:
        window = formatting.tokens(self.windows.get(route.offer))
        change = self._change(key[1], route.cost, route.offer)
        figures = self._cells(
            formatting.share(route.share), _figures(route, signs, self._scored(key[1])), window, change
        )
        part = None if unit is None else route.cost * unit
        is_new = self.before is not None and change == "new"
        if is_new:
            lead = f"{lead[:-2]}+ " if lead.isspace() else f"{lead}+ "
        name = f"{lead}{self._supposed(route.offer)}{route.offer}"
        return Row("mark" if is_new else "value", name, figures, key, signs.all, part)

    def _cells(self, share: str, figures: tuple[str, str, str], window: str, change: str) -> tuple[str, ...]:
        """Share, cost, quality and latency, with the context window or with the change of the cost."""
        cost, quality, latency = figures
        if self.before is None:
            return share, cost, quality, latency, window
        return share, cost, change, quality, latency

    def _ending_rows(self, offer: str, key: tuple[str, ...]) -> list[Row]:
        """Lines under an offer that will not be there for long, or answers when it likes."""
        if self.marks is None:
            return []
        day, note = self.marks.last_days.get(offer), self.marks.deprecated.get(offer)
        lines = [] if day is None else [f"retires on {day}"]
        lines += [] if note is None else [deprecated_text(note)]
        lines += [NO_TIME] if offer in self.marks.no_time else []
        return [
            Row("bad", part, (), key)
            for line in lines
            for part in self._wrapped(f"! {line}", "    ", "      ")
        ]

    def _until(self, offer: str) -> str:
        day = self.marks.last_days.get(offer) if self.marks is not None else None
        return "" if day is None else f" (until {day})"

    def _line(self, row: Row, sizes: Sequence[int], bar: int, across: int = 0) -> Line:
        """The row as a line: a name, the share, `bar` cells for a bar, and what ends after `across` cells."""
        if not row.figures and row.part is None:
            return Line(((formatting.fit(row.name, self.width), row.style),), row.key, self.faint)
        figures = row.figures or ("",) * len(sizes)
        cells = "".join(
            formatting.fit(text, size, right=True) for text, size in zip(figures, sizes, strict=True)
        )
        names = max((across or self.width) - len(cells) - bar, min(self.width, 8))
        drawn = "" if row.part is None or not bar else formatting.bar(row.part, bar - 1)
        share = sizes[0] if bar else 0  # what stands before the bar, which belongs to the money after it
        parts = [
            (formatting.fit_offer(row.name, names), row.style),
            (cells[:share], row.style),
            (formatting.fit(f" {drawn}", bar), "bar" if row.style == "head" else "note"),
        ]
        rest = self.width - names - bar
        if self.before is None or len(figures) < 3:
            parts.append((formatting.fit(cells[share:], rest - share), row.style))
        else:  # dearer is red, cheaper green
            start = sum(sizes[:2])
            sign = figures[2][:1]
            style = {"+": "bad", formatting.MINUS: "good"}.get(sign, row.style)
            end = start + sizes[2]
            parts += [(cells[share:start], row.style), (cells[start:end], style)]
            parts.append((formatting.fit(cells[end:], rest - end), row.style))
        return Line(tuple(parts), row.key, self.faint, row.signs)


def _sizes(heads: tuple[str, ...], rows: Sequence[Row]) -> list[int]:
    """A column is as wide as what it holds, and a space."""
    cells = [heads, *(row.figures for row in rows if row.figures)]
    return [1 + max(map(cell_len, column)) for column in zip(*cells, strict=True)]


def _figures(plan: LabelPlan | PlannedRoute, signs: Signs, scored: bool = True) -> tuple[str, str, str]:
    """Cost, quality and latency, each after its signs; a label that is not `scored` has no quality."""
    return (
        signs.cost + formatting.money(plan.cost),
        signs.quality + formatting.points(plan.quality) if scored or plan.quality is not None else "—",
        signs.latency + formatting.seconds(plan.latency),
    )


class AllocationPanel(LinePanel):
    """The plan, line by line; while it is out of date it is faint, never blank."""

    GROUP = "Who answers"
    DOUBLE_CLICK = "screen.follow"
    TELLS_CURSOR = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.follow", "Follow the line", key_display="⏎", id="follow"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routing: Routing | None = None
        self.section: RulePath = LIMITS  # a label, whose mix is shown; else that of every one
        self.plan: Plan | None = None
        self.saved: Routing | None = None  # with the routes that the file has, until there is a plan
        self.last_found: tuple[Routing, Plan] | None = None
        self.windows: Mapping[str, float] = {}
        self.before: Plan | None = None  # with which the plan is compared
        self.marks: Marks | None = None  # of figures that deserve less trust
        self.stale = False
        self.trouble = ""
        self.mix = ""  # what a mix of two would save
        self.few_lines = False  # then the heads of a label's mix stand on the border

    def show_plan(self, routing: Routing, plan: Plan) -> None:
        """Show a plan; `routing` are the rules that it answers."""
        self.routing, self.plan, self.stale, self.trouble = routing, plan, False, ""
        if plan.found:
            self.last_found = routing, plan
        else:
            self.cursor = 0  # what is wrong stands first
        self.rebuild()

    def show_section(self, section: RulePath) -> None:
        """Show who answers another label, or all of them."""
        if section != self.section:
            self.section, self.cursor = section, 0
            self.rebuild()

    def show_mix(self, text: str) -> None:
        """Show under the plan what a mix of two would save, and which key takes it; nothing where ''."""
        if text != self.mix:
            self.mix = text
            self.rebuild_soon()

    def show_saved(self, routing: Routing) -> None:
        """Show the routes that were saved with the rules, until the solver has its own."""
        self.saved = routing
        self.rebuild()

    def show_stale(self) -> None:
        """Show the plan faint: the rules have changed since."""
        if not self.stale and self.plan is not None:
            self.stale = True
            self.rebuild_soon()

    def show_trouble(self, text: str) -> None:
        """Show why there is no plan, until there is one."""
        self.trouble = text
        self.rebuild()

    def lines_for(self, width: int) -> list[Line]:
        """The table's head, and every label with its offers; before that, what is wrong."""
        width -= 1
        heads = ""
        lines = [Line(((formatting.fit(f"✗ {self.trouble}", width), "bad"),))] if self.trouble else []
        if self.plan is None and self.saved is not None:
            return [*lines, *self._saved_lines(self.saved, width)]
        if self.plan is None:
            return lines or [Line(((formatting.fit("  the solver is starting …", width), "note"),))]
        if not self.plan.found:
            lines += self._problem(self.plan, width)
        if self.last_found is not None:
            faint = self.stale or not self.plan.found
            if not self.plan.found:
                lines.append(Line(((formatting.fit("  the last plan that met its rules:", width), "note"),)))
            routing, plan = self.last_found
            before = self.before if self.plan.found else None
            table = Table(routing, self.windows, width, self.size.height, faint, self.marks, before)
            label = plan.labels.get(self.section.label) if plan.found and self.plan.found else None
            if label is None:
                lines += table.lines(plan)
            else:
                head, *mix = table.label_lines(self.section.label, label)
                heads = "".join(text for text, _ in head.parts) if self.few_lines else ""
                lines += [*([] if self.few_lines else [head]), *mix, *table.note_lines(plan)]
            if self.mix and self.plan.found:
                path = RulePath("labels", self.section.label, "max_models") if self.section.label else None
                lines += self._wrapped(f"  {self.mix}", width, "good", path)
        self.show_heads(heads)
        return lines

    def _saved_lines(self, saved: Routing, width: int) -> list[Line]:
        """The saved routes, faint, under a line that says what they are."""
        day = None if saved.solution is None else saved.solution.catalog_as_of
        of = "" if day is None else f" (catalogue of {day})"
        lines = self._wrapped(f"  the saved plan{of}, while today's is found …", width, "note")
        return lines + Table(saved, self.windows, width, self.size.height, faint=True).saved_lines()

    def _problem(self, plan: Plan, width: int) -> list[Line]:
        """Why there is no plan: the rules in conflict, and the repairs."""
        assert self.routing is not None
        if plan.status == SolverStatus.TIMED_OUT:
            text = "  No plan was found in time. Fewer or looser rules are easier."
            return [Line(((formatting.fit(text, width), "bad"),))]
        text = "✗ Nothing fits" + (": these rules cannot all hold." if plan.conflicts else ".")
        lines = [Line(((formatting.fit(text, width), "bad"),))]
        for text in plan.conflicts:
            path = RulePath.parse(text)
            lines += self._wrapped(f"  ✗ {self._rule(path)}", width, "bad", path)
        for repair in plan.repairs:
            lines += self._wrapped(f"  → {self.mended(repair)}", width, "good", ("repair", repair.path))
        if plan.together:
            screen: Any = self.screen
            followable = self.can_focus and isinstance(screen, BaseScreen)
            key = f", {screen.key('follow')} makes them all" if followable else ""
            text = f"  {plan.alone_text}; these do together{key}:"
            lines += self._wrapped(text, width, "good", ("repair", "together"))
        for repair in plan.together:
            text = f"  ⇉ {self.mended(repair)}"
            lines += self._wrapped(text, width, "good", ("repair", "together"))
        return lines + [line for note in plan.notes for line in self._wrapped(f"  {note}", width, "note")]

    @staticmethod
    def _wrapped(text: str, width: int, style: str, key: Any = None) -> list[Line]:
        """All of a sentence, on as many lines as it takes; all of them stand for the same."""
        rows = textwrap.wrap(
            formatting.clean(text), max(width, 12), subsequent_indent="    ", break_on_hyphens=False
        )
        return [Line(((formatting.fit(row, width), style),), key) for row in rows or [text]]

    def mended(self, repair: Repair) -> str:
        """A repair in words: from what to what, and what the plan costs then."""
        path = RulePath.parse(repair.path)
        rule = find_spec(path)
        cost = "" if repair.cost is None else formatting.money(repair.cost)
        in_money = rule is not None and rule.in_money and repair.cost is not None
        is_said = in_money and abs((repair.to or 0.0) - (repair.cost or 0.0)) <= _ROUNDED_UP
        price = f", then {cost} USD/mo" if cost and not is_said else ""
        figures = f"{self._figure(path, repair.from_)} to {self._figure(path, repair.to)}"
        return f"{formatting.place(path)}: {figures}{price}"

    @property
    def repairs(self) -> list[tuple[str, ...]]:
        """The repairs, as the keys of their lines."""
        keys = [line.key for line in self._lines if line.key is not None and line.key[0] == "repair"]
        return list(dict.fromkeys(keys))

    def _rule(self, path: RulePath) -> str:
        """A rule in words, with its limit."""
        assert self.routing is not None
        rule, value = find_spec(path), value_of(self.routing, path)
        if rule is None or rule.sense not in (Sense.LOWER, Sense.UPPER):
            return f"{formatting.place(path)}: {self._figure(path, value)}"
        return f"{formatting.place(path)} {formatting.limit_text(rule, value)}"

    @staticmethod
    def _figure(path: RulePath, value: Any) -> str:
        rule = find_spec(path)
        return formatting.figure(value, *((rule.unit, rule.item_unit) if rule is not None else ()))
