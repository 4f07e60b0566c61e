"""Figures of an offer that nobody knows, taken from its relatives, as what-ifs: one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...engine.domain.errors import InputError
from ..document.overrides import put

if TYPE_CHECKING:
    from ...engine.domain.explanation import AssumedFigure
    from ..document.editing_session import EditingSession

MAX_SECONDS = 10.0
_WORDS = {"ttft": "{:.3g} s to the first token", "tps": "{:.3g} tokens a second"}


class AssumeController:
    """Asks what an offer's relatives have, and tries it."""

    def __init__(self, session: EditingSession, say: Callable[[str, bool], object]) -> None:
        """`say` shows a sentence, as an error where the second is true."""
        self._session, self._say = session, say

    async def assume(self, offer: str, label: str) -> bool:
        """Try the figures; whether any was."""
        from ...engine.domain.explanation import AssumedFigure

        session = self._session
        document, routing = session.document, session.document.routing
        try:
            answer = await session.solver.ask("assumed", routing, MAX_SECONDS, offer=offer, label=label)
            if answer is None:
                return False
            figures = [AssumedFigure.model_validate(figure) for figure in answer]
            if not figures:
                self._say(f"{offer}: nothing that matters to {label} is unknown, or no relative has it", True)
                return False
            overrides = document.overrides
            for figure in figures:
                overrides = put(document.listed_catalog, overrides, _place(offer, figure.name), figure.value)
            words = f"assumed for {offer}: {figures_text(figures)}"
            session.override(overrides, _place(offer, figures[0].name), words)
        except InputError as error:
            self._say(str(error), True)
            return False
        self._say(f"≠ {words}", False)
        return True


def _place(offer: str, name: str) -> tuple[str, ...]:
    kind, _, skill = name.partition(":")
    return ("models", offer.partition("/")[2], "skills", skill) if skill else ("offers", offer, kind)


def figures_text(figures: list[AssumedFigure]) -> str:
    """`0.5 s to the first token, 100 tokens a second (its model elsewhere); coding 61 (its family)`."""
    by_relatives: dict[str, list[str]] = {}
    for figure in figures:
        skill = figure.name.partition(":")[2]
        words = f"{skill} {figure.value:.3g}" if skill else _WORDS[figure.name].format(figure.value)
        by_relatives.setdefault(figure.relatives, []).append(words)
    return "; ".join(f"{', '.join(words)} ({relatives})" for relatives, words in by_relatives.items())
