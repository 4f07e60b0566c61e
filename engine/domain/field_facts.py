"""What a field of a routing says of itself beyond its type: help, unit, step, and what sort of rule it is.

`routing` writes it beside each field, `rules` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Sense(StrEnum):
    """The direction in which a rule gives way."""

    UPPER = "at most"  # a larger number is looser
    LOWER = "at least"  # a smaller number is looser
    ADMIT = "only these"  # a longer list is looser
    DEMAND = "each of these"  # a shorter list is looser: every item takes something away
    SWITCH = "on or off"


class Measure(StrEnum):
    """What the number of a rule limits; whole numbers are always counts."""

    SUM = "sum"  # linear in the shares: a shadow price that holds over a range
    CURVE = "curve"  # moves the coefficients themselves: a shadow price that holds at its value alone
    EACH = "each"  # every single offer of the mix: a threshold
    COUNT = "count"  # offers, models or providers in use


@dataclass(frozen=True)
class FieldFacts:
    """A field's metadata. Called by pydantic, it lays help, unit and step into the field's JSON schema.

    sense: None where the field is no rule, so that no plan is lost to it. workload: it describes the traffic.
    figure: the figure of a mix that the rule is about. items: what a list or table names; item_unit: the unit
    of a table's numbers. implied: the label's property that is in force where nobody has set the rule.
    moves_with: the field that takes this one along. loosest: where the bounds of the type are not it.
    concession: the place among the rules that people let go, the first at 1.
    """

    help: str = ""
    unit: str = ""
    step: float | None = None
    sense: Sense | None = None
    workload: bool = False
    measure: Measure = Measure.SUM
    figure: Literal["", "quality", "latency"] = ""
    items: Literal["", "providers", "models", "offers", "features", "skills", "regions", "plans"] = ""
    item_unit: str = ""
    implied: str = ""
    moves_with: str = ""
    loosest: float | None = None
    concession: int | None = None

    def __call__(self, schema: dict[str, Any]) -> None:
        """Adds the part that `modelpick schema` shows."""
        schema.update(help=self.help, unit=self.unit, step=self.step)
