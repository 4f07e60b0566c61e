"""The history of the session: every edit with the cost after it; Enter goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ...engine.domain.rules import RulePath, find_spec, value_of
from .. import formatting
from ..base_screen import Dialog
from ..document.document import State
from ..document.history import Step
from ..widgets.bars import Note
from ..widgets.line_list import Line, LinePanel

_BAR, _MONEY, _CHANGE = 12, 11, 20  # cells
_NO_BAR_BELOW = 60  # cells of the list


class Moment(NamedTuple):
    """An edit in words, and USD a month of the plan after it: None where nothing fitted or nobody waited."""

    words: str
    cost: float | None


class Moments(LinePanel):
    """A line an edit, the oldest first."""

    DOUBLE_CLICK = "screen.go"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right,l", "screen.go", "Go there", id="history_go"),
        Binding("U", "move(-1)", "The previous edit", show=False, id="history_before"),
    ]

    def __init__(self, moments: Sequence[Moment], now: int, **options: Any) -> None:
        super().__init__(**options)
        self._moments, self._now = moments, now

    def lines_for(self, width: int) -> list[Line]:
        """What was done, what it then costs, as a bar, and the change against the edit before."""
        dearest = max((moment.cost for moment in self._moments if moment.cost is not None), default=0.0)
        longest = max((cell_len(moment.words) for moment in self._moments), default=0)
        bar = _BAR if width >= max(_NO_BAR_BELOW, longest + 3 + _MONEY + _BAR + _CHANGE) else 0
        room = width - 3 - _MONEY - bar - _CHANGE
        lines, before = [], None
        for at, (words, cost) in enumerate(self._moments):
            change = "" if before is None or cost is None else formatting.change(before, cost)
            drawn = "" if cost is None or dearest <= 0 else formatting.bar(cost / dearest, bar - 2)
            style = "good" if change.startswith("▼") else "bad" if change.startswith("▲") else "note"
            parts = (
                ("● " if at == self._now else "  ", "mark"),
                (formatting.fit(words, room), "value" if at <= self._now else "note"),
                (
                    formatting.fit("no plan" if cost is None else formatting.money(cost), _MONEY, right=True),
                    "value",
                ),
                (formatting.fit(f"  {drawn}", bar), "bar"),
                (formatting.fit(f" {change}", _CHANGE), style),
            )
            lines.append(Line(parts, ("moment", at)))
            before = cost
        return lines


class History(Dialog["int | None"]):
    """Dismissed with the place of a moment, 0 the first, or None."""

    PANELS = (Moments,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,left,h,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, moments: Sequence[Moment], now: int, modes: Sequence[tuple[str, str]] = ()) -> None:
        """`now` is the place of the moment that is on the screen; `modes` what its figures rest on."""
        super().__init__()
        self._modes = modes
        self._now = now
        self.moments = Moments(moments, now, id="choices")

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(classes="dialog -big"):
            head = Content.assemble("History: every edit, and USD a month after it", *self._modes)
            yield Static(head, markup=False, classes="question")
            yield self.moments
            yield Note(f"{self.key('history_go')} goes there, {self.key('cancel')} closes; faint: undone")

    def on_mount(self) -> None:
        """Focus the present."""
        self.moments.focus()
        self.moments.rebuild(("moment", self._now))

    def action_go(self) -> None:
        """To the moment under the cursor."""
        self.dismiss(self.moments.cursor)


def step_text(before: Step[State] | None, step: Step[State]) -> str:
    """What a step changed, from the one before it; None before the first."""
    if before is None:
        return "as opened"
    path = step.path
    rule = find_spec(path) if isinstance(path, RulePath) else None
    if step.what or rule is None or not isinstance(path, RulePath):
        return step.what or formatting.place(path)
    routings = before.value.routing, step.value.routing
    if any(path.section == "labels" and path.label not in routing.labels for routing in routings):
        return formatting.place(path)
    old, new = (formatting.limit_text(rule, value_of(routing, path)) for routing in routings)
    return formatting.place(path) if old == new else f"{formatting.place(path)}: {old} → {new}"
