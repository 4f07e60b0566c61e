"""What can be set where: help, unit, step and bounds of every rule, read from the values' own schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ...engine.domain.routing import Label, Limits, Routing

RulePath = tuple[str, ...]  # ("objective",), ("limits", "budget"), ("labels", "think", "min_quality")
Kind = Literal["number", "integer", "boolean", "array", "object", "choice"]

OBJECTIVE = ("objective",)
LIMITS = ("limits",)
_OBJECTIVE_HELP = "the least cost, or the best quality within the budget"


@dataclass(frozen=True)
class Rule:
    """One thing that can be set, as the schema describes it."""

    name: str
    kind: Kind
    help: str
    unit: str = ""
    step: float | None = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The bounds in words: '0 to 100', 'above 0'."""
        low = self.low if self.low is not None else self.above
        high = self.high if self.high is not None and self.high < 1e6 else self.below
        if self.choices:
            return " or ".join(self.choices)
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        if low is None:
            return ""
        return f"{low:g} or more" if self.low is not None else f"above {low:g}"

    @property
    def bracketed(self) -> str:
        """Range and unit for the end of a sentence: ' (0 to 100 points)', or nothing."""
        words = " ".join(filter(None, (self.range, self.unit)))
        return f" ({words})" if words else ""


@cache
def rules_of(section: Literal["limits", "labels"]) -> dict[str, Rule]:
    """Every rule of the router or of a label, by name, in the order of the schema."""
    from ...engine.domain.routing import Label, Limits  # pydantic comes after the first paint

    kind = Limits if section == "limits" else Label
    schema = kind.model_json_schema()
    required = schema.get("required", [])
    return {
        name: _rule(name, told, name in required)
        for name, told in schema["properties"].items()
        if "help" in told
    }


def _rule(name: str, told: dict[str, Any], required: bool) -> Rule:
    bounds = next((kind for kind in told.get("anyOf", [told]) if kind.get("type") != "null"), told)
    defaults: dict[str, Any] = {"object": {}, "array": []}
    return Rule(
        name=name,
        kind=bounds["type"],
        help=told["help"],
        unit=told["unit"],
        step=told["step"],
        low=bounds.get("minimum"),
        high=bounds.get("maximum"),
        above=bounds.get("exclusiveMinimum"),
        below=bounds.get("exclusiveMaximum"),
        required=required,
        default=told.get("default", None if "anyOf" in told else defaults.get(bounds["type"])),
    )


@cache
def objective() -> Rule:
    """What the whole routing is optimised for."""
    from ...engine.domain.routing import Routing

    told = Routing.model_json_schema()["properties"]["objective"]
    return Rule("objective", "choice", _OBJECTIVE_HELP, required=True, choices=tuple(told["enum"]))


def rule_at(path: RulePath) -> Rule | None:
    """The rule a path leads to; None for a section, a label or anything unknown."""
    if path == OBJECTIVE:
        return objective()
    if len(path) == 2 and path[0] == "limits":
        return rules_of("limits").get(path[1])
    if len(path) == 3 and path[0] == "labels":
        return rules_of("labels").get(path[2])
    return None


def set_in(routing: Routing, section: RulePath) -> list[RulePath]:
    """The paths in force in a section: what is required, and what differs from its default."""
    if section == LIMITS:
        found = [
            (*LIMITS, name) for name, rule in rules_of("limits").items() if _is_set(routing.limits, rule)
        ]
        return [OBJECTIVE, *found]
    label = routing.labels[section[1]]
    return [
        (*section, name) for name, rule in rules_of("labels").items() if rule.required or _is_set(label, rule)
    ]


def unset_in(routing: Routing, section: RulePath) -> list[RulePath]:
    """The paths of the rules that could be added to a section."""
    taken = set(set_in(routing, section))
    names = rules_of("limits" if section == LIMITS else "labels")
    return [path for name in names if (path := (*section, name)) not in taken]


def priced(routing: Routing, section: RulePath) -> list[str]:
    """The rules of a section that have a price, as the engine writes their paths."""
    from ...engine.domain.rules import specs

    known = {**specs("limits"), **specs("labels")}
    paths = [path for path in set_in(routing, section) if path != OBJECTIVE and known[path[-1]].is_rule]
    if len(section) == 2 and (*section, "context") not in paths:
        paths.append((*section, "context"))  # asked for by the workload itself
    return [".".join(path) for path in paths]


def sections(routing: Routing) -> list[RulePath]:
    """The router as a whole, then every label."""
    return [LIMITS, *(("labels", name) for name in routing.labels)]


def section_of(path: RulePath) -> RulePath:
    """The section a path belongs to."""
    return path[:2] if path[0] == "labels" else LIMITS


def parse_path(text: str, routing: Routing) -> RulePath:
    """'labels.think.min_quality' as a path; a label's own name may hold dots."""
    head, _, rest = text.partition(".")
    if head == "labels":
        for name in sorted(routing.labels, key=len, reverse=True):
            if rest == name:
                return ("labels", name)
            if rest.startswith(f"{name}."):
                return ("labels", name, rest[len(name) + 1 :])
    return tuple(text.split(".", 1))


def _is_set(value: Limits | Label, rule: Rule) -> bool:
    given = getattr(value, rule.name)
    return bool((list(given) if isinstance(given, tuple) else given) != rule.default)
