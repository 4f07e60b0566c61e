"""Other figures, tried out: the plan is made with them, and they carry a sign where they are used.

One number, asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ... import formatting
from ...base_screen import Dialog
from ...document.overrides import Place, changed_figures, put
from ...widgets.inputs import PlainInput
from ...widgets.line_list import Line, LinePanel
from .columns import figure

if TYPE_CHECKING:
    from ..saving import Saving


class Prompt(Dialog[float | None]):
    """Returns the number, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(self, question: str, value: str, unit: str, most: float | None = None) -> None:
        super().__init__()
        self._question, self._value, self._unit, self._most = question, value, unit, most

    def compose(self) -> ComposeResult:
        """The question, the number, what is wrong with it."""
        with Vertical(classes="dialog"):
            yield Static(formatting.clean(self._question), markup=False, classes="question")
            yield PlainInput(self._value, compact=True, id="number")
            told = f"{self._unit}; Enter takes it, {self.key('cancel')} cancels"
            yield Static(told, markup=False, id="note")

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        from ....engine.domain.errors import InputError

        event.stop()
        try:
            self.dismiss(number(event.value, self._unit, self._most))
        except InputError as error:
            note = self.query_one("#note", Static)
            note.add_class("-bad")
            note.update(formatting.clean(f"✗ {error}"))


def number(text: str, unit: str, most: float | None = None) -> float:
    """What was typed as a number within its bounds. Raises InputError."""
    from ....engine.domain.errors import InputError
    from ...document.rules import Rule
    from ...document.values import parse

    value = float(parse(Rule("value", "number", "", unit=unit), text))
    if not 0 <= value <= (1e12 if most is None else most):
        bounds = "0 or more" if most is None else f"0 to {most:g}"
        raise InputError(f"should be {bounds}, not {value:g}")
    return value


_PER_MILLION = "USD per million tokens"
_OFFERS = {
    "input": _PER_MILLION,
    "output": _PER_MILLION,
    "cache_read": _PER_MILLION,
    "cache_write": _PER_MILLION,
    "per_request": "USD per request",
    "ttft": "s",
    "tps": "tokens per second",
    "context": "tokens",
    "rpm": "requests per minute",
    "tpm": "tokens per minute",
}
_NAME, _VALUE = 25, 13


class Figures(LinePanel):
    """The figures that can be changed, each with the catalogue's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,i", "screen.type", "Type another", id="suppose_type"),
        Binding("d,delete", "screen.give_back", "The catalogue's again", id="suppose_back"),
    ]

    def __init__(self, workbench: Saving, offer: str, **options: Any) -> None:
        super().__init__(**options)
        self._workbench, self._offer = workbench, offer

    def places(self) -> dict[Place, tuple[str, str, float | None]]:
        """Place -> name, unit, and the catalogue's own value."""
        assert self._workbench.document is not None
        catalog = self._workbench.document.file.catalog
        offer, model = catalog.offers[self._offer], self._offer.partition("/")[2]
        found: dict[Place, tuple[str, str, float | None]] = {
            ("offers", self._offer, name): (name, unit, getattr(offer, name))
            for name, unit in _OFFERS.items()
        }
        known = catalog.models[model]
        counts = "points, told only: set the skill" if known.fitted else "points, score"
        for at, score in enumerate(known.scores):
            title = catalog.benchmarks[score.benchmark].title or score.benchmark
            found["models", model, "scores", str(at)] = (title, counts, score.value)
        for skill in sorted(catalog.skills):
            told = known.skills.get(skill)
            found["models", model, "skills", skill] = (f"skill {skill}", "points, override", told)
        return found

    def lines_for(self, width: int) -> list[Line]:
        """Name, value and unit; a changed one with what it was."""
        assert self._workbench.document is not None
        document = self._workbench.document
        changed = changed_figures(document.file.catalog, document.overrides)
        lines = []
        for place, (name, unit, own) in self.places().items():
            was = figure(own)
            value = f"≠ {figure(changed[place])}" if place in changed else f"  {was}"
            note = f"catalogue: {was}; {unit}" if place in changed else unit
            parts = (
                (formatting.fit(name, _NAME), "name"),
                (formatting.fit(value, _VALUE), "mark" if place in changed else "value"),
                (formatting.fit(note, width - 1 - _NAME - _VALUE), "note"),
            )
            lines.append(Line(parts, place))
        return lines

    def chosen(self) -> None:
        """A double click types."""
        self.call_later(self.run_action, "screen.type")


