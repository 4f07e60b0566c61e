"""Beside the workbench where the terminal is wide: a small frontier, and the details of an offer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from ...engine.domain.rules import LIMITS, RulePath
from .. import formatting

if TYPE_CHECKING:
    from textual.containers import Container

    from ..document.editing_session import EditingSession
    from .browser.details import FactPanel
    from .frontier.sketch import Sketch

MIN_WIDTH = 180  # cells of the terminal from which there is room
QUIET_SECONDS = 0.4  # without an edit or another label before the frontier is asked for
MAX_SECONDS = 20.0  # for the frontier
POINTS = 16  # on it, about


class AsideController:
    """Its widgets are made with the first plan that they can show, and never where there is no room."""

    def __init__(
        self, place: Container, session: EditingSession, start: Callable[[Awaitable[None]], object]
    ) -> None:
        """`place` is what the widgets are mounted in; `start` runs a request."""
        self._place, self._session, self._start = place, session, start
        self._sketch: Sketch | None = None
        self._facts: FactPanel | None = None
        self._offer = ""
        self._section: RulePath | None = None
        self.waiting = False  # for a frontier
        self._shown: tuple[Any, ...] = ()  # what the frontier is of, or was asked for
        self._turn = 0

    def show(self, section: RulePath, offer: str = "") -> None:
        """Be about a label or the router, and an offer: the one given, else the one that answers most of it.

        Of the router that is the one that costs most.
        """
        document = self._session.document
        plan = document.plan
        if self._place.app.size.width < MIN_WIDTH or plan is None or not document.solved:
            return
        self._make()
        label = plan.labels.get(section.label) if section != LIMITS else None
        if not offer and label is not None and label.routes:
            offer = max(label.routes, key=lambda route: route.share).offer
        elif not offer and section == LIMITS:  # what most of the money goes to
            routes = [route for of_label in plan.labels.values() for route in of_label.routes]
            offer = max(routes, key=lambda route: route.cost).offer if routes else ""
        self._show_offer(offer)
        wanted = (document.routing, dict(document.solver_overrides), section)
        if wanted != self._shown:
            before, self._shown = self._section, wanted
            self._section = section
            self._turn += 1
            if not plan.found:
                self._sketch_text("nothing fits: there is no frontier")
            else:
                self.waiting = True
                if section != before:  # after an edit the old one stays until the new one is there
                    self._sketch_text(f"the frontier of {_name(section)} is being computed …")
                self._start(self._request(section, self._turn))

    def _make(self) -> None:
        if self._sketch is None:
            from .browser.details import FactPanel
            from .frontier.sketch import Sketch

            self._sketch, self._facts = (
                Sketch(id="sketch"),
                FactPanel(lambda: (), brief=True, id="offer_facts"),
            )
            self._facts.can_focus = False
            self._place.mount(self._sketch, self._facts)

    def _show_offer(self, offer: str) -> None:
        document = self._session.document
        if offer == self._offer or offer not in document.catalog.offers:
            return
        from .browser.details import offer_facts

        assert self._facts is not None
        self._offer = offer
        self._facts.entitle("the offer")
        self._facts.facts = offer_facts(document.catalog, document.marks, offer)
        self._facts.cursor = 0
        self._facts.rebuild()

    async def _request(self, section: RulePath, turn: int) -> None:
        """The frontier of a label or of the whole router, once the cursor rests; an edit overtakes it."""
        from .frontier.curve import curve_of

        await asyncio.sleep(QUIET_SECONDS)
        if turn != self._turn:
            return
        routing, solver = self._session.document.routing, self._session.solver
        label = section.label or None
        answers: list[Any] = []

        def part(came: Any) -> None:
            if isinstance(came, dict):
                answers.append(came)

        try:
            await solver.ask("sketch", routing, MAX_SECONDS, part, label=label, points=POINTS)
        except InputError as error:
            if turn == self._turn:
                self.waiting = False
                self._sketch_text(str(error))
            return
        if turn != self._turn:
            return
        self.waiting = False
        if answers:
            assert self._sketch is not None
            curve = curve_of("quality", label, answers[0])
            self._sketch.show(curve, f"{_name(section)}: cost against quality")
        else:
            self._shown = ()  # the frontier's own screen went before: asked again once that has closed
            if self._place.screen.is_current:
                self.show(section)

    def _sketch_text(self, text: str) -> None:
        assert self._sketch is not None
        self._sketch.show(None, text)


def _name(section: RulePath) -> str:
    return "the router" if section == LIMITS else formatting.clean(section.label)
