"""What a save would change: the money, the edits, the lines of the file. Then it is written, or not."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from .. import formatting
from ..widgets.bars import Note, modes
from .prompts import Scrolled

if TYPE_CHECKING:
    from ...engine.domain.plan import LabelPlan, Plan
    from ..document.document import Document

Part = tuple[str, str]  # a line and its style
_STYLES = {"-": "$text-error", "+": "$text-success", "@": "$text-muted"}


class Review(Scrolled["str | None"]):
    """What a save would change; dismissed with "save", "save_as" or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v,ctrl+c", "dismiss(None)", "Close", id="close_review"),
        Binding("s,enter", "dismiss('save')", "Save", id="review_save"),
        Binding("w", "dismiss('save_as')", "Save as", id="review_save_as"),
        Binding("y", "copy", "Copy the file", id="review_copy"),
    ]

    def __init__(self, document: Document, text: str) -> None:
        """`text`: what a save would write."""
        super().__init__()
        self._document, self._text = document, text
        keys = [self.key(name) for name in ("review_save", "review_save_as", "review_copy", "close_review")]
        help_line = "{} saves, {} saves as, {} copies the file, {} closes".format(*keys)
        self.note = Note(help_line)

    def compose(self) -> ComposeResult:
        """Money, edits and file lines under each other."""
        parts = [
            (f"{formatting.clean(line)}\n", style) for line, style in changes(self._document, self._text)
        ]
        with Vertical(classes="dialog -big"):
            head = modes(self._document.override_count, self._document.routing)
            yield Static(Content.assemble("What a save changes", *head), markup=False, classes="question")
            with VerticalScroll(id="told", can_focus=False):
                yield Static(Content.assemble(*parts))
            yield self.note

    def action_copy(self) -> None:
        """Copy the whole file, as a save would write it, to the clipboard."""
        self.app.copy_to_clipboard(self._text)
        self.note.say(f"{len(self._text.splitlines())} lines sent to the terminal's clipboard (OSC 52)")


def changes(document: Document, text: str) -> list[Part]:
    """Everything a save would change, line by line."""
    from ..document.recording import told as edit_lines

    lines: list[Part] = list(_money(document))
    edits = edit_lines(document.file.routing, document.routing)
    lines += [("", ""), ("rules" if edits else "no rule has changed", "bold")]
    lines += [(f"  {line}", "") for line in edits]
    old = document.file.text or ""
    diff = list(unified_diff(old.splitlines(), text.splitlines(), "as saved", "now", n=2, lineterm=""))
    name = document.file.path.name if document.file.path is not None else "a new file"
    lines += [("", ""), (f"lines of {name}" if diff else "no line of the file changes", "bold")]
    return lines + [(line, _STYLES.get(line[:1], "")) for line in diff[2:]]


def _money(document: Document) -> Iterator[Part]:
    """What the change is worth, label by label, both at today's prices."""
    before, after = document.saved_plan, document.plan if document.solved else None
    old = "as saved" if document.file.path is not None else "as they came, ready-made and never saved"
    yield f"money: the rules {old} against the rules now, USD a month", "bold"
    if document.override_count:
        figures = f"{document.override_count} what-if figures"
        yield f"  the rules now are priced with {figures}, the others without", "$text-warning"
    if after is None or not after.found:
        yield "  there is no plan for the rules now, so only they are written", "$text-error"
        return
    if before is None or not before.found:
        yield f"  {formatting.money(after.cost)} now; the rules as saved have no plan to compare with", ""
        return
    for name in dict.fromkeys((*before.labels, *after.labels)):
        yield from _label(name, before.labels.get(name), after.labels.get(name))
    yield _sums("total", before.cost or 0.0, after.cost or 0.0), "bold"
    yield from _quality(before, after)


def _label(name: str, old: LabelPlan | None, new: LabelPlan | None) -> Iterator[Part]:
    if (
        old is not None
        and new is not None
        and _routes(old) == _routes(new)
        and abs(old.cost - new.cost) < 0.005
    ):
        return
    yield _sums(name, old.cost if old else 0.0, new.cost if new else 0.0), ""
    if old is None or new is None or _routes(old) != _routes(new):
        for sign, plan in (("-", old), ("+", new)):
            if plan is not None:
                yield f"    {sign} {_routes(plan)}", _STYLES[sign]


def _routes(plan: LabelPlan) -> str:
    return " + ".join(f"{route.offer} {formatting.share(route.share)}" for route in plan.routes)


def _sums(name: str, old: float, new: float) -> str:
    lead = formatting.fit(name, max(14, min(len(name), 24)))
    return f"  {lead} {formatting.money(old)} → {formatting.money(new)}   {formatting.change(old, new)}"


def _quality(before: Plan, after: Plan) -> Iterator[Part]:
    if before.quality != after.quality:
        yield (
            "  quality        "
            f"{formatting.points(before.quality)} → {formatting.points(after.quality)} points",
            "",
        )
