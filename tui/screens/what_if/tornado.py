"""What matters most: a bar for every figure, from today's cost to what the best plan costs with it moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len

from ....engine.domain.rules import LIMITS, RulePath, find_spec
from ... import formatting
from ...widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ....engine.domain.scenario import Bar

_MIN_NAME, _FAIR_NAME, _MAX_NAME, _MIN_HALF = 16, 26, 44, 6  # cells
_MIN_EFFECT = 0.005  # USD a month, or points: less is not seen in the figures
_SWAPS = "⇄"
_NO_PLAN = "no plan"


class _End(NamedTuple):
    """One end of a bar: the input's figure, the objective there (None: no plan), a sign of other offers."""

    figure: str
    objective: float | None
    sign: str

    @property
    def text(self) -> str:
        """The objective with its sign."""
        return _NO_PLAN if self.objective is None else f"{formatting.money(self.objective)}{self.sign}"


class _Row(NamedTuple):
    """A bar as it is drawn: the end below today's objective, and that above it, where they are."""

    name: str
    below: _End | None
    above: _End | None
    span: float  # between the ends; infinite where one of them has no plan


class TornadoPanel(LinePanel):
    """A line a figure, those that move the objective most first, as far as they are known."""

    GROUP = "What matters most"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.today: float | None = None  # the objective of the plan as the rules are
        self.maximises = False  # quality, in points; else cost, in USD a month
        self.bars: list[Bar] = []
        self.complete = False

    def add(self, bar: Bar) -> None:
        """Take one more."""
        self.bars.append(bar)
        self.rebuild_soon()

    def finish(self) -> None:
        """All of them are there."""
        self.complete = True
        self.rebuild()

    def lines_for(self, width: int) -> list[Line]:
        """A head with today's figure over the middle, then the bars by their spans."""
        width -= 1
        if self.today is None:
            return [self._note("there is no plan today to compare with", width)]
        rows = sorted(filter(None, map(self._row, self.bars)), key=lambda row: (-row.span, row.name))
        if not rows:
            text = "nothing here moves it" if self.complete else "is being computed …"
            return [self._note(text, width)]
        columns = _Columns.within(width, rows)
        reach = max((abs(end - self.today) for row in rows for end in _objectives(row)), default=0.0) or 1.0
        lines = [self._head(columns)]
        lines += [self._bar(row, columns, reach) for row in rows]
        return lines if self.complete else [*lines, self._note("…", width)]

    @staticmethod
    def _note(text: str, width: int) -> Line:
        return Line(((formatting.fit(f" {text}", width), "note"),))

    def _row(self, bar: Bar) -> _Row | None:
        """None for what moves nothing."""
        assert self.today is not None
        ends = [
            _End(_figure(bar, figure), objective, _SWAPS if swaps else "")
            for figure, objective, swaps in (
                (bar.low, bar.at_low, bar.swaps_low),
                (bar.high, bar.at_high, bar.swaps_high),
            )
            if objective is None or abs(objective - self.today) >= _MIN_EFFECT
        ]
        if not ends:
            return None
        below = [end for end in ends if end.objective is not None and end.objective < self.today]
        above = [end for end in ends if end not in below]
        lower, upper = (max(side, key=self._distance, default=None) for side in (below, above))
        known = [self.today, *(end.objective for end in ends if end.objective is not None)]
        span = float("inf") if len(known) <= len(ends) else max(known) - min(known)
        return _Row(_input_name(bar.input), lower, upper, span)

    def _distance(self, end: _End) -> float:
        assert self.today is not None
        return float("inf") if end.objective is None else abs(end.objective - self.today)

    def _head(self, columns: _Columns) -> Line:
        assert self.today is not None
        unit = "points" if self.maximises else "USD/mo"
        today = f"{formatting.money(self.today)} {unit} today"
        worse, better = ("worse", "better") if self.maximises else ("cheaper", "costlier")
        side = columns.figure + columns.money
        left = formatting.fit(f"{worse} ", columns.name + side, right=True)
        middle = formatting.fit(today.center(2 * columns.half + 1), 2 * columns.half + 1)
        return Line(((left + middle + formatting.fit(f" {better}", side), "note"),))

    def _bar(self, row: _Row, columns: _Columns, reach: float) -> Line:
        assert self.today is not None
        low, high = (0.0 if end is None else min(self._distance(end) / reach, 1.0) for end in row[1:3])
        left, right = two_sided(low, high, columns.half)
        good, bad = ("bad", "good") if self.maximises else ("good", "bad")
        no_plan = row.above is not None and row.above.objective is None
        parts = (
            (formatting.fit_offer(row.name, columns.name - 1) + " ", "name"),
            (_cell(row.below, "figure", columns.figure, right=True), "note"),
            (_cell(row.below, "text", columns.money, right=True), "value"),
            (left, good),
            ("│", "note"),
            ("✗".ljust(columns.half) if no_plan else right, "bad" if no_plan else bad),
            (_cell(row.above, "text", columns.money), "bad" if no_plan else "value"),
            (_cell(row.above, "figure", columns.figure), "note"),
        )
        return Line(parts, ("input", row.name))


