"""Edits by key: each action is one small wish put to the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, Kind, RulePath, find_spec
from .. import formatting
from .outside import Outside

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing


class Editing(Outside):
    """The workbench whose rules can be changed."""

    @property
    def _path(self) -> RulePath | None:
        """The rule, label or section under the cursor."""
        path: RulePath | None = self.rules.key
        return path if self.document is not None else None

    def action_step(self, steps: int) -> None:
        """Move the value under the cursor by so many of its steps."""
        path = self._path
        if path is None:
            return
        try:
            self.session.step(path, steps)
        except InputError as error:
            self.hint.say(str(error), bad=True)
        else:
            self.hint.say(self.explained(path))

    def action_edit(self) -> None:
        """Type the value under the cursor, or a label's name."""
        if self._path == LIMITS:
            self.rules.action_turn()
        elif self._path is not None:
            self.open_editor(self._path)

    def action_accept(self) -> None:
        """Take what was typed; when it is wrong, say so and keep typing."""
        from ..document.edits import typed

        path, text = self.editor.path, self.editor.value
        if path is None or self.document is None:
            return
        catalog = self.document.file.catalog
        # A label's new name is also its new place.
        after = RulePath("labels", text.strip()) if path.is_section else path
        if self.edit(lambda routing: typed(routing, path, text, catalog), after):
            self.close_editor()

    def action_give_up(self) -> None:
        """Leave the editor; nothing has changed."""
        self.close_editor()

    def action_add(self) -> None:
        """Choose a rule to add to this section, or a new label."""
        from ..dialogs.add_rule import Add

        if self.document is not None:
            self.app.push_screen(Add(self.document.routing, self.rules.section), self._added)

    def _added(self, path: RulePath | None) -> None:
        from ..document.edits import put, with_label

        if path is None:
            return
        rule = find_spec(path)
        if rule is None:
            if self.edit(lambda routing: with_label(routing, path.label), path):
                self.rules.reveal(lambda key: isinstance(key, RulePath) and key.parent == path)
                self.hint.say(f"label {path.label} added; set its workload, and {self.key('add')} adds rules")
        elif rule.kind is Kind.BOOLEAN:
            self.edit(lambda routing: put(routing, path, not rule.default), path)
        else:
            self.open_editor(path)

    def action_drop(self) -> None:
        """Drop the rule under the cursor; a whole label only when that is meant."""
        from ..dialogs.prompts import Ask

        path = self._path
        if path is None:
            return
        if path.is_section and path != LIMITS:
            question = f"Drop the label {formatting.clean(path.label)} with all its rules?"
            choices = (("d", "drop", "Drop it"), ("k", "keep", "Keep it"))
            self.app.push_screen(Ask(question, choices), lambda said: self._drop(path, said == "drop"))
        else:
            self._drop(path, True)

    def _drop(self, path: RulePath, meant: bool) -> None:
        from ..document.edits import dropped

        what = f"{formatting.place(path)} dropped; {self.key('undo')} brings it back"
        if meant and self.edit(lambda routing: dropped(routing, path), path):
            self.hint.say(what)

    def action_travel(self, back: bool) -> None:
        """Undo or redo one edit, and show where it was."""
        step = self.session.travel(back) if self.document is not None else None
        if step is None:
            return
        self.hint.say(f"{'undone' if back else 'redone'}: {step.what or formatting.place(step.path)}")

    def disabled_reason_travel(self, back: bool) -> str:
        """There is nothing there."""
        return "" if self.document is None else self.document.travel_disabled_reason(back)

    def disabled_reason_step(self, steps: int) -> str:  # noqa: ARG002
        """Only some rules have a step."""
        from ..document.edits import step_disabled_reason

        return "" if self._path is None else step_disabled_reason(self._path)

    def disabled_reason_drop(self) -> str:
        """What every routing needs stays."""
        from ..document.edits import drop_disabled_reason

        return (
            ""
            if self._path is None or self.document is None
            else drop_disabled_reason(self.document.routing, self._path)
        )

    def disabled_reason_follow(self) -> str:
        """Some lines speak of nothing else."""
        return "" if self.allocation.key is not None else "this line speaks of no rule or label to go to"

    def action_follow(self) -> None:
        """From a line of the allocation to the rule or label it speaks of; a repair is carried out."""
        key = self.allocation.key
        if key is None or self.document is None:
            return
        if key[0] == "repair":
            self._mend(key[1])
            return
        self.follow(key)

    def action_cautious(self) -> None:
        """Count fitted skills at the low end of their intervals, or as they stand again; no rule changes."""
        if self.document is None:
            return
        self.session.toggle_caution(self.rules.key or LIMITS)
        low = f"cautious: skills count at the low end of their 80 % interval; {self.key('cautious')} ends it"
        self.hint.say(low if self.document.cautious else "skills count as they stand")

    def disabled_reason_cautious(self) -> str:
        """Some catalogue's skills are all stated outright."""
        known = self.document is None or any(model.fitted for model in self.document.catalog.models.values())
        return "" if known else "no skill in this catalogue has an interval"

    def action_mend(self) -> None:
        """Carry out the change under the cursor that helps, else the first there is."""
        keys = self.allocation.repairs
        key = self.allocation.key if self.allocation.has_focus else None
        if keys:
            self._mend((key if key in keys else keys[0])[1])

    def disabled_reason_mend(self) -> str:
        """Only what clashes needs it."""
        if (
            self.document is None
            or not self.document.solved
            or self.document.plan is None
            or self.document.plan.found
        ):
            return "nothing clashes, so there is nothing to mend"
        return "" if self.allocation.repairs else "no change that helps was found; fewer or looser rules do"

    def _mend(self, rule: str) -> None:
        from ..document.edits import dropped, put

        assert self.document is not None and self.document.plan is not None
        if rule == "together":
            self._mend_together()
            return
        found, path = [r for r in self.document.plan.repairs if r.path == rule], RulePath.parse(rule)
        if found and found[0].to is None:
            self.edit(lambda routing: dropped(routing, path), path)
        elif found:
            self.edit(lambda routing: put(routing, path, found[0].to), path)
        if found:
            self.hint.say(f"{self.allocation.mended(found[0])}; {self.key('undo')} takes it back")

    def _mend_together(self) -> None:
        """All changes that only help at once, as one step of undo."""
        from ..document.edits import dropped, put

        assert self.document is not None and self.document.plan is not None
        changes = self.document.plan.together

        def mended(routing: Routing) -> Routing:
            for change in changes:
                path = RulePath.parse(change.path)
                routing = dropped(routing, path) if change.to is None else put(routing, path, change.to)
            return routing

        if changes:
            self.edit(mended, RulePath.parse(changes[-1].path), "changes that help together")
            self.hint.say(f"{len(changes)} changes made at once; {self.key('undo')} takes them back")
