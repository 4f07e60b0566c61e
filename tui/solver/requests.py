"""Exports to routers and imports from them, by way of the solver's process: scipy stays out of the app."""

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


MAX_SECONDS = 30.0  # to solve again what a router cannot express
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
    plan_cost: float | None
    changes: str = ""
    other_files: tuple[str, ...] = ()
    backup: str | None = None
    links: tuple[str, ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Price, warnings and notes with their styles."""
        money = f"{formatting.money(self.cost)} USD/mo as this router can have it"
        if self.cost is not None and self.plan_cost is not None:
            change = formatting.change(self.plan_cost, self.cost)
            money += f"; the plan: {formatting.money(self.plan_cost)}   {change}"
        return [
            (money, "bold"),
            *((f"✗ {text}", "$text-error") for text in self.warnings),
            *((f"· {text}", "$text-muted") for text in self.notes),
            *((f"· with it goes {name}", "$text-muted") for name in self.other_files),
        ]


async def request_export(
    solver: Solver, routing: Routing, router: str, out: Path | None = None, write: bool = False
) -> Exported:
    """A routing with its routes as `router` reads it, merged with what is in `out`; `write` writes it there.

    Raises InputError.
    """
    path = None if out is None else str(out)
    answer = await solver.ask("export", routing, MAX_SECONDS, router=router, out=path, write=write)
    if answer is None:
        raise InputError("the rules have changed meanwhile")
    return Exported(
        router,
        answer["text"],
        tuple(answer["warnings"]),
        tuple(answer["notes"]),
        answer["cost"],
        answer["cost_as_routed"],
        answer["changes"],
        tuple(answer["files"]),
        answer["backup"],
        tuple(answer["links"]),
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
    measured: bool = False  # logs, with the month's work; else a router's config, which has none

    @property
    def name(self) -> str:
        """'config.json of claude-code-router', or whose logs they are."""
        if self.measured:
            return self.router
        return f"{self.path.name} of {self.router}"


def parse_import(path: Path, answer: Mapping[str, Any]) -> Imported:
    """The solver's answer to `imported`, as values."""
    from ...engine.domain.routing import Routing

    routing = Routing.model_validate(answer["routing"])
    notes, lost = tuple(answer["notes"]), tuple(answer["lost"])
    return Imported(path, answer["router"], answer["shares"], routing, notes, lost)
