"""What stands on the main screen and where: total, panels, hint and keys, at any size of the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.widgets import Static

from ..base_screen import BaseScreen
from ..controllers.comparison import Comparison
from ..controllers.explanations import Explanations
from ..widgets.allocation import AllocationPanel
from ..widgets.bars import Foot, HintBar, TotalBar
from ..widgets.explanation import WhyPanel
from ..widgets.inputs import Editor
from ..widgets.rules import RulesPanel

if TYPE_CHECKING:
    from ..document.document import Document
    from ..document.editing_session import EditingSession
    from ..solver.client import Solver
    from .browser.offers import View

_LEAST = Size(40, 10)  # below it there is no room for a rule and its answer
Opener = Callable[[], "Document"]


class Layout(BaseScreen[None]):
    """Rules on one side, their answer on the other."""

    PANELS = (RulesPanel, AllocationPanel, WhyPanel)
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (_LEAST.width, "-narrow"), (116, "-wide"), (150, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (_LEAST.height, "-tall"), (30, "-high")]

    def __init__(self, name: str, opener: Opener, solver: Solver) -> None:
        super().__init__()
        self.document: Document | None = None
        self._troubled = False
        self.browser_view: View | None = None  # as it was when it was closed
        self._opener, self._solver = opener, solver
        self.session: EditingSession
        self.total, self.hint = TotalBar(id="total"), HintBar(id="hint")
        self.rules, self.allocation = RulesPanel(id="rules"), AllocationPanel(id="allocation")
        self.why, self.editor = WhyPanel(id="why"), Editor(id="editor")
        self.explanations = Explanations(self.why, solver, self.run_worker)
        self.against = Comparison(solver, self.run_worker, self.total.compare)
        self.total.file = name
        self.foot = Foot()

    def compose(self) -> ComposeResult:
        """Total, panels, hint and keys; the editor floats."""
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
        yield self.editor
        yield Static(f"too small; needs {_LEAST.width} x {_LEAST.height}", id="small")
