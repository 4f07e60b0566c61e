"""The cursor of the main screen: what it stands on, in words, and the editor that opens there."""

from __future__ import annotations

from textual import on

from ...engine.domain.rules import LIMITS, Kind, RulePath, find_spec, set_in
from .. import formatting
from ..messages import CursorMoved
from .layout import Layout


class Cursor(Layout):
    """The panels with a cursor, its explanation and its editor."""

    @on(CursorMoved)
    def explain(self, message: CursorMoved) -> None:
        """Say what the cursor has come to."""
        self.show_reasons(message.path)
        self.foot.dim()
        if message.path[0] == "repair":
            self.hint.say(f"{self.key('follow')} makes this change, {self.key('undo')} takes it back")
        elif self.allocation.has_focus or (self.why.has_focus and isinstance(message.path, RulePath)):
            key = self.key("open_reason" if self.why.has_focus else "follow")
            self.hint.say(f"{self.marked()}{key} goes to {formatting.place(message.path)} among the rules")
        else:
            self.hint.say(f"{self.marked()}{self.explained(message.path)}")

    def marked(self) -> str:
        """What the signs of the figures under the cursor mean; nothing where there are none."""
        from ...engine.domain.marks import legend_text

        panel = self.allocation if self.allocation.has_focus else self.why if self.why.has_focus else None
        signs = "" if panel is None else panel.signs
        return f"{legend_text(signs)} ({self.key('origin')} says where from) · " if signs else ""

    def show_reasons(self, path: tuple[str, ...]) -> None:
        """Of the section under the cursor; the reasons' own lines are of the section shown."""
        path = RulePath.parse(path[1]) if path[0] == "repair" and path[1] != "together" else path
        if not self.why.has_focus and isinstance(path, RulePath):
            self.explanations.at(path.parent)

    def explained(self, path: tuple[str, ...]) -> str:
        """Help, range and keys for what is under the cursor."""
        rule = find_spec(path) if isinstance(path, RulePath) else None
        if rule is not None:
            words = {
                Kind.ARRAY: "; type names, with commas",
                Kind.OBJECT: "; type names with figures, with commas",
            }
            typing = words.get(rule.kind, "") if self.editor.is_open else ""
            return f"{rule.name}: {rule.help}{formatting.bracketed_bounds(rule)}{typing}"
        if path == LIMITS:
            steps = f"{self.key('step_up')} and {self.key('step_down')}"
            told = f"{self.key('add')} adds a limit or a label, {steps} step a value"
            return f"router: {told}, {self.key('edit')} types one"
        told = f"{self.key('add')} adds a rule, {self.key('edit')} renames it"
        return f"label {path[1]}: {told}, {self.key('drop')} drops it"

    def open_editor(self, path: RulePath) -> None:
        """Type the value at `path`, in its place."""
        from ..document.edits import value_at
        from ..document.values import shown

        assert self.document is not None
        routing, rule = self.document.routing, find_spec(path)
        fresh = rule is not None and path not in set_in(routing, path.parent)
        self.rules.show_pending(path if fresh else None)
        self.editor.open(path, shown(value_at(routing, path)), formatting.bounds(rule) if rule else "name")
        self.place_editor()
        self.hint.say(self.explained(path))

    def place_editor(self) -> None:
        """Keep the editor over its value."""
        region = self.rules.value_region()
        self.editor.styles.offset = (region.x, region.y)
        self.editor.styles.width = region.width

    def on_resize(self) -> None:
        """The value has moved on the screen."""
        if self.editor.is_open:
            self.call_after_refresh(self.place_editor)

    def close_editor(self) -> None:
        """Back to the rules."""
        self.editor.close()
        self.rules.show_pending(None)
        self.set_focus(self.rules)
        if self.rules.key is not None:
            self.hint.say(self.explained(self.rules.key))
