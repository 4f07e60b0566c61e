"""What a rule is: its path, and one RuleSpec for each, derived from the fields of `routing`.

To add a rule:
1. its field in `routing.Limits` or `routing.Label`, with FieldFacts for help, unit, step and sense. The
   RuleSpec, `--set`, the editor, clashes, prices by the step, the report and `modelpick schema` follow.
2. what it means: a row of `compile.compiler`, or a line of `compile.eligibility` where it is about single
   offers, and the check of finished plans in `analysis.evaluate`.
3. how it gives way in `explain.elastic_model`, and what a plan has of it in `explain.shadow_prices`.
tests/engine/test_rules.py fails where a spec lacks one of these.

pydantic is loaded by the first question about a spec, not by importing this: screens know paths before that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .field_facts import FieldFacts, Measure, Sense

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from .routing import Label, Limits, Routing

Section = Literal["limits", "labels", ""]  # "": the routing itself

_OBJECTIVE_HELP = "the least cost, or the best quality within the budget"
_FIXED_SCALES = ("share", "points", "%")  # units of scales that end at 1 or 100
_GRIDS = {"USD/mo": 0.01, "tokens": 1.0}  # the finest that is written in this unit: a cent, a token
_ASKS_NOTHING = 1e-9  # the least value of an implied rule: with None it would be implied again


class RulePath(NamedTuple):
    """Where a rule stands: `objective`, `limits.budget`, `labels.think.min_quality`; unnamed, a section."""

    section: Section
    label: str = ""
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> RulePath:
        """The path of a rule from its text; the name of a label may hold dots itself."""
        section, _, rest = text.partition(".")
        if section == "labels":
            label, _, name = rest.rpartition(".")
            return cls("labels", label, name)
        return cls("limits", "", rest) if section == "limits" else cls("", "", text)

    def __str__(self) -> str:
        return ".".join(self.keys)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead there in a routing file."""
        owner = ("labels", self.label) if self.section == "labels" else (self.section,) * bool(self.section)
        return (*owner, self.name) if self.name else owner

    @property
    def parent(self) -> RulePath:
        """The section that the rule stands in: the router's limits, with the objective, or a label."""
        return RulePath("labels", self.label) if self.section == "labels" else LIMITS

    @property
    def is_section(self) -> bool:
        """Whether it is the router's limits, or a label, as a whole."""
        return not self.name

    def child(self, name: str) -> RulePath:
        """The path of a rule of this section."""
        return self._replace(name=name)


OBJECTIVE = RulePath("", "", "objective")
LIMITS = RulePath("limits")
UNKNOWN_FIGURE_RULES = (
    "max_latency",
    "skills",
)  # what an offer breaks whose speed, or whose score, is unknown


