"""What-if figures of one offer: the plan is made with them, and they carry a sign where they are used."""

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
from ...widgets.bars import Note
from ...widgets.inputs import PlainInput
from ...widgets.line_list import Line, LinePanel
from .columns import figure

if TYPE_CHECKING:
    from ...document.document import Document
    from ...document.editing_session import EditingSession

"""Writes the what-if figures into the user's overlay: whether that could be done, and what to say of it."""


class NumberPrompt(Dialog[float | None]):
    """Dismissed with the number, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(self, question: str, text: str, unit: str, high: float | None = None) -> None:
        super().__init__()
        self._question, self._text, self._unit, self._high = question, text, unit, high
        example = ", such as 30 %" if unit == "share" else ""
        self.note = Note(f"{unit}{example}; Enter takes it, {self.key('cancel')} cancels")

    def compose(self) -> ComposeResult:
        """The question, the number, what is wrong with it."""
        with Vertical(classes="dialog"):
            yield Static(formatting.clean(self._question), markup=False, classes="question")
            yield PlainInput(self._text, compact=True, id="number")
            yield self.note

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        from ....engine.domain.errors import InputError

        event.stop()
        try:
            self.dismiss(parse_number(event.value, self._unit, self._high))
        except InputError as error:
            self.note.say(str(error), bad=True)


def parse_number(text: str, unit: str, high: float | None = None) -> float:
    """The number typed, from 0 to `high`. Raises InputError."""
    from ....engine.domain.errors import InputError
    from ....engine.domain.rules import Kind, RuleSpec
    from ...document.values import parse

    number = float(parse(RuleSpec(name="value", kind=Kind.NUMBER, unit=unit), text))
    if not 0 <= number <= (MAX_FIGURE if high is None else high):
        bounds = "0 or more" if high is None else f"0 to {high:g}"
        raise InputError(f"should be {bounds}, not {number:g}")
    return number


MAX_FIGURE = 1e12
_PER_MILLION = "USD per million tokens"
_OFFER_FIGURES = {
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
_NAME_WIDTH, _FIGURE_WIDTH = 25, 13


class FigureList(LinePanel):
    """The figures that can be changed, each with the catalogue's."""

    DOUBLE_CLICK = "screen.type"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,i", "screen.type", "Type another", id="suppose_type"),
        Binding("d,delete", "screen.give_back", "The catalogue's again", id="suppose_back"),
    ]

    def __init__(self, document: Document, offer: str, **options: Any) -> None:
        super().__init__(**options)
        self._document, self._offer = document, offer

    def places(self) -> dict[Place, tuple[str, str, float | None]]:
        """Place -> name, unit, and the catalogue's own value."""
        from ....engine.domain.levels import base_name, full_name

        catalog = self._document.listed_catalog
        offer, model = catalog.offers[self._offer], self._offer.partition("/")[2]
        figures: dict[Place, tuple[str, str, float | None]] = {
            ("offers", self._offer, name): (name, unit, getattr(offer, name))
            for name, unit in _OFFER_FIGURES.items()
        }
        facts = catalog.models[model]
        unit = "points, read-only: set the skill" if facts.fitted else "points, score"
        has_levels = full_name(model, catalog.models) != model or base_name(model, catalog.models) != model
        for at, score in enumerate(() if has_levels else facts.scores):  # else its place is among all levels'
            title = catalog.benchmarks[score.benchmark].title or score.benchmark
            figures["models", model, "scores", str(at)] = (title, unit, score.value)
        for skill in sorted(catalog.skills):
            points = facts.skills.get(skill)
            figures["models", model, "skills", skill] = (f"skill {skill}", "points, override", points)
        return figures

    @property
    def changed(self) -> dict[Place, Any]:
        """The figures that are not the catalogue's, of this offer and of others."""
        return changed_figures(self._document.listed_catalog, self._document.overrides)

    def lines_for(self, width: int) -> list[Line]:
        """Name, figure and unit; a changed one with the catalogue's."""
        changed = self.changed
        lines = []
        for place, (name, unit, listed) in self.places().items():
            listed_text = figure(listed)
            text = f"≠ {figure(changed[place])}" if place in changed else f"  {listed_text}"
            note = f"catalogue: {listed_text}; {unit}" if place in changed else unit
            parts = (
                (formatting.fit(name, _NAME_WIDTH), "name"),
                (formatting.fit(text, _FIGURE_WIDTH), "mark" if place in changed else "value"),
                (formatting.fit(note, width - 1 - _NAME_WIDTH - _FIGURE_WIDTH), "note"),
            )
            lines.append(Line(parts, place))
        return lines


class OverrideDialog(Dialog[None]):
    """Overrides figures of an offer and its model one by one; each is an edit that can be undone."""

    PANELS = (FigureList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("K", "keep", "Keep in the overlay", id="suppose_keep"),
        Binding("q,escape,w", "leave", "Back", id="suppose_leave"),
        Binding("ctrl+c", "leave", "Back", priority=True, show=False, id="suppose_leave_c"),
    ]

    def __init__(self, session: EditingSession, offer: str) -> None:
        super().__init__()
        self._session, self._offer = session, offer
        self.figures = FigureList(session.document, offer, id="choices")
        self.input = PlainInput(compact=True, id="number")
        self.hint = Note()

    def compose(self) -> ComposeResult:
        """The figures; the input only while one is typed."""
        self.input.display = False
        with Vertical(classes="dialog -tall"):
            yield Static(f"What if {formatting.clean(self._offer)} …", markup=False, classes="question")
            yield self.figures
            yield self.input
            yield self.hint

    def on_mount(self) -> None:
        """Focus the figures, and say the keys."""
        self.figures.focus()
        keys = [self.key(name) for name in ("suppose_type", "suppose_back", "suppose_keep", "suppose_leave")]
        self.say("{} types another, {} gives back the catalogue's, {} keeps them, {} goes back".format(*keys))

    def action_type(self) -> None:
        """Type the figure under the cursor."""
        name, unit, listed = self.figures.places()[self.figures.key]
        now = self.figures.changed.get(self.figures.key, listed)
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
            self._override(parse_number(text, "", 100.0 if place[0] == "models" else None) if text else None)
        except InputError as error:
            self.say(str(error), bad=True)
            return
        self.input.display = False
        self.set_focus(self.figures)

    def action_give_back(self) -> None:
        """Give back the catalogue's figure."""
        self._override(None)

    def disabled_reason_give_back(self) -> str:
        """Why there is nothing to give back."""
        changed = self.figures.key in self.figures.changed
        return "" if changed else "this is the catalogue's figure already"

    def _override(self, number: float | None) -> None:
        document, place = self._session.document, self.figures.key
        overrides = put(document.listed_catalog, document.overrides, place, number)
        name = self.figures.places()[place][0]
        words = f"what-if: {place[1]} {name} " + ("as in the catalogue" if number is None else figure(number))
        self._session.override(overrides, place, words)
        self.figures.rebuild(place)
        self.say(f"{words}; {self.key('browse_undo')} in the browser takes it back")

    def action_keep(self) -> None:
        """Write the figures into the user's overlay file, for every session to come."""
        from ....engine.domain.errors import InputError

        try:
            message = self._session.keep_overrides()
        except InputError as error:
            self.say(str(error), bad=True)
            return
        self.figures.rebuild()
        self.say(message)

    def disabled_reason_keep(self) -> str:
        """Why nothing can be kept: no figure differs, or there is no overlay."""
        document = self._session.document
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
