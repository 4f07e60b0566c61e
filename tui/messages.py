"""What the parts of the app tell each other.

Edits are no messages: a posted edit could be overtaken by the next key, so keys call the workbench directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from ..engine.domain.plan import Plan
    from ..engine.domain.routing import Routing
    from ..engine.domain.rules import RulePath


class PlanReady(Message):
    """The solver answered a routing. `final` unless a longer search goes on."""

    def __init__(
        self, routing: Routing, plan: Plan, final: bool = True, overrides: Mapping[str, Any] | None = None
    ) -> None:
        """`overrides`: the what-if figures it was asked with."""
        super().__init__()
        self.routing, self.plan, self.final, self.overrides = routing, plan, final, overrides or {}


class SolverFailed(Message):
    """The solver cannot answer, or has died; in words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class ExplanationsReady(Message):
    """Parts of the reasons for a section of a routing: answers in plain values, or InputErrors."""

    def __init__(
        self, routing: Routing, figures: Mapping[str, Any], section: RulePath, parts: Mapping[str, Any]
    ) -> None:
        """`figures`: what-if figures and caution that the answers rest on."""
        super().__init__()
        self.routing, self.figures, self.section, self.parts = routing, figures, section, parts


class CursorMoved(Message):
    """Another line is under the cursor: a RulePath, or the key of a line that is about no rule."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__()
        self.path = path