class Kind(StrEnum):
    """The type of a rule's value, as JSON schemas call it; a choice is one of a few words."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class RuleSpec(FieldFacts):
    """One thing that can be set in a routing: a rule, or with `sense` None a fact of the workload.

    `low` and `high` are bounds that it may have, `above` and `below` bounds that it may not.
    """

    name: str
    kind: Kind
    section: Section = ""
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()

    @property
    def is_rule(self) -> bool:
        """Whether it narrows the choice of plans, so that dropping it has a price."""
        return self.sense is not None

    @property
    def is_bound(self) -> bool:
        """Whether it is a number with a side: then it has a price by the step, else only as a whole."""
        return self.sense in (Sense.UPPER, Sense.LOWER)

    @property
    def is_number(self) -> bool:
        """Whether + and - move it."""
        return self.kind in (Kind.NUMBER, Kind.INTEGER)

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return self.kind is Kind.INTEGER

    @property
    def takes_models(self) -> bool:
        """Whether its number may be given as a model to be as good as."""
        return self.figure == "quality" and self.is_bound

    @property
    def is_amount(self) -> bool:
        """Whether it moves by a part of itself, as USD, tokens and seconds do; not by the step of a scale."""
        return self.kind is Kind.NUMBER and self.unit not in _FIXED_SCALES

    @property
    def in_money(self) -> bool:
        """Whether it is in USD."""
        return self.unit.startswith("USD")

    @property
    def couples_labels(self) -> bool:
        """Whether it is a bound on all labels together."""
        return self.section == "limits" and self.is_bound

    @property
    def limits_sum(self) -> bool:
        """Whether it is a limit on a sum of shares, so that its shadow price holds over a range."""
        return self.is_bound and not self.is_whole and self.measure is Measure.SUM

    @property
    def has_shadow_price(self) -> bool:
        """Whether its limit can move while all whole numbers stay."""
        return self.limits_sum or self.measure is Measure.CURVE

    @property
    def scale_end(self) -> float:
        """The most that a limit on a sum can be, 1 or 100 on a scale; else inf."""
        on_scale = self.limits_sum and self.unit in _FIXED_SCALES
        return float(self.high) if on_scale and self.high is not None else inf

    @property
    def looser(self) -> float:
        """1: a larger number is looser; -1: a smaller one. Only of a bound."""
        return 1.0 if self.sense is Sense.UPPER else -1.0

    @property
    def grid(self) -> float:
        """The grain of what is written: a cent, a token, a whole number, else a hundredth of the step."""
        if self.is_whole:
            return 1.0
        return _GRIDS[self.unit] if self.unit in _GRIDS else (self.step or 1.0) / 100

    @property
    def loosest_value(self) -> float:
        """Where a bound asks as good as nothing; inf: it has no such end."""
        if self.loosest is not None:
            return self.loosest
        if self.sense is Sense.LOWER:
            return self.grid if self.low is None else float(self.low)
        return self.scale_end

    @property
    def dropped(self) -> Any:
        """What stands there once the rule is dropped, and is no rule."""
        return _ASKS_NOTHING if self.implied else self.default

    @property
    def asks_nothing_by_default(self) -> bool:
        """Whether a number that nobody has set stands at the end of its range."""
        return self.is_number and self.default is not None and self.default == self.low

    def is_set(self, owner: Routing | Limits | Label) -> bool:
        """Whether its value there is another than the default."""
        return bool(getattr(owner, self.name) != self.default)


@cache
def specs(section: Section) -> Mapping[str, RuleSpec]:
    """Every rule and workload fact of the router or of a label, by name, in the order of the fields."""
    from .routing import Label, Limits, Routing

    if not section:
        choices = tuple(Routing.model_json_schema()["properties"][OBJECTIVE.name]["enum"])
        objective = RuleSpec(
            name=OBJECTIVE.name,
            kind=Kind.CHOICE,
            help=_OBJECTIVE_HELP,
            required=True,
            default=Routing.model_fields[OBJECTIVE.name].default,
            choices=choices,
        )
        return {OBJECTIVE.name: objective}
    model = Limits if section == "limits" else Label
    properties = model.model_json_schema()["properties"]
    return {
        name: _spec(section, name, field, properties[name])
        for name, field in model.model_fields.items()
        if isinstance(field.json_schema_extra, FieldFacts)
    }


def _spec(section: Section, name: str, field: FieldInfo, schema: Mapping[str, Any]) -> RuleSpec:
    bounds = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    required = field.is_required()
    return RuleSpec(
        **vars(field.json_schema_extra),
        name=name,
        kind=Kind(bounds["type"]),
        section=section,
        low=bounds.get("minimum"),
        high=bounds.get("maximum"),
        above=bounds.get("exclusiveMinimum"),
        below=bounds.get("exclusiveMaximum"),
        required=required,
        default=None if required else field.get_default(call_default_factory=True),
    )


def find_spec(path: str | RulePath) -> RuleSpec | None:
    """The rule that a path leads to; None for a section, a label or anything unknown."""
    path = _parsed(path)
    return specs(path.section).get(path.name)


def spec_of(path: str | RulePath) -> RuleSpec:
    """The rule that a path leads to. Raises KeyError where there is none."""
    spec = find_spec(path)
    if spec is None:
        raise KeyError(str(path))
    return spec


def names(section: Section, which: Callable[[RuleSpec], bool]) -> tuple[str, ...]:
    """The names of the specs of a section that are so, in the order of the fields."""
    return tuple(spec.name for spec in specs(section).values() if which(spec))


@cache
def coupling_rules() -> tuple[str, ...]:
    """The limits that are bounds on all labels together."""
    return names("limits", lambda spec: spec.couples_labels)


@cache
def workload_fields(section: Section) -> tuple[str, ...]:
    """The fields that describe the traffic: of a label, or what scales that of all labels."""
    return names(section, lambda spec: spec.workload)


@cache
def quality_rules() -> tuple[str, ...]:
    """A label's rules on quality, which offers without a score cannot keep."""
    return names("labels", lambda spec: spec.figure == "quality")


@cache
def share_fields() -> frozenset[str]:
    """The fields that are shares of 1, or tables of them: 80% is 0.8 of these."""
    every = (*specs("limits").values(), *specs("labels").values())
    return frozenset(spec.name for spec in every if "share" in (spec.unit, spec.item_unit))


@cache
def list_fields() -> frozenset[str]:
    """The fields that are lists of names."""
    every = (*specs("limits").values(), *specs("labels").values())
    return frozenset(spec.name for spec in every if spec.kind is Kind.ARRAY)


def owner_of(routing: Routing, path: str | RulePath) -> Routing | Limits | Label:
    """The routing, its limits or the label that has the rule as a field."""
    path = _parsed(path)
    if path.section == "labels":
        return routing.labels[path.label]
    return routing.limits if path.section == "limits" else routing


def value_of(routing: Routing, path: str | RulePath) -> Any:
    """What the rule says; the window that a label asks for without saying so, too."""
    path = _parsed(path)
    owner = owner_of(routing, path)
    value = getattr(owner, path.name)
    return getattr(owner, implied) if value is None and (implied := spec_of(path).implied) else value