class Supposing(Dialog[None]):
    """Edits figures one by one; each is an edit that can be undone."""

    PANELS = (Figures,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("K", "keep", "Keep in the overlay", id="suppose_keep"),
        Binding("q,escape,w", "leave", "Back", id="suppose_leave"),
        Binding("ctrl+c", "leave", "Back", priority=True, show=False, id="suppose_leave_c"),
    ]

    def __init__(self, workbench: Saving, offer: str) -> None:
        super().__init__()
        self._workbench, self._offer = workbench, offer
        self.figures = Figures(workbench, offer, id="choices")
        self.input = PlainInput(compact=True, id="number")
        self.note = Static("", markup=False, id="note")

    def compose(self) -> ComposeResult:
        """The figures; the input only while one is typed."""
        self.input.display = False
        with Vertical(classes="dialog -tall"):
            yield Static(f"What if {formatting.clean(self._offer)} …", markup=False, classes="question")
            yield self.figures
            yield self.input
            yield self.note

    def on_mount(self) -> None:
        """Keys go to the figures."""
        self.figures.focus()
        keys = [self.key(name) for name in ("suppose_type", "suppose_back", "suppose_keep", "suppose_leave")]
        self.say("{} types another, {} gives back the catalogue's, {} keeps them, {} goes back".format(*keys))

    def say(self, text: str, bad: bool = False) -> None:
        """One line at the foot."""
        self.note.set_class(bad, "-bad")
        self.note.update(formatting.clean(f"✗ {text}" if bad else text))

    def action_type(self) -> None:
        """Type the figure under the cursor."""
        assert self._workbench.document is not None
        name, unit, own = self.figures.places()[self.figures.key]
        document = self._workbench.document
        now = changed_figures(document.file.catalog, document.overrides).get(self.figures.key, own)
        self.input.value = "" if now is None else f"{now:.12g}"
        self.input.display = True
        self.set_focus(self.input)
        self.say(f"{name}, {unit}: Enter tries it, empty gives back the catalogue's")

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        from ....engine.domain.errors import InputError

        event.stop()
        text = event.value.strip()
        place = self.figures.key
        try:
            self._suppose(number(text, "", 100.0 if place[0] == "models" else None) if text else None)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        self.input.display = False
        self.set_focus(self.figures)

    def action_give_back(self) -> None:
        """The catalogue's figure again."""
        self._suppose(None)

    def disabled_reason_give_back(self) -> str:
        """It may never have been another."""
        document = self._workbench.document
        assert document is not None
        changed = self.figures.key in changed_figures(document.file.catalog, document.overrides)
        return "" if changed else "this is the catalogue's figure already"

    def _suppose(self, value: float | None) -> None:
        document, place = self._workbench.document, self.figures.key
        assert document is not None
        facts = put(document.file.catalog, document.overrides, place, value)
        name = self.figures.places()[place][0]
        words = f"what-if: {place[1]} {name} " + ("as in the catalogue" if value is None else figure(value))
        self._workbench.session.override(facts, place, words)
        self.figures.rebuild(place)
        self.say(f"{words}; {self.key('browse_undo')} in the browser takes it back")

    def action_keep(self) -> None:
        """Into the user's overlay file, for every session to come."""
        done = self._workbench.keep_figures()
        self.figures.rebuild()
        self.say(self._workbench.hint.said.removeprefix("✗ "), bad=not done)

    def disabled_reason_keep(self) -> str:
        """There has to be something to keep, and a place for it."""
        document = self._workbench.document
        assert document is not None
        if not document.override_count:
            return "there is nothing to keep: no figure differs from the catalogue"
        return document.keep_disabled_reason()

    def action_leave(self) -> None:
        """Stop typing, or go back."""
        if self.input.display:
            self.input.display = False
            self.set_focus(self.figures)
        else:
            self.dismiss()
