"""An export from inside the app: asked of the solver's process, which is warm, so that scipy stays out.

A router's config as the solver process read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.domain.errors import InputError
from .. import formatting

if TYPE_CHECKING:
    from ...engine.domain.routing import Routing
    from .client import Solver


LONGEST = 30.0  # seconds to solve again what a router cannot express
FILES = {
    "litellm": "config.yaml",
    "claude-code-router": "config.json",
    "claude-code-router-3": "config.json",
    "opencode": "opencode.json",
    "claude-code": "settings.json",
    "aider": ".aider.conf.yml",
    "portkey": "portkey.json",
    "openrouter": "openrouter.json",
    "continue": "config.yaml",
}
"""The usual name of each router's file."""


@dataclass(frozen=True)
class Exported:
    """What a router would read: its text, what it cannot express, and USD a month for what it can."""

    router: str
    text: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    cost: float | None
    wanted: float | None
    changes: str = ""
    beside: tuple[str, ...] = ()
    backup: str | None = None
    links: tuple[str, ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Price, warnings and notes with their styles."""
        money = f"{formatting.money(self.cost)} USD/mo as this router can have it"
        if self.cost is not None and self.wanted is not None:
            money += (
                f"; the plan: {formatting.money(self.wanted)}   {formatting.change(self.wanted, self.cost)}"
            )
        found = [(money, "bold")]
        found += [(f"✗ {text}", "$text-error") for text in self.warnings]
        found += [(f"· {text}", "$text-muted") for text in self.notes]
        return found + [(f"· with it goes {name}", "$text-muted") for name in self.beside]


async def exported(
    solver: Solver, routing: Routing, router: str, out: Path | None = None, write: bool = False
) -> Exported:
    """A routing with its routes as `router` reads it; merged into `out`, and there only with `write`.

    Raises InputError.
    """
    where = None if out is None else str(out)
    told = await solver.ask("export", routing, LONGEST, router=router, out=where, write=write)
    if told is None:
        raise InputError("the rules have changed meanwhile")
    return Exported(
        router,
        told["text"],
        tuple(told["warnings"]),
        tuple(told["notes"]),
        told["cost"],
        told["cost_as_routed"],
        told["changes"],
        tuple(told["files"]),
        told["backup"],
        tuple(told["links"]),
    )


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
