"""A router's config as the solver process read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing

Mixes = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Imported:
    """Whose file, its shares by label, the routing it makes with the rules there were, and what to know."""

    path: Path
    router: str
    shares: Mixes
    routing: Routing
    notes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()  # labels of which no offer is known

    @property
    def name(self) -> str:
        """'config.json of claude-code-router'."""
        return f"{self.path.name} of {self.router}"


def imported_from(path: Path, answer: Mapping[str, Any]) -> Imported:
    """The solver's answer to `imported`, as values."""
    from ...engine.domain.routing import Routing

    routing = Routing.model_validate(answer["routing"])
    notes, lost = tuple(answer["notes"]), tuple(answer["lost"])
    return Imported(path, answer["router"], answer["shares"], routing, notes, lost)
