"""The dialog that adds a rule of a section that is not set yet, or a label; typing finds it in the list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...engine.domain.rules import LIMITS, RulePath, find_spec, set_in, unset_in
from .. import formatting, textual_private
from ..base_screen import Dialog
from ..entries import Entry, fitting_entries
from ..widgets.bars import Note
from ..widgets.inputs import PlainInput
from ..widgets.line_list import Line, LinePanel

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

NEW_LABEL = RulePath("labels")
_NAME_WIDTH = 20
USUAL_LABELS = {
    "default": "what no other label is for",
    "background": "small tasks on the side: titles, summaries",
    "think": "plan mode and hard reasoning",
    "longContext": "prompts over a threshold, such as 60,000 tokens",
    "webSearch": "requests that search the web",
    "image": "requests with pictures",
}


class WordInput(PlainInput):
    """Words to find a rule by; no rule begins with the key that names a new label."""

    finds_rules = True

    async def on_key(self, event: events.Key) -> None:
        """Name a new label before that key is typed, while nothing else is."""
        keys = textual_private.keymap(self.app).get("new_label", "n").split(",")
        if self.finds_rules and not self.value and event.key in keys:
            event.stop().prevent_default()
            await self.run_action("screen.name_label")


class Choices(LinePanel, can_focus=False):
    """The rules that can be added with their help, or labels with what they are for."""

    DOUBLE_CLICK = "screen.choose"
    KEEPS_CURSOR = True

    def __init__(self, section: RulePath, **options: Any) -> None:
        """`section` is where the cursor came from: rules of the router say so elsewhere."""
        super().__init__(**options)
        self._section = section
        self.paths: Sequence[RulePath] = ()
        self.already: Collection[RulePath] = ()  # those that are set

    def show(self, paths: Sequence[RulePath]) -> None:
        """Show these, the cursor on the first."""
        self.paths, self.cursor = paths, 0
        self.rebuild()

    def lines_for(self, width: int) -> list[Line]:
        """Name and help; the new label comes last."""
        lines = []
        for path in self.paths:
            lead = "router: " if path.parent == LIMITS != self._section else ""
            lead += "set already, Enter edits it: " if path in self.already else ""
            room = width - 1 - _NAME_WIDTH
            text = f"{lead}{_help(path)}"
            if cell_len(text) > room:  # its bounds are told again where it is typed
                text = f"{lead}{_help(path, bounded=False)}"
            parts = (
                (formatting.fit(_name(path), _NAME_WIDTH), "name"),
                (formatting.fit(text, room), "note"),
            )
            lines.append(Line(parts, path))
        return lines or [Line(((formatting.fit("type the name of the label", width - 1), "note"),))]


def _name(path: RulePath) -> str:
    rule = find_spec(path)
    return rule.name if rule else path.label if path != NEW_LABEL else "a new label"


def _help(path: RulePath, bounded: bool = True) -> str:
    rule = find_spec(path)
    if rule:
        return f"{rule.help}{formatting.bracketed_bounds(rule) if bounded else ''}"
    if path == NEW_LABEL:
        return "with its own workload and rules"
    return USUAL_LABELS.get(path.label, "a new label of that name")


class Add(Dialog[RulePath | None]):
    """Dismissed with the path of the rule or label, or None for Escape."""

    PANELS = (Choices,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", priority=True, id="choose"),
        Binding("tab", "complete", "Complete the name", priority=True, show=False, id="add_complete"),
        Binding("down", "walk(1)", "Down", priority=True, show=False, id="add_down"),
        Binding("up", "walk(-1)", "Up", priority=True, show=False, id="add_up"),
        Binding("pagedown", "page(1)", "Page down", priority=True, show=False, id="add_page_down"),
        Binding("pageup", "page(-1)", "Page up", priority=True, show=False, id="add_page_up"),
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
        Binding("n", "name_label", "New label", id="new_label"),
    ]

    def __init__(self, routing: Routing, section: RulePath, *, new_label: bool = False) -> None:
        """`new_label`: what is added is a label."""
        super().__init__()
        self._routing, self._section, self._is_label = routing, section, new_label
        self.choices = Choices(section, id="choices")
        self.choices.already = [
            path for part in {section, LIMITS} for path in set_in(routing, part) if find_spec(path)
        ]
        self.name_input = WordInput(placeholder="type to find", compact=True, id="name")
        self.note = Note()

    def compose(self) -> ComposeResult:
        """What is typed, and what fits it."""
        with Vertical(classes="dialog -tall"):
            title = f"Add a rule to {formatting.place(self._section)}"
            yield Static(title, markup=False, classes="question")
            yield self.name_input
            yield self.choices
            yield self.note

    def on_mount(self) -> None:
        """Type at once."""
        self.name_input.focus()
        if self._is_label:
            self._ask_name()
        else:
            keys = [self.key(name) for name in ("choose", "new_label", "cancel")]
            self.note.say("type to find; {} chooses, {} names a new label, {} cancels".format(*keys))
            self._filter()

    @on(Input.Changed)
    def _filter(self) -> None:
        words = self.name_input.value
        self.choices.show(self._labels(words) if self._is_label else self._rules(words))

    def _rules(self, words: str) -> list[RulePath]:
        """The rules that fit, once something is typed also the router's and those that are set.

        A label of that name where none does.
        """
        rules = unset_in(self._routing, self._section)
        if not words.strip():
            return [*rules, NEW_LABEL]
        if self._section != LIMITS:
            rules = [*rules, *unset_in(self._routing, LIMITS)]
        entries, already = (
            [Entry("", f"{path.name} {path.name.replace('_', ' ')}", str(path)) for path in paths]
            for paths in (rules, sorted(self.choices.already, key=lambda path: path.parent != self._section))
        )
        fitting = [
            RulePath.parse(entry.note)
            for listed in (entries, already)
            for entry in fitting_entries(listed, words)
        ]
        return fitting or [RulePath("labels", words.strip())]

    def _labels(self, words: str) -> list[RulePath]:
        """What is typed, then the usual labels that fit it and are not there."""
        entries = [Entry("", name, hidden=False) for name in USUAL_LABELS if name not in self._routing.labels]
        name = words.strip()
        usual = [entry.title for entry in fitting_entries(entries, name)]
        typed = [name] if name and name not in usual else []
        return [RulePath("labels", label) for label in (*typed, *usual)]

    def action_walk(self, by: int) -> None:
        """To the next or the previous one."""
        self.choices.action_move(by)

    def action_page(self, by: int) -> None:
        """By a screenful."""
        self.choices.action_page(by)

    def action_complete(self) -> None:
        """Type what is under the cursor; of a name that was typed, the next usual label."""
        paths, cursor = self.choices.paths, self.choices.cursor
        typed = self.name_input.value.strip()
        names = [_name(path) for path in (*paths[cursor:], *paths[:cursor]) if path != NEW_LABEL]
        if names := [name for name in names if name != typed]:
            self.name_input.value = names[0]
            self.name_input.cursor_position = len(names[0])

    def action_choose(self) -> None:
        """Take the rule or the label under the cursor, or ask for the label's name."""
        path = self.choices.key
        if path == NEW_LABEL:
            self._ask_name()
        elif path is None:
            self.note.say("type the name of the label", bad=True)
        elif find_spec(path) is None:
            self._add_label(path.label)
        else:
            self.dismiss(path)

    def action_name_label(self) -> None:
        """Ask for the label's name."""
        self._ask_name()

    def _ask_name(self) -> None:
        self._is_label, self.name_input.finds_rules = True, False
        self.query_one(".question", Static).update("Add a label")
        self.name_input.placeholder, self.name_input.value = "name of the label", ""
        keys = [self.key(name) for name in ("choose", "add_complete", "cancel")]
        self.note.say("{} adds the label, {} completes its name, {} cancels".format(*keys))
        self._filter()

    def _add_label(self, name: str) -> None:
        from ...engine.domain.errors import InputError
        from ..document.edits import with_label

        try:
            with_label(self._routing, name)
        except InputError as error:
            self.note.say(str(error), bad=True)
        else:
            self.dismiss(RulePath("labels", name))
