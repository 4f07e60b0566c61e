"""The dialog that chooses the baseline with which the total is compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from .. import formatting
from ..base_screen import Dialog
from ..widgets.bars import Note
from ..widgets.line_list import Line, LinePanel

OTHER = ""  # a router's config file that has not been read yet
_NAME_WIDTH = 34


class Baselines(LinePanel):
    """Every baseline there is; the one in use has a mark."""

    DOUBLE_CLICK = "screen.choose"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right,l", "screen.choose", "Compare with it", id="baseline_choose"),
        Binding("B", "move(1)", "The next one", show=False, id="baseline_next"),
    ]

    def __init__(self, choices: Sequence[tuple[str, str]], now: str, **options: Any) -> None:
        super().__init__(**options)
        self._choices, self._now = choices, now

    def lines_for(self, width: int) -> list[Line]:
        """Its name and what it is."""
        rows = [(name, name, about) for name, about in self._choices]
        rows.append((OTHER, "a router's config file …", "the routes in it"))
        return [
            Line(
                (
                    ("● " if key == self._now else "  ", "mark"),
                    (formatting.fit(name, _NAME_WIDTH), "name"),
                    (formatting.fit(about, width - 3 - _NAME_WIDTH), "note"),
                ),
                key,
            )
            for key, name, about in rows
        ]


class Baseline(Dialog["str | None"]):
    """Dismissed with the name of a baseline, OTHER, or None."""

    PANELS = (Baselines,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,left,h,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, choices: Sequence[tuple[str, str]], now: str) -> None:
        super().__init__()
        self._now = now
        self.baselines = Baselines(choices, now, id="choices")

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(classes="dialog -list"):
            yield Static("Compare the total with", markup=False, classes="question")
            yield self.baselines
            keys = f"{self.key('baseline_choose')} compares, {self.key('cancel')} cancels"
            yield Note(keys)

    def on_mount(self) -> None:
        """Focus the baseline in use."""
        self.baselines.focus()
        self.baselines.rebuild(self._now)

    def action_choose(self) -> None:
        """Take the baseline under the cursor."""
        self.dismiss(self.baselines.key)
