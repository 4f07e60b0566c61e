"""What stands on the main screen and where: total, panels, hint and keys, at any size of the terminal."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from ..widgets.allocation import AllocationPanel
from ..widgets.bars import Foot, HintBar, TotalBar
from ..widgets.explanation import WhyPanel
from ..widgets.rules import RulesPanel

MIN_WIDTH, MIN_HEIGHT = 40, 10  # below them there is no room for a rule and its plan
STYLE = "main"  # the class of screens that look so
WIDTHS = [(0, "-tiny"), (MIN_WIDTH, "-narrow"), (116, "-wide"), (150, "-roomy")]
HEIGHTS = [(0, "-flat"), (MIN_HEIGHT, "-tall"), (30, "-high")]
KINDS = (RulesPanel, AllocationPanel, WhyPanel)


class Panels:
    """The widgets: rules on one side, their plan and its explanation on the other."""

    def __init__(self, name: str) -> None:
        """`name` is that of the file."""
        self.total, self.hint, self.foot = TotalBar(id="total"), HintBar(id="hint"), Foot()
        self.rules, self.allocation = RulesPanel(id="rules"), AllocationPanel(id="allocation")
        self.why = WhyPanel(id="why")
        self.total.file = name

    def compose(self) -> ComposeResult:
        """All of them; what else a screen has floats over them."""
        self.rules.border_title, self.allocation.border_title = "rules", "allocation"
        self.why.border_title = "why"
        yield self.total
        with Container(id="panels"):
            yield self.rules
            with Container(id="answers"):
                yield self.allocation
                yield self.why
        yield self.hint
        yield self.foot
        yield Static(f"too small; needs {MIN_WIDTH} x {MIN_HEIGHT}", id="small")
