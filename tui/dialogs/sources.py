"""Where the figures of a label's offers come from: source, licence, date and age of each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from .. import formatting
from .prompts import Scrolled

if TYPE_CHECKING:
    from ..document.document import Document

_WIDTH, _FRAME = 76, 8  # cells of a dialog, and of its border, padding and scrollbar
_FIGURES = (
    ("input", "input", "USD per M tokens"),
    ("output", "output", "USD per M tokens"),
    ("cache_read", "cache read", "USD per M tokens"),
    ("cache_write", "cache write", "USD per M tokens"),
    ("ttft", "first token", "s"),
    ("tps", "speed", "tokens/s"),
    ("spread", "p95 / median", "x"),
    ("context", "context", "tokens"),
)
_OWN = {
    "quality": ("quality", "points"),
    "output_tokens": ("billed output", "tokens"),
    "cost": ("cost of a request", "USD"),
    "latency": ("latency", "s"),
    "spread": ("p95 / median", "x"),
    "cached": ("read from the cache", "of the input"),
}


class Origin(Scrolled[None]):
    """Where each figure of some offers comes from; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o,enter,ctrl+c", "dismiss(None)", "Close", id="close_origin"),
    ]

    def __init__(self, name: str, offers: Sequence[str], skills: Sequence[str], document: Document) -> None:
        super().__init__()
        self._about, self._offers, self._document = name, offers, document
        self._fields = [*_FIGURES, *((f"skills.{name}", f"{name} skill", "points") for name in skills)]

    def compose(self) -> ComposeResult:
        """A paragraph an offer, a line a figure."""
        with Vertical(classes="dialog -tall"):
            title = f"Where the figures of {formatting.clean(self._about)} come from"
            yield Static(title, markup=False, classes="question")
            with VerticalScroll(id="help", can_focus=False):
                yield Static(Content.assemble(*self.parts()))

    def parts(self) -> list[tuple[str, str]]:
        """The text with its styles: figures with signs first, at the end what the signs mean."""
        from ...engine.domain.marks import LEGEND

        parts: list[tuple[str, str]] = []
        seen = ""
        for offer in self._offers:
            parts.append((f"{formatting.clean(offer)}\n", "bold $primary"))
            for line in self._own(offer):
                parts.append((self._wrapped(line, 2), "bold $accent"))
            figures = [(self._figure(offer, field), name, unit) for field, name, unit in self._fields]
            figures.sort(key=lambda figure: not figure[0][0])  # those with signs first
            for (signs, figure, words, rests), name, unit in figures:
                text = f"{signs}{figure:,.6g} {unit}" if isinstance(figure, (int, float)) else "unknown"
                parts.append((f"  {name}: {text}\n", "bold" if signs else "$text"))
                parts.append((self._wrapped(words, 4), "$text-muted"))
                parts += [(self._wrapped(line, 6), "$text-muted") for line in rests]
                seen += signs
        legend = [f"{sign} {name}: {about}" for sign, (name, about) in LEGEND.items() if sign in seen]
        return [*parts, *((self._wrapped(line, 0), "$text") for line in legend)]

    def _own(self, offer: str) -> Iterator[str]:
        """The user's own figures of an offer on the label, a line each; they replace the catalogue's."""
        label = self._document.routing.labels.get(self._about)
        if label is None:
            return
        for figure, (name, unit) in _OWN.items():
            if (own := label.measured_of(offer, figure)) is None:
                continue
            text = f"{name}: {getattr(own, figure):,.6g} {unit}, your own figure here, which counts"
            if figure == "quality":
                basis = (
                    f"{own.n:,} items" if own.n is not None
                    else f"80 % above {own.low:g}" if own.low is not None
                    else "taken as it stands"
                )  # fmt: skip
                text += f" ({basis})"
            yield text

    def _wrapped(self, text: str, indent: int) -> str:
        """A text on as many lines as it takes in the dialog, all of them indented."""
        width = max(min(_WIDTH, self.app.size.width) - _FRAME, 20)
        lead = " " * indent
        return (
            textwrap.fill(formatting.clean(text), width, initial_indent=lead, subsequent_indent=lead) + "\n"
        )

    def _figure(self, offer: str, field: str) -> tuple[str, object, str, list[str]]:
        """Its signs, the figure as it counts now, where it comes from in words, and the scores under it."""
        from ...engine.domain.marks import SUPPOSED, legend_text
        from ...engine.domain.provenance import provenance

        signs = self._document.marks.figure(offer, field.replace("skills.", "skill:"))
        source = provenance(self._document.listed_catalog, offer, field)
        today = date.today()
        words = source.words(today)
        rests = [f"{score.value:g}: {score.words(today)}" for score in source.rests_on]
        if signs == SUPPOSED:
            listed = f"{source.value:,.6g}" if isinstance(source.value, (int, float)) else "none"
            words = f"{legend_text(signs)}; the catalogue has {listed}: {words}"
            source = provenance(self._document.catalog, offer, field)
        elif signs:
            words = f"{legend_text(signs)}; {words}"
        return signs, source.value, words, rests
