"""Ways from the main screen to others: where figures come from, frontier, what-if, browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.domain.rules import LIMITS, RulePath
from .importing import Importing

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from .browser.offers import View


class Ways(Importing):
    """The workbench with the screens that open over it."""

    def action_origin(self) -> None:
        """Source, licence and date of the figures of the label under the cursor."""
        from ..dialogs.sources import Origin

        section = self.why.section
        if self.document is None or self.document.plan is None:
            return
        key = self.why.key if self.why.has_focus else None
        mix = [route.offer for route in self.document.plan.labels[section.label].routes]
        offers, name = ([key[1]], key[1]) if key and key[0] == "offer" else (mix, section.label)
        skills = list(self.document.routing.labels[section.label].skills)
        self.app.push_screen(Origin(name, offers, skills, self.document))

    def disabled_reason_origin(self) -> str:
        """The figures are those of a label's mix."""
        plan = None if self.document is None else self.document.plan
        there = plan is not None and self.why.section.label in plan.labels
        return "" if there else "go to a label with a plan to see where its figures come from"

    def action_frontier(self) -> None:
        """Cost against quality or latency, in a screen of its own."""
        from .frontier.screen import Frontier

        if self.document is not None:
            self.app.push_screen(Frontier(self.session), self._adopt)

    def action_what_if(self) -> None:
        """Other traffic, other prices, in a screen of its own."""
        from .what_if.screen import WhatIf

        if self.document is not None:
            self.app.push_screen(WhatIf(self.session), self._adopt)

    def _adopt(self, found: tuple[Routing, str] | None) -> None:
        if found is None or self.document is None:
            return
        labels = self.document.routing.labels
        changed = [name for name, label in found[0].labels.items() if labels.get(name) != label]
        path = RulePath("labels", changed[0]) if len(changed) == 1 else LIMITS
        if self.edit(lambda _: found[0], path, found[1]):
            self.hint.say(found[1])

    def action_browse(self) -> None:
        """Every offer of the catalogue, for the label under the cursor."""
        from .browser.screen import Browser

        if self.document is not None:
            section = self.rules.section
            label = section.label if section != LIMITS else next(iter(self.document.routing.labels))
            browser = Browser(self.session, label, self._keep_figures, self.browser_view)
            self.app.push_screen(browser, self._remember_browser)

    def _keep_figures(self) -> tuple[bool, str]:
        """Write the what-if figures into the overlay; whether that could be done, and what to say of it."""
        kept = self.keep_figures()
        return kept, self.hint.said.removeprefix("✗ ")

    def _remember_browser(self, view: View | None) -> None:
        self.browser_view = view
