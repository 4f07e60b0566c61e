"""The keys of the main screen: each action is one small wish put to the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.dom import DOMNode

from . import present
from .outside import Outside

if TYPE_CHECKING:
    from ..engine.domain.routing import Routing
    from .rules import Path


_NOT_WHILE_TYPING = (
    "travel", "save", "save_as", "switch", "zoom", "origin", "baseline",
    "frontier", "what_if", "browse", "help", "leave",
    "review", "export", "copy", "external", "reload", "tour", "end_tour",
)  # fmt: skip


class Workbench(Outside):
    """The bench with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u,ctrl+z", "travel(True)", "Undo", key_display="u", id="undo"),
        Binding("ctrl+r,ctrl+y", "travel(False)", "Redo", key_display="^r", id="redo"),
        Binding("s,ctrl+s", "save", "Save", key_display="s", id="save"),
        Binding("S,w", "save_as", "Save as", show=False, id="save_as"),
        Binding("v", "review", "View changes", show=False, id="review"),
        Binding("x", "export", "Export", show=False, id="export"),
        Binding("y", "copy", "Copy the routing", show=False, id="copy"),
        Binding("E", "external", "Open in $EDITOR", show=False, id="editor"),
        Binding("R", "reload", "Read again from disk", show=False, id="reload"),
        Binding("f2", "tour", "The tour", show=False, id="tour"),
        Binding("escape", "end_tour", "Close the tour", show=False, id="end_tour"),
        Binding("tab", "switch(1)", "Next panel", show=False, id="switch"),
        Binding("shift+tab", "switch(-1)", "Panel before", show=False, id="switch_back"),
        Binding("B", "baseline", "Compare with a baseline", show=False, id="baseline"),
        Binding("o", "origin", "Where the figures come from", show=False, id="origin"),
        Binding("z", "zoom", "Zoom the panel", show=False, id="zoom"),
        Binding("f", "frontier", "Frontier", show=False, id="frontier"),
        Binding("W", "what_if", "What if", show=False, id="what_if"),
        Binding("b", "browse", "Browse", id="browse"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="help"),
        Binding("q,ctrl+c", "leave", "Quit", key_display="q", id="quit"),
    ]

    @property
    def _path(self) -> Path | None:
        """The rule, label or section under the cursor."""
        path: Path | None = self.rules.key
        return path if self.desk is not None else None

    def action_step(self, steps: int) -> None:
        """Move the value under the cursor by so many of its steps."""
        from .edits import stepped

        path = self._path
        if path is not None and self.edit(lambda routing: stepped(routing, path, steps), path):
            self.hint.say(f"{self.explained(path)}")

    def action_edit(self) -> None:
        """Type the value under the cursor, or a label's name."""
        if self._path == ("limits",):
            self.rules.action_turn()
        elif self._path is not None:
            self.open_editor(self._path)

    def action_accept(self) -> None:
        """Take what was typed; when it is wrong, say so and keep typing."""
        from .edits import typed

        path, text = self.editor.path, self.editor.value
        if path is None or self.desk is None:
            return
        catalog = self.desk.session.catalog
        # A label's new name is also its new place.
        after = ("labels", text.strip()) if len(path) == 2 and path[0] == "labels" else path
        if self.edit(lambda routing: typed(routing, path, text, catalog), after):
            self.close_editor()

    def action_give_up(self) -> None:
        """Leave the editor; nothing has changed."""
        self.close_editor()

    def action_add(self) -> None:
        """Choose a rule to add to this section, or a new label."""
        from .dialogs.add import Add

        if self.desk is not None:
            self.app.push_screen(Add(self.desk.routing, self.rules.section), self._added)

    def _added(self, path: Path | None) -> None:
        from .edits import put, with_label
        from .rules import rule_at

        if path is None:
            return
        rule = rule_at(path)
        if rule is None:
            if self.edit(lambda routing: with_label(routing, path[1]), path):
                self.hint.say(f"label {path[1]} added; set its workload, and a adds rules")
        elif rule.kind == "boolean":
            self.edit(lambda routing: put(routing, path, not rule.default), path)
        else:
            self.open_editor(path)

    def action_drop(self) -> None:
        """Drop the rule under the cursor; a whole label only when that is meant."""
        from .dialogs.ask import Ask

        path = self._path
        if path is None:
            return
        if len(path) == 2 and path[0] == "labels":
            question = f"Drop the label {present.clean(path[1])} with all its rules?"
            choices = (("d", "drop", "Drop it"), ("k", "keep", "Keep it"))
            self.app.push_screen(Ask(question, choices), lambda said: self._drop(path, said == "drop"))
        else:
            self._drop(path, True)

    def _drop(self, path: Path, meant: bool) -> None:
        from .edits import dropped

        what = f"{present.place(path)} dropped; u brings it back"
        if meant and self.edit(lambda routing: dropped(routing, path), path):
            self.hint.say(what)

    def action_travel(self, back: bool) -> None:
        """Undo or redo one edit, and show where it was."""
        step = self.desk.travel(back) if self.desk is not None else None
        if step is None:
            self.hint.say("nothing to undo" if back else "nothing to redo")
            return
        self.moved_to(step.path)
        self.hint.say(f"{'undone' if back else 'redone'}: {present.place(step.path)}")

    def action_follow(self) -> None:
        """From a line of the allocation to the rule or label it speaks of; a repair is carried out."""
        key = self.allocation.key
        if key is None or self.desk is None:
            return
        if key[0] == "repair":
            self._mend(key[1:])
            return
        self.follow(key)

    def _mend(self, path: Path) -> None:
        from .edits import dropped, put
        from .rules import parse_path

        assert self.desk is not None and self.desk.plan is not None
        if path == ("together",):
            self._mend_together()
            return
        found = [r for r in self.desk.plan.repairs if parse_path(r.path, self.desk.routing) == path]
        if found and found[0].to is None:
            self.edit(lambda routing: dropped(routing, path), path)
        elif found:
            self.edit(lambda routing: put(routing, path, found[0].to), path)

    def _mend_together(self) -> None:
        """All changes that only help at once, as one step of undo."""
        from .edits import dropped, put
        from .rules import parse_path

        assert self.desk is not None and self.desk.plan is not None
        changes = self.desk.plan.together

        def mended(routing: Routing) -> Routing:
            for change in changes:
                path = parse_path(change.path, routing)
                routing = dropped(routing, path) if change.to is None else put(routing, path, change.to)
            return routing

        if changes:
            self.edit(mended, parse_path(changes[-1].path, self.desk.routing), "changes that help together")

    def action_origin(self) -> None:
        """Source, licence and date of the figures of the label under the cursor."""
        from .dialogs.origin import Origin

        section = self.why.section
        if self.desk is None or self.desk.plan is None or section[-1] not in self.desk.plan.labels:
            self.hint.say("go to a label with a plan to see where its figures come from")
            return
        key = self.why.key if self.why.has_focus else None
        mix = [route.offer for route in self.desk.plan.labels[section[1]].routes]
        offers, name = ([key[1]], key[1]) if key and key[0] == "offer" else (mix, section[1])
        skills = list(self.desk.routing.labels[section[1]].skills)
        self.app.push_screen(Origin(name, offers, skills, self.desk.session.catalog))

    def action_frontier(self) -> None:
        """Cost against quality or latency, in a screen of its own."""
        from .frontier.screen import FrontierScreen

        if self.desk is not None:
            self.app.push_screen(FrontierScreen(self.desk, self._solver), self._adopt)

    def action_what_if(self) -> None:
        """Other traffic, other prices, in a screen of its own."""
        from .what_if.screen import WhatIfScreen

        if self.desk is not None:
            self.app.push_screen(WhatIfScreen(self.desk, self._solver), self._adopt)

    def _adopt(self, found: tuple[Routing, str] | None) -> None:
        if found is not None and self.edit(lambda _: found[0], ("limits",), found[1]):
            self.hint.say(found[1])

    def action_browse(self) -> None:
        """Every offer of the catalogue, for the label under the cursor."""
        from .browser.browser import Browser

        if self.desk is not None:
            section = self.rules.section
            label = section[1] if len(section) > 1 else next(iter(self.desk.routing.labels))
            self.app.push_screen(Browser(self, self._solver, label))

    def action_help(self) -> None:
        """Every key."""
        from .dialogs.help import Help

        self.app.push_screen(Help(binding for _, binding in self.every_key()))

    def every_key(self) -> list[tuple[DOMNode, Binding]]:
        """All bindings of the workbench and its panels, as they are now, each with the node it acts on."""
        found = []
        for node in (self.rules, self.allocation, self.why, self):
            bindings = node._bindings.copy()
            bindings.apply_keymap(self.app._keymap)
            found += [(node, binding) for many in bindings.key_to_bindings.values() for binding in many]
        return [(node, binding) for node, binding in found if binding.id]  # others are textual's own

    def key_of(self, name: str) -> str:
        """The first key of an action by its name, as it is now."""
        found = (binding for _, binding in self.every_key() if binding.id == name)
        return next((self.app.get_key_display(binding) for binding in found), "?")

    def action_leave(self) -> None:
        """Quit; with unsaved changes, ask."""
        self.quit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While a value is typed the other keys are letters, and the footer does not show them."""
        return action not in _NOT_WHILE_TYPING if self.editor.is_open else True
