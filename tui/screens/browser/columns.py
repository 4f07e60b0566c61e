"""The columns of the table: head, unit and width, what each sorts by and how that is written.

And the dialog that chooses them and their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from ... import formatting
from ...base_screen import Dialog
from ...widgets.bars import Note
from ...widgets.line_list import Line, LinePanel
from .rows import Row

_UNKNOWN = ("-", "?", "…", "—")
_COST, _QUALITY, _LATENCY = range(3)  # places among a row's signs
_NAME_WIDTH = 20
BAR_CELLS = 6


@dataclass(frozen=True)
class Column:
    """A column; `sort_key` gives None for what is not known.

    `down`: the largest comes first when it is sorted by. Its signs are those of `fact`, a figure of the
    catalogue, or stand at `signs_at` among the row's, for a figure that is worked out for the label. `part`
    is how much of its scale the figure takes, 0 to 1, drawn as a bar of `bar_cells` where there is room, and
    `sure` as much of that as one can be 90 % sure of.
    """

    name: str
    head: str
    width: int
    about: str
    sort_key: Callable[[Row], Any]
    text: Callable[[Row], str]
    down: bool = False
    right: bool = True
    fact: str = ""
    signs_at: int | None = None
    part: Callable[[Row], float | None] | None = None
    sure: Callable[[Row], float | None] | None = None
    bar_cells: int = 0

    @property
    def cells(self) -> int:
        """What it takes of a line, without the space before it."""
        return self.width + (self.bar_cells + 1 if self.bar_cells else 0)

    def with_bar(self, cells: int = BAR_CELLS) -> Column:
        """The same with a bar behind the figure, where it has a scale."""
        return self if self.part is None else replace(self, bar_cells=cells)

    def bar(self, row: Row) -> str:
        """The bar, blank where the figure is not known."""
        part = None if self.part is None else self.part(row)
        wide = self.bar_cells > BAR_CELLS  # else what is shaded would be less than a cell
        sure = self.sure(row) if self.sure is not None and wide else None
        return " " * self.bar_cells if part is None else formatting.bar(part, self.bar_cells, sure)

    def signs(self, row: Row) -> str:
        """What the figure rests on: estimates, old or disputed figures, what-ifs."""
        if self.signs_at is not None:
            return row.signs[self.signs_at]
        return row.marks.figure(row.key, self.fact) if self.fact else ""

    def signed_text(self, row: Row) -> str:
        """The text after its signs; what is not known has none."""
        text = self.text(row)
        return text if text in _UNKNOWN else self.signs(row) + text

    def cell(self, row: Row) -> str:
        """The signed text in the column's width, after a space, and the bar after another."""
        text = " " + formatting.fit(self.signed_text(row), self.width, right=self.right)
        return f"{text} {self.bar(row)}" if self.bar_cells else text


def price(usd: float | None) -> str:
    """A price in USD per million tokens, no more digits than it has; "-" where there is none."""
    return "-" if usd is None else f"{usd:.4g}"


def figure(number: float | None) -> str:
    """A figure as text; "-" where it is not known."""
    return "-" if number is None else formatting.number(number)


def _standing(field: str) -> Callable[[Row], float | None]:
    return lambda row: None if row.standing is None else getattr(row.standing, field)


def quality_part(row: Row) -> float | None:
    """The quality for the label on its scale."""
    return None if row.standing is None or row.standing.quality is None else row.standing.quality / 100


def sure_part(row: Row) -> float | None:
    """As much of the quality for the label as its rules count, on its scale."""
    return None if row.standing is None or row.standing.counted is None else row.standing.counted / 100


def skill_interval(row: Row, name: str) -> tuple[float, float] | None:
    """The 80 % interval of a skill of the offer's model, in points; None where the figure stands as it is."""
    fit = (getattr(row.model, "fitted", {}) or {}).get(name)
    low, high = getattr(fit, "low", None), getattr(fit, "high", None)
    return None if low is None or high is None or name in row.model.skills else (low, high)


def _sure_skill(name: str) -> Callable[[Row], float | None]:
    def sure(row: Row) -> float | None:
        interval = skill_interval(row, name)
        return None if interval is None else interval[0] / 100

    return sure


def latency_part(row: Row) -> float | None:
    """How much of the label's max_latency the latency takes; None where there is no such rule."""
    limit = None if row.label is None else row.label.max_latency
    return row.standing.latency / limit if limit and row.standing and row.standing.latency else None


def _quality(row: Row) -> str:
    quality = None if row.standing is None else row.standing.quality
    return row.unscored if quality is None else formatting.points(quality)


def _late(row: Row) -> str:
    late = None if row.standing is None else row.standing.late
    return "-" if late is None else formatting.share(late)


def _money(row: Row) -> str:
    return "…" if row.standing is None else formatting.money(row.standing.cost)


def _fact(name: str, head: str, width: int, about: str, *, down: bool = False) -> Column:
    return Column(
        name, head, width, about, lambda r: getattr(r.offer, name), lambda r: price(getattr(r.offer, name)),
        down, fact=name,
    )  # fmt: skip


def _word(name: str, head: str, width: int, about: str, text: Callable[[Row], str]) -> Column:
    return Column(name, head, width, about, lambda row: text(row).casefold(), text, right=False)


