"""What may move: the rules in force, what each says, and the matrices once none of them is.

A movement is relative to what the rule says: a budget of 100 USD that becomes 110, a floor of 80 that
becomes 72 and a limit of ten models that becomes eleven have all moved by 0.1. What has no size counts GIVEN
each: a switch, an item of a list, a rule that is dropped because only then unknown figures are allowed.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from ...domain.named import rules_in_force, without
from ...domain.routing import Routing
from ...domain.rules import facts_of, value_of
from ..compile.compiler import Compiler
from ..compile.offer_table import Table
from ..compile.problem import Floats, Problem

GIVEN = 2.0  # what a switch, an item or a dropped rule counts: twice the whole of a floor
CENT = 0.01


@dataclass(frozen=True)
class Ask:
    """A routing whose rules at `soft` may give way; `free` is the problem without any rule.

    `median` (L, N) are the offers' seconds, nan where unknown.
    """

    routing: Routing
    table: Table
    free: Problem
    median: Floats
    soft: frozenset[str]

    @staticmethod
    def of(routing: Routing, compiler: Compiler, soft: Set[str] | None = None) -> Ask:
        """Without `soft` every rule in force may give way."""
        rules = rules_in_force(routing)
        bare = without(routing, {*rules})
        median = np.array([compiler.rows(bare, name).median for name in bare.labels])
        some = frozenset(rules if soft is None else soft)
        return Ask(routing, compiler.table, compiler.compile(bare), median, some)

    def says(self, path: str) -> float:
        """The number that a rule says."""
        return float(value_of(self.routing, path))

    def scale(self, path: str) -> float:
        """What a movement of 1 is in the rule's unit: its value; of a rule that says 0 its step."""
        return abs(self.says(path)) or float(facts_of(path)["step"])

    def outward(self, path: str, value: float, sign: int) -> float:
        """`value` on the rule's grid, rounded the way that it gives (-1: down)."""
        grid = grid_of(path)
        steps = value / grid
        whole = floor(steps + 1e-6) if sign < 0 else ceil(steps - 1e-6)
        return round(whole * grid, 9)

    @property
    def ranked(self) -> bool:
        """Whether quality is what the routing maximises, so that unscored offers are out."""
        return self.routing.objective == "quality"


def grid_of(path: str) -> float:
    """The grain of what is written: a cent, a token, a whole number, else a hundredth of the rule's step."""
    name, step = path.rpartition(".")[2], facts_of(path)["step"]
    if name == "budget":
        return CENT
    if name in {"context", "max_models", "max_providers", "min_providers"}:
        return 1.0
    return float(step) / 100
