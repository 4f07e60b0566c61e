"""Planned against spent: the month to date and its forecast, by cause, by label and by what served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from .. import formatting
from ..base_screen import Dialog
from ..widgets.bars import Note
from ..widgets.line_list import Line, LinePanel
from .browser.details import wrapped
from .what_if.tornado import two_sided

MAX_SECONDS = 120.0  # to read the logs
_CAUSE, _MONEY, _HALF_BAR, _REQUESTS = 12, 11, 8, 18  # cells
_LEAST = 0.005  # USD that is told
Part = tuple[str, str]  # text, style


def spent_lines(answer: Mapping[str, Any], width: int) -> list[Line]:
    """The answer to the solver's `spent`, for so many cells: the month, causes, labels with models, notes."""
    return [Line(tuple(parts)) for parts in _parts(answer, width)]


def _parts(answer: Mapping[str, Any], width: int) -> Iterator[Sequence[Part]]:
    yield from _month(answer, width)
    yield []
    yield from _causes(answer, width)
    yield []
    yield from _labels(answer, width)
    if answer["notes"]:
        yield []
    for note in answer["notes"]:
        for at, row in enumerate(wrapped(note, max(width - 2, 16))):
            yield [(f"{'  ' if at else '· '}{row}", "note")]


def _month(answer: Mapping[str, Any], width: int) -> Iterator[Sequence[Part]]:
    """What was spent of what was planned for these days, and where the month is going."""
    month = answer["month"]
    days = f"{answer['first']} to {answer['last']}, {answer['days']} day{'' if answer['days'] == 1 else 's'}"
    yield [(formatting.fit(days, width), "note")]
    likely = "one day is too few for an interval"
    if month["low"] is not None and month["high"] is not None:
        span = f"{formatting.money(month['low'])} to {formatting.money(month['high'])}"
        likely = f"{span} with {month['confidence'] * 100:g} %"
    rows = (
        ("spent", answer["spent"], "planned for these days", answer["planned"], ""),
        (f"by {month['end']}", month["forecast"], "planned", month["planned"], likely),
    )
    for name, usd, words, planned, more in rows:
        change, style = _against(planned, usd)
        yield [
            (formatting.fit(name, _CAUSE + 3), "name"),
            (formatting.fit(formatting.money(usd), _MONEY, right=True), "value"),
            (f" USD   {words} {formatting.money(planned)}  ", "note"),
            (change, style),
        ]
        if more:
            yield [(formatting.fit("", _CAUSE + 3 + _MONEY), "note"), (f"       {more}", "note")]


def _against(planned: float, usd: float) -> Part:
    text = formatting.change(planned, usd)
    return text, {"▲": "bad", "▼": "good"}.get(text[0], "note")


def _causes(answer: Mapping[str, Any], width: int) -> Iterator[Sequence[Part]]:
    """What came to more or less than planned, as bars around the plan."""
    amounts = {cause: usd for cause, usd in answer["difference"].items() if abs(usd) >= _LEAST}
    yield [(formatting.fit("against the plan, by cause", width), "head")]
    if not amounts:
        yield [(" as planned, to the cent", "note")]
    most = max(map(abs, amounts.values()), default=1.0)
    for cause, usd in amounts.items():
        left, right = two_sided(max(-usd, 0.0) / most, max(usd, 0.0) / most, _HALF_BAR)
        words = answer["cause_words"].get(cause, "")
        room = max(width - _CAUSE - _MONEY - 2 * _HALF_BAR - 6, 0)
        yield [
            (formatting.fit(f" {cause}", _CAUSE), "name"),
            (formatting.fit(formatting.signed(usd), _MONEY, right=True), "bad" if usd > 0 else "good"),
            ("  ", "note"),
            (left, "good"),
            ("│", "note"),
            (right, "bad"),
            (f"  {formatting.fit(words, room)}", "note"),
        ]


def _labels(answer: Mapping[str, Any], width: int) -> Iterator[Sequence[Part]]:
    """Each label, under it what served it."""
    names = max(width - _REQUESTS - 3 * _MONEY, 12)

    def row(name: Part, cells: Sequence[str], style: str, difference: float | None) -> Sequence[Part]:
        requests, *money = cells
        shade = (
            "note" if difference is None or abs(difference) < _LEAST else "bad" if difference > 0 else "good"
        )
        text = "" if difference is None else formatting.signed(difference)
        return [
            (formatting.fit(name[0], names), name[1]),
            (formatting.fit(requests, _REQUESTS, right=True), style),
            *((formatting.fit(cell, _MONEY, right=True), style) for cell in money),
            (formatting.fit(text, _MONEY, right=True), shade),
        ]

    yield row(("label, and what served it", "head"), ("requests", "planned", "spent"), "note", None)
    for name, label in answer["labels"].items():
        requests = f"{label['requests']:,.0f} of {label['planned_requests']:,.0f}"
        money = (formatting.money(label["planned"]), formatting.money(label["spent"]))
        difference = label["spent"] - label["planned"]
        yield row((f" {name}", "name"), (requests, *money), "value", difference)
        for served in label["models"]:
            model = served["offer"] or f"{served['name']} (unknown)"
            cells = (f"{served['requests']:,.0f}", "", formatting.money(served["usd"]))
            yield row((f"   {model}", "note"), cells, "note", sum(served["difference"].values()))


class SpentPanel(LinePanel):
    """The comparison, to scroll."""

    def __init__(self, answer: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self._answer = answer

    def lines_for(self, width: int) -> list[Line]:
        """All of it."""
        return spent_lines(self._answer, width - 1)


class Spent(Dialog[None]):
    """The comparison over the workbench; any of the usual keys closes it."""

    PANELS = (SpentPanel,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,p,enter,ctrl+c", "dismiss(None)", "Close", id="close_spent"),
    ]

    def __init__(self, answer: Mapping[str, Any], modes: str = "") -> None:
        """`answer`: the solver's, to `spent`; `modes`: what makes its figures other than the catalogue's."""
        super().__init__()
        self._answer, self._modes = answer, modes
        self.panel = SpentPanel(answer, id="choices")

    def compose(self) -> ComposeResult:
        """The comparison and its keys."""
        with Vertical(classes="dialog -big"):
            title = f"Planned against spent: {formatting.clean(self._answer['source'])}{self._modes}"
            yield Static(title, markup=False, classes="question")
            yield self.panel
            yield Note(f"{self.key('close_spent')} closes; `modelpick spent` has the days and subscriptions")

    def on_mount(self) -> None:
        """The arrows scroll it."""
        self.panel.focus()
        self.panel.rebuild()