OFFER = _word("offer", "offer", 0, "provider/model", lambda row: row.key)
MONTH = Column(
    "month",
    "USD/mo",
    10,
    "USD a month of the label at this offer alone",
    _standing("cost"),
    _money,
    signs_at=_COST,
)
QUALITY = Column(
    "quality", "quality", 8, "for the label's skills, 0-100", _standing("quality"),
    _quality, down=True,
    signs_at=_QUALITY, part=quality_part, sure=sure_part,
)  # fmt: skip
LATENCY = Column(
    "latency", "latency", 8, "seconds at the label's percentile", _standing("latency"),
    lambda r: "…" if r.standing is None else formatting.seconds(r.standing.latency), signs_at=_LATENCY,
    part=latency_part,
)  # fmt: skip
CONTEXT = Column(
    "context", "context", 8, "tokens, input + output",
    lambda r: r.window, lambda r: formatting.tokens(r.window),
    down=True, fact="context",
)  # fmt: skip
_FIXED = (
    MONTH, QUALITY, LATENCY, CONTEXT,
    Column("late", "late", 7, "share of requests over max_latency", _standing("late"), _late,
           signs_at=_LATENCY),
    Column("share", "share", 6, "of the label's requests, in the plan", lambda r: r.share or None,
           lambda r: formatting.share(r.share) if r.share else "-", down=True),
    _fact("input", "in USD/M", 9, "USD per million input tokens"),
    _fact("output", "out USD/M", 10, "USD per million output tokens"),
    _fact("cache_read", "cached", 8, "USD per million tokens read from the cache"),
    _fact("cache_write", "c.write", 8, "USD per million tokens written to the cache"),
    _fact("ttft", "ttft s", 7, "median seconds to the first token"),
    _fact("tps", "tok/s", 7, "median output tokens per second", down=True),
    Column("rpm", "req/min", 8, "rate limit, requests per minute", lambda r: r.offer.rpm,
           lambda r: figure(r.offer.rpm), down=True),
    Column("tpm", "tok/min", 10, "rate limit, tokens per minute", lambda r: r.offer.tpm,
           lambda r: figure(r.offer.tpm), down=True),
    Column("fee", "fee", 6, "surcharge of the provider", lambda r: r.provider.fee,
           lambda r: formatting.share(r.provider.fee)),
    _word("status", "status", 10, "live, preview, gated, deprecated or retired", lambda r: r.offer.status),
    _word("developer", "developer", 12, "who made the model", lambda r: r.model.developer or "-"),
    _word("licence", "licence", 14, "of the model", lambda r: r.model.licence or "-"),
    _word("features", "features", 24, "of the offer", lambda r: " ".join(r.features) or "-"),
    _word("dated", "as of", 10, "date of the price", lambda r: str(r.offer.as_of or "-")),
    _word("source", "source", 12, "of the price", lambda r: r.offer.source or "-"),
)  # fmt: skip
DEFAULT_COLUMNS = (
    "month", "quality", "latency", "context", "late", "share", "input", "output", "tps", "status",
)  # fmt: skip


def columns_of(skills: tuple[str, ...]) -> dict[str, Column]:
    """Every column by name; a skill has one of its own."""
    columns = (*_FIXED, *map(_skill, skills))
    return {column.name: column for column in columns}


def _skill(name: str) -> Column:
    return Column(
        f"skill:{name}", name[:9], 10, f"skill {name}, 0-100", lambda r: r.skills.get(name),
        lambda r: formatting.points(r.skills.get(name)), down=True, fact=f"skill:{name}",
        part=lambda r: r.skills[name] / 100 if name in r.skills else None, sure=_sure_skill(name),
    )  # fmt: skip


class ColumnList(LinePanel):
    """Every column, the chosen ones first and in their order."""

    DOUBLE_CLICK = "turn"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "turn", "Show or hide", id="column_turn"),
        Binding("plus,K", "shift(-1)", "Move left", id="column_left"),
        Binding("minus,J", "shift(1)", "Move right", id="column_right"),
    ]

    def __init__(self, columns: dict[str, Column], chosen: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.columns = columns
        self.shown = [name for name in chosen if name in columns]

    def lines_for(self, width: int) -> list[Line]:
        """A line for each column: whether it is shown, its name, what it is."""
        lines = []
        for name in [*self.shown, *(name for name in self.columns if name not in self.shown)]:
            column, on = self.columns[name], name in self.shown
            parts = (
                ("[x] " if on else "[ ] ", "mark" if on else "note"),
                (formatting.fit(column.head, _NAME_WIDTH), "name"),
                (formatting.fit(column.about, width - 5 - _NAME_WIDTH), "note"),
            )
            lines.append(Line(parts, name))
        return lines

    def action_turn(self) -> None:
        """Show the column, or hide it."""
        if self.key in self.shown:
            self.shown.remove(self.key)
        elif self.key is not None:
            self.shown.append(self.key)
        self.rebuild()

    def action_shift(self, by: int) -> None:
        """Move a shown column so many places to the right."""
        if self.key not in self.shown:
            return
        at = self.shown.index(self.key)
        to = max(0, min(at + by, len(self.shown) - 1))
        self.shown.insert(to, self.shown.pop(at))
        self.rebuild()


class ColumnChoice(Dialog["list[str] | None"]):
    """Dismissed with the names of the columns in their order, or None for Escape."""

    PANELS = (ColumnList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Use these columns", id="column_take"),
        Binding("escape,q,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, columns: dict[str, Column], chosen: Sequence[str]) -> None:
        super().__init__()
        self._list = ColumnList(columns, chosen, id="choices")

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(classes="dialog -tall"):
            yield Static("Columns", classes="question")
            yield self._list
            names = ("column_turn", "column_left", "column_right", "column_take", "cancel")
            keys = [self.key(name) for name in names]
            help_line = "{} shows or hides, {} and {} move it, {} takes them, {} cancels".format(*keys)
            yield Note(help_line)

    def on_mount(self) -> None:
        """Focus the list."""
        self._list.focus()

    def action_take(self) -> None:
        """Close with these columns; with None where none is left."""
        self.dismiss(self._list.shown or None)
