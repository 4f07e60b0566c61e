"""Where the figures of a label's offers come from: source, licence, date and age of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from .. import present

if TYPE_CHECKING:
    from ...engine.domain.catalog import Catalog

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


class Origin(ModalScreen[None]):
    """A scrolled text; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o,enter,ctrl+c", "dismiss(None)", "Close", id="close_origin"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, name: str, offers: Sequence[str], skills: Sequence[str], catalog: Catalog) -> None:
        super().__init__()
        self._about, self._offers, self._skills, self._catalog = name, offers, skills, catalog

    def compose(self) -> ComposeResult:
        """A paragraph an offer, a line a figure."""
        with Vertical(classes="dialog -tall"):
            title = f"Where the figures of {present.clean(self._about)} come from"
            yield Static(title, markup=False, classes="question")
            with VerticalScroll(id="help"):
                yield Static(Content.assemble(*self.told()))

    def told(self) -> list[tuple[str, str]]:
        """The text with its styles."""
        from ...engine.domain.provenance import provenance

        parts: list[tuple[str, str]] = []
        today = date.today()
        fields = [*_FIGURES, *((f"skills.{name}", f"{name} skill", "points") for name in self._skills)]
        for offer in self._offers:
            parts.append((f"{present.clean(offer)}\n", "bold $primary"))
            for field, name, unit in fields:
                found = provenance(self._catalog, offer, field)
                known = isinstance(found.value, (int, float))
                figure = f"{found.value:,.6g} {unit}" if known else "unknown"
                parts.append((f"  {name}: {figure}\n", "$text"))
                parts.append((f"    {present.clean(found.words(today))}\n", "$text-muted"))
        return parts

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self.query_one("#help").scroll_relative(y=by, animate=False)