def with_value(routing: Routing, path: str | RulePath, value: Any) -> Routing | None:
    """The routing with another value of one rule; None where that is no routing.

    A floor that is a model's stays that model's, however many points are asked.
    """
    from .references import AsGoodAs

    path = _parsed(path)
    owner = owner_of(routing, path)
    now = getattr(owner, path.name)
    if isinstance(now, AsGoodAs) and isinstance(value, (int, float)):
        value = now.moved(value)
    try:
        changed: Any = type(owner).model_validate({**owner.model_dump(), path.name: value})
    except ValueError:
        return None
    if path.section == "labels":
        return routing.model_copy(update={"labels": {**routing.labels, path.label: changed}})
    return routing.model_copy(update={"limits": changed}) if path.section == "limits" else changed


def rules_in_force(routing: Routing) -> tuple[str, ...]:
    """Paths of every rule that narrows the choice, `limits.budget` or `labels.think.min_quality`.

    Maximising quality is one too: an unscored offer cannot serve it.
    """
    paths = [OBJECTIVE] if routing.objective == "quality" else []
    for section in sections(routing):
        owner = owner_of(routing, section)
        section_specs = specs(section.section).values()
        in_force = [spec for spec in section_specs if spec.is_rule and spec.is_set(owner)]
        implied = [spec for spec in section_specs if spec.implied and not spec.is_set(owner)]
        paths += [section.child(spec.name) for spec in (*in_force, *implied)]
    return tuple(str(path) for path in paths)


def without(routing: Routing, paths: Collection[str]) -> Routing:
    """The routing with these rules dropped. Values stay valid: a dropped rule only loosens."""
    updates: dict[RulePath, dict[str, Any]] = {}
    for path in map(RulePath.parse, paths):
        if path != OBJECTIVE:
            updates.setdefault(path.parent, {})[path.name] = spec_of(path).dropped
    labels = {
        name: label.model_copy(update=updates.get(RulePath("labels", name)))
        for name, label in routing.labels.items()
    }
    limits = routing.limits.model_copy(update=updates.get(LIMITS))
    objective = "cost" if str(OBJECTIVE) in paths else routing.objective
    return routing.model_copy(update={"objective": objective, "limits": limits, "labels": labels})


def sections(routing: Routing) -> list[RulePath]:
    """The router as a whole, then every label."""
    return [LIMITS, *(RulePath("labels", name) for name in routing.labels)]


def set_in(routing: Routing, section: RulePath) -> list[RulePath]:
    """The paths that a section says: what is required, and what differs from its default."""
    owner = owner_of(routing, section)
    paths = [
        section.child(spec.name)
        for spec in specs(section.section).values()
        if spec.required or spec.is_set(owner)
    ]
    return [OBJECTIVE, *paths] if section == LIMITS else paths


def unset_in(routing: Routing, section: RulePath) -> list[RulePath]:
    """The paths of the rules that could be added to a section."""
    taken = set(set_in(routing, section))
    return [path for name in specs(section.section) if (path := section.child(name)) not in taken]


def priced_in(routing: Routing, section: RulePath) -> list[RulePath]:
    """The rules of a section that have a price: those it says, and those its workload implies."""
    written = [path for path in set_in(routing, section) if spec_of(path).is_rule]
    implied = names(section.section, lambda spec: bool(spec.implied))
    return written + [path for name in implied if (path := section.child(name)) not in written]


def confidences(routing: Routing) -> list[RulePath]:
    """The paths of how sure rules on quality must be, where one asks more than the figures as they stand."""
    ruled = {name: label for name, label in routing.labels.items() if routing.needs_quality(label)}
    paths = [RulePath("labels", name, "confidence") for name in ruled if ruled[name].confidence is not None]
    if any(label.confidence is None for label in ruled.values()):
        paths.insert(0, LIMITS.child("confidence"))
    return [path for path in paths if value_of(routing, path) > (spec_of(path).low or 0.0)]


def _parsed(path: str | RulePath) -> RulePath:
    return RulePath.parse(path) if isinstance(path, str) else path


def with_workload(routing: Routing, basis: Routing) -> Routing:
    """`routing` with the requests, tokens, skill weights, growth and peak of `basis`.

    A label that is not in `basis` keeps its own, and its skill weights where `basis` weighs none.
    """
    labels = {}
    for name, label in routing.labels.items():
        other = basis.labels.get(name)
        changes: dict[str, Any] = {}
        if other is not None:
            changes = {field: getattr(other, field) for field in workload_fields("labels")}
            if other.skills:
                changes["skills"] = other.skills  # one measure of quality
        labels[name] = label.model_copy(update=changes)
    traffic = {field: getattr(basis.limits, field) for field in workload_fields("limits")}
    limits = routing.limits.model_copy(update=traffic)
    return routing.model_copy(update={"labels": labels, "limits": limits})


def monthly_requests(routing: Routing) -> float:
    """Requests a month of all labels, growth included."""
    return sum(label.requests for label in routing.labels.values()) * routing.limits.growth
