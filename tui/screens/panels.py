"""What stands on the main screen and where, at any size of the terminal, and which keys it has.

The loading screen has the same, so that nothing jumps when the files have been read.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Static

from ..widgets.allocation import AllocationPanel
from ..widgets.bars import Foot, HintBar, TotalBar
from ..widgets.explanation import WhyPanel
from ..widgets.labels import LabelsPanel
from ..widgets.rules import RulesPanel

MIN_WIDTH, MIN_HEIGHT = 40, 10  # below them there is no room for a rule and its plan
STYLE = "main"  # the class of screens that look so
WIDTHS = [
    (0, "-tiny"),
    (MIN_WIDTH, "-narrow"),
    (64, "-medium"),
    (116, "-wide"),
    (150, "-roomy"),
    (180, "-vast"),
]
HEIGHTS = [(0, "-flat"), (MIN_HEIGHT, "-tall"), (30, "-high"), (40, "-higher"), (50, "-lofty")]
KINDS = (RulesPanel, AllocationPanel, WhyPanel, LabelsPanel)
BINDINGS: list[BindingType] = [
    Binding("u", "travel(True)", "Undo", tooltip="Undo the last edit", id="undo"),
    Binding(
        "ctrl+r,ctrl+y", "travel(False)", "Redo", key_display="^r", tooltip="Redo what was undone", id="redo"
    ),
    Binding("U", "history", "History of the edits, with their costs", show=False, id="history"),
    Binding("s,ctrl+s", "save", "Save", key_display="s", tooltip="Save the routing", id="save"),
    Binding("S,w", "save_as", "Save as", show=False, tooltip="Save under another name", id="save_as"),
    Binding("v", "review", "View changes", show=False, tooltip="View what a save changes", id="review"),
    Binding("x", "export", "Export", show=False, tooltip="Export to a router", id="export"),
    Binding("y", "copy", "Copy the routing", show=False, id="copy"),
    Binding("E", "external", "Open in $EDITOR", show=False, id="editor"),
    Binding("R", "reload", "Reload from disk", show=False, id="reload"),
    Binding("f2", "tour", "The first steps", show=False, tooltip="Show the first steps", id="tour"),
    Binding("escape", "end_tour", "Hide the first steps for good", show=False, id="end_tour"),
    Binding("m", "mend", "Fix: make the first change that helps", show=False, id="mend"),
    Binding("n", "next_conflict", "Next rule in conflict", show=False, id="next_conflict"),
    Binding("M", "take_mix", "Mix two offers where that saves", show=False, id="take_mix"),
    Binding(
        "L",
        "cautious",
        "90 % sure of quality",
        show=False,
        tooltip="Ask to be 90 % sure of quality, or no longer",
        id="cautious",
    ),
    Binding("tab", "switch(1)", "Next panel", show=False, id="switch"),
    Binding("shift+tab", "switch(-1)", "Previous panel", show=False, id="switch_back"),
    Binding("1", "panel('labels')", "The labels", show=False, id="panel_1"),
    Binding("2", "panel('allocation')", "Who answers", show=False, id="panel_2"),
    Binding("3", "panel('rules')", "The rules", show=False, id="panel_3"),
    Binding("4", "panel('why')", "Next best and left out", show=False, id="panel_4"),
    Binding("colon", "set_rule", "Set a rule by its path", show=False, id="set"),
    Binding("r", "router", "The router's rules", show=False, id="router"),
    Binding("I", "import", "Import logs or a router's config", show=False, id="import"),
    Binding("p", "spent", "Planned against spent", show=False, id="spent"),
    Binding("B", "baseline", "Compare with a baseline", show=False, id="baseline"),
    Binding("o", "origin", "Where the figures come from", show=False, id="origin"),
    Binding("z", "zoom", "Zoom the panel", show=False, id="zoom"),
    Binding(
        "f",
        "frontier",
        "Frontier",
        show=False,
        tooltip="Frontier: cost against quality or latency",
        id="frontier",
    ),
    Binding(
        "W", "what_if", "What if", show=False, tooltip="What if traffic or prices were others", id="what_if"
    ),
    Binding("b", "browse", "Browse", tooltip="Browse the offers", id="browse"),
    Binding("question_mark,f1", "help", "Help", key_display="?", tooltip="Help: keys and signs", id="help"),
    Binding("q,ctrl+c", "leave", "Quit", key_display="q", tooltip="Quit modelpick", id="quit"),
]


class Panels:
    """The widgets: the labels, who answers the one under the cursor and what comes next, and its rules."""

    def __init__(self, name: str) -> None:
        """`name` is that of the file."""
        self.total, self.hint, self.foot = TotalBar(id="total"), HintBar(id="hint"), Foot()
        self.rules, self.allocation = RulesPanel(id="rules"), AllocationPanel(id="allocation")
        self.why, self.labels = WhyPanel(id="why"), LabelsPanel(id="labels")
        self.aside = Container(id="aside")  # empty but on a wide terminal
        self.total.file = name

    def compose(self) -> ComposeResult:
        """All of them; what else a screen has floats over them."""
        self.labels.entitle("1 labels")
        self.allocation.entitle("2 who answers")
        self.rules.entitle("3 rules")
        self.why.entitle("4 next best, left out")
        yield self.total
        with Container(id="panels"):
            with Container(id="answers"):
                yield self.labels
                with Container(id="answer"):
                    yield self.allocation
                    yield self.why
            yield self.rules
            yield self.aside
        yield self.hint
        yield self.foot
        yield Static(f"too small; needs {MIN_WIDTH} x {MIN_HEIGHT}", id="small")