class _Columns(NamedTuple):
    """Cells of the names, of an input's figure, of the money, and of the bars on one side."""

    name: int
    figure: int
    money: int
    half: int

    @classmethod
    def within(cls, width: int, rows: Sequence[_Row]) -> _Columns:
        """The figures give way where the bars would have no room."""
        ends = [end for row in rows for end in row[1:3] if end is not None]
        figure = 1 + max((cell_len(end.figure) for end in ends), default=0)
        money = 1 + max((cell_len(end.text) for end in ends), default=0)
        longest = 1 + max(cell_len(row.name) for row in rows)
        for most, figures in ((_MAX_NAME, figure), (_FAIR_NAME, figure), (_FAIR_NAME, 0), (_MIN_NAME, 0)):
            name = min(most, longest)
            half = (width - name - 2 * (figures + money) - 1) // 2
            if half >= _MIN_HALF:
                break
        half = max(half, 0)
        return cls(max(width - 2 * (half + figures + money) - 1, 1), figures, money, half)


def _objectives(row: _Row) -> list[float]:
    return [end.objective for end in row[1:3] if end is not None and end.objective is not None]


def _cell(end: _End | None, field: str, width: int, right: bool = False) -> str:
    text = "" if end is None else str(getattr(end, field))
    return formatting.fit(f"{text} " if right else f" {text}", width, right=right) if width else ""


def two_sided(low: float, high: float, half: int) -> tuple[str, str]:
    """Bars of at most `half` cells to the left and to the right of today, for parts of 1."""
    # From the left only halves and the last eighth can be drawn: no block ends at the right otherwise.
    eighths = max(round(low * half * 8), 1) if low else 0
    whole, rest = divmod(min(eighths, half * 8), 8)
    return (("▐" if rest >= 3 else "▕" if rest else "") + "█" * whole).rjust(half), formatting.bar(high, half)


def _input_name(path: str) -> str:
    """An input in words: 'requests of default', 'budget', 'price of azure/gpt-5', 'coding of gpt-5'."""
    kind, _, rest = path.partition(".")
    if kind == "offers":
        offer, _, field = rest.rpartition(".")
        return f"{'latency' if field == 'time' else field} of {offer}"
    if kind == "models":
        model, _, skill = rest.partition(".skills.")
        return f"{skill} of {model}"
    rule = RulePath.parse(path)
    name = rule.name.replace("_", " ")
    return name if rule.parent == LIMITS else f"{name} of {rule.label}"


def _figure(bar: Bar, figure: float | None) -> str:
    """The input's figure in few cells: factors as they are, shares in per cent, long counts in thousands."""
    if figure is None:
        return ""
    spec = find_spec(bar.input)
    if bar.unit == "share":
        return formatting.share(figure)
    if bar.unit == "x" and spec is None:
        return f"×{figure:g}"
    return formatting.number(float(f"{figure:.4g}"))
