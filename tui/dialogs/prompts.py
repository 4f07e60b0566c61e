"""Small dialogs: a question with a few answers, a line of text, a text that is scrolled, notes to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from .. import formatting
from ..base_screen import Dialog, Result
from ..widgets.bars import Note
from ..widgets.inputs import PlainInput

_MAX_LINE = 70  # cells of answers that stand on one line
Choice = tuple[str, str, str]  # key, answer, words
_ALL_LINES = 1_000_000
ANSWERS = frozenset("acdikorst")  # the keys that questions use


class Ask(Dialog[str | None]):
    """A question with a few answers; dismissed with the answer, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss(None)", "Cancel", id="cancel"),
    ]

    def __init__(self, question: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        assert all(key in ANSWERS for key, _, _ in choices)
        self._question, self._choices = question, choices

    def compose(self) -> ComposeResult:
        """The question, then the answers; a line each where they are long."""
        parts: list[tuple[str, str]] = []
        end = "\n" if sum(len(words) + 6 for _, _, words in self._choices) > _MAX_LINE else "   "
        for key, _, words in self._choices:
            parts += [(f" {key} ", "bold $accent"), (f"{words}{end}", "$text")]
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False, classes="question")
            yield Static(Content.assemble(*parts))

    def on_key(self, event: events.Key) -> None:
        """An answer's key gives it."""
        for key, answer, _ in self._choices:
            if event.character is not None and event.character.lower() == key:
                event.stop()
                self.dismiss(answer)
                return


class TextPrompt(Dialog[str | None]):
    """Asks for a line of text; dismissed with it, never empty, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="cancel"),
        Binding("ctrl+c", "dismiss(None)", "Cancel", priority=True, show=False, id="cancel_c"),
    ]

    def __init__(
        self, question: str, proposed: str, check: Callable[[str], str] | None = None, about: str = ""
    ) -> None:
        """`check`: what is wrong with a text, or nothing; `about`: what may be typed."""
        super().__init__()
        self._question, self._proposed = question, proposed
        self._check = check
        self.note = Note(f"{about}{'; ' if about else ''}Enter takes it, {self.key('cancel')} cancels")

    def compose(self) -> ComposeResult:
        """The question and one input."""
        with Vertical(classes="dialog"):
            yield Static(formatting.clean(self._question), markup=False, classes="question")
            yield PlainInput(self._proposed, compact=True, id="name")
            yield self.note

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip() or self._proposed
        if problem := self._check(text) if self._check else "":
            self.note.say(problem, bad=True)
        else:
            self.dismiss(text)


class Scrolled(Dialog[Result], Generic[Result]):
    """A dialog with a text longer than itself, scrolled by the keys that move a cursor elsewhere.

    On a terminal of a few lines the text has all of them, without a border.
    """

    VERTICAL_BREAKPOINTS = [(0, "-flat"), (12, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", "Down", show=False, id="down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="up"),
        Binding("home,g", f"scroll(-{_ALL_LINES})", "First line", show=False, id="first"),
        Binding("end,G", f"scroll({_ALL_LINES})", "Last line", show=False, id="last"),
        Binding("pagedown,space,ctrl+f,ctrl+d", "page(1)", "Page down", show=False, id="page_down"),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False, id="page_up"),
    ]

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by so many screenfuls."""
        pane = self.query_one(VerticalScroll)
        pane.scroll_relative(y=by * max(pane.size.height - 1, 1), animate=False)


class Notes(Scrolled[None]):
    """A few lines to read, each on its own; closes on any of the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c", "dismiss(None)", "Close", id="close_notes"),
    ]

    def __init__(self, title: str, notes: Sequence[str]) -> None:
        super().__init__()
        self._title, self._notes = title, notes

    def compose(self) -> ComposeResult:
        """The notes, a paragraph each."""
        with Vertical(classes="dialog -tall"):
            yield Static(formatting.clean(self._title), markup=False, classes="question")
            with VerticalScroll(id="told", can_focus=False):
                yield Static("\n".join(f"· {formatting.clean(note)}" for note in self._notes), markup=False)
            yield Note(f"{self.key('close_notes')} closes")
