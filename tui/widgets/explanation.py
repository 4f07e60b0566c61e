"""The why panel: what a step of each rule costs, what is out and for which reason, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from .. import formatting
from ..messages import CursorMoved, WhyFound
from .line_list import Line, LinePanel
from .reasons import Facts, why_lines

if TYPE_CHECKING:
    from ...engine.domain.marks import Marks, Signs
    from ...engine.domain.routing import Routing
    from ..document.rules import Path


class WhyPanel(LinePanel):
    """The reasons for one section's part of the plan; faint while they are old, never blank."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "screen.open_reason", "Open", key_display="⏎", id="open_reason"),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.section: Path = ("limits",)
        self.routing: Routing | None = None
        self.figures: Mapping[str, Any] = {}
        self.found = True
        self.stale = True
        self.offers = 0
        self.opened: set[str] = set()
        self.marks: Marks | None = None  # of figures that deserve less trust
        self.mixes: Mapping[str, Signs] = {}  # label -> what its mix rests on
        self._facts: dict[Path, Facts] = {}
        self._next: dict[Path, Facts] = {}

    @property
    def facts(self) -> Facts | None:
        """What is shown of the section: the newest, or what was known before it."""
        return self._facts.get(self.section)

    def show_section(self, section: Path) -> None:
        """Show the reasons for another label, or for the router's limits."""
        self.section, self.cursor = section, 0
        self.opened.clear()
        self.rebuild()

    def show_answered(self, routing: Routing, found: bool, figures: Mapping[str, Any]) -> None:
        """The plan of this routing is on the screen; its reasons are being found.

        `figures`: the what-if figures and the caution that the plan rests on.
        """
        self.routing, self.found, self.figures = routing, found, figures
        self.stale = False
        for section in [*self._facts]:
            if section[0] == "labels" and section[1] not in routing.labels:
                del self._facts[section]
        self._next.clear()
        self.rebuild_soon()

    def show_nothing(self, section: Path) -> None:
        """There is nothing to ask of this section."""
        assert self.routing is not None
        self._facts[section] = Facts.asked(self.routing, self.figures, section, self.found)
        self.rebuild()

    def show_stale(self) -> None:
        """The rules have moved on."""
        if not self.stale:
            self.stale = True
            self.rebuild_soon()

    def whole(self, section: Path) -> bool:
        """Whether all reasons for the section are those of the plan on the screen."""
        facts = self._facts.get(section)
        return facts is not None and facts.explains(self.routing, self.figures) and facts.whole

    @on(WhyFound)
    def _take(self, message: WhyFound) -> None:
        """More parts; the old reasons stay until every part of the new ones is there."""
        message.stop()
        if self.routing is None or (message.routing, message.figures) != (self.routing, self.figures):
            return
        facts = self._next.get(message.section)
        if facts is None or not facts.explains(self.routing, self.figures):
            facts = Facts.asked(self.routing, self.figures, message.section, self.found)
        facts = self._next[message.section] = facts.having(message.parts)
        shown = self._facts.get(message.section)
        if facts.whole or shown is None or shown.explains(self.routing, self.figures):
            self._facts[message.section] = facts
            if message.section == self.section:
                self.rebuild()

    def turn(self) -> bool:
        """Open or close the group under the cursor; False where there is none."""
        key = self.key
        if not key or key[0] != "group":
            return False
        self.opened ^= {key[1]}
        self.rebuild()
        return True

    def moved(self) -> None:
        """Tell what is under the cursor now."""
        if self.key is not None:
            self.post_message(CursorMoved(self.key))

    def chosen(self) -> None:
        """A double click opens."""
        self.call_later(self.run_action, "screen.open_reason")

    def lines_for(self, width: int) -> list[Line]:
        """The section's name, then its reasons."""
        width -= 1
        name = "router" if self.section == ("limits",) else self.section[1]
        head = Line(((formatting.fit(f"why {name}", width), "head"),), self.section)
        facts = self.facts
        if facts is None:
            return [head, Line(((formatting.fit("  …", width), "note"),))]
        faint = self.stale or not facts.explains(self.routing, self.figures)
        return [head, *self._shown(facts, width, faint)]

    def _shown(self, facts: Facts, width: int, faint: bool) -> Sequence[Line]:
        facts = replace(facts, marks=self.marks, mix=self.mixes.get(self.section[-1]))
        return why_lines(facts, width, self.offers, self.opened, faint)
