"""The dialog that adds a rule of a section that is not set yet, or a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.domain.rules import RulePath, find_spec, unset_in
from .. import formatting
from ..base_screen import Dialog
from ..widgets.bars import Note
from ..widgets.inputs import PlainInput
from ..widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

NEW_LABEL = RulePath("labels")
_NAME_WIDTH = 20


class Choices(LinePanel):
    """The rules that can be added, with their help."""

    DOUBLE_CLICK = "screen.choose"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,right,l", "screen.choose", "Choose", id="choose")]

    def __init__(self, paths: list[RulePath], **options: Any) -> None:
        super().__init__(**options)
        self._paths = paths

    def lines_for(self, width: int) -> list[Line]:
        """Name and help; the new label comes last."""
        lines = []
        for path in self._paths:
            rule = find_spec(path)
            name = rule.name if rule else "a new label"
            text = (
                f"{rule.help}{formatting.bracketed_bounds(rule)}"
                if rule
                else "with its own workload and rules"
            )
            parts = (
                (formatting.fit(name, _NAME_WIDTH), "name"),
                (formatting.fit(text, width - 1 - _NAME_WIDTH), "note"),
            )
            lines.append(Line(parts, path))
        return lines


class Add(Dialog[RulePath | None]):
    """Dismissed with the path of the rule or label, or None for Escape."""

    PANELS = (Choices,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,left,h", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
        Binding("n,a", "name", "New label", id="new_label"),
    ]

    def __init__(self, routing: Routing, section: RulePath, *, new_label: bool = False) -> None:
        """`new_label`: what is added is a label."""
        super().__init__()
        self._routing, self._section, self._new_label = routing, section, new_label
        self.choices = Choices([*unset_in(routing, section), NEW_LABEL], id="choices")
        self.name_input = PlainInput(placeholder="name of the label", compact=True, id="name")
        self.note = Note()

    def compose(self) -> ComposeResult:
        """The list; the input only for a label's name."""
        self.name_input.display = False
        with Vertical(classes="dialog -tall"):
            title = "Add a label" if self._new_label else f"Add a rule to {formatting.place(self._section)}"
            yield Static(title, markup=False, classes="question")
            yield self.choices
            yield self.name_input
            yield self.note

    def on_mount(self) -> None:
        """Focus the list, and say the keys."""
        keys = [self.key(name) for name in ("choose", "new_label", "cancel")]
        self.note.say("{} chooses, {} names a new label, {} cancels".format(*keys))
        self.choices.focus()
        if self._new_label:
            self.action_name()

    def action_choose(self) -> None:
        """Take the rule under the cursor, or ask for the label's name."""
        if self.choices.key == NEW_LABEL:
            self.action_name()
        elif self.choices.key is not None:
            self.dismiss(self.choices.key)

    def action_name(self) -> None:
        """Ask for the label's name."""
        self.query_one(".question", Static).update("Add a label")
        self.name_input.display = True
        self.set_focus(self.name_input)
        self.note.say(f"Enter adds the label, {self.key('cancel')} cancels")

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        from ...engine.domain.errors import InputError
        from ..document.edits import with_label

        event.stop()
        try:
            with_label(self._routing, event.value)
        except InputError as error:
            self.note.say(str(error), bad=True)
            return
        self.dismiss(RulePath("labels", event.value.strip()))
