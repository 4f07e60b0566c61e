"""Edits: a routing and a wish in, a new validated routing out. A wish that cannot be is an InputError.

Pin, deny and allow as edits of a label's rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...engine.adapters.routing_file import canonical, check_references
from ...engine.adapters.validation import validated
from ...engine.domain.catalog import Catalog
from ...engine.domain.errors import InputError
from ...engine.domain.plan import Repair
from ...engine.domain.references import Reference
from ...engine.domain.routing import Routing
from ...engine.domain.rules import LIMITS, OBJECTIVE, Kind, RulePath, RuleSpec, find_spec, owner_of, specs


def value_at(routing: Routing, path: RulePath) -> Any:
    """What stands at a path; a label's name at the label's own path."""
    return path.label if path.is_section else getattr(owner_of(routing, path), path.name)


def put(routing: Routing, path: RulePath, value: Any, catalog: Catalog | None = None) -> Routing:
    """The routing with `value` at a path."""
    if path == OBJECTIVE and value == "quality" and (why := _not_for_quality(routing)):
        raise InputError(why, key="objective")
    table = _data(routing)
    _table(table, path)[path.keys[-1]] = value
    changed = _checked(table, path)
    if catalog is not None:
        check_references(changed, catalog)
        changed = canonical(changed, catalog)
    return changed


def step(routing: Routing, path: RulePath, steps: int) -> Routing:
    """The routing with a number moved by so many of its steps, to its bound at most; a flag turned over."""
    why, rule = step_disabled_reason(path), find_spec(path)
    if why or rule is None:
        raise InputError(why)
    value = value_at(routing, path)
    if rule.kind is Kind.BOOLEAN:
        return put(routing, path, not value)
    if rule.choices:
        at = rule.choices.index(value) + (1 if steps > 0 else -1)
        return put(routing, path, rule.choices[at % len(rule.choices)])
    return put(routing, path, _moved(rule, value, steps))


def step_disabled_reason(path: RulePath) -> str:
    """Why what stands at a path has no steps; nothing where it has."""
    rule = find_spec(path)
    if rule is None:
        return "stand on a rule to step it"
    steps = rule.kind is Kind.BOOLEAN or rule.choices or rule.step is not None
    return "" if steps else f"{rule.name}: has no step, its value is typed"


def _not_for_quality(routing: Routing) -> str:
    """What is missing for the best quality within a budget, and what to do; nothing where all is there."""
    names = [name for name, label in routing.labels.items() if not label.has_quality]
    missing = ["a budget (a rule of the router)"] if routing.limits.budget is None else []
    missing += [f"skills in label{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []
    if not missing:
        return ""
    return f"stays cost: the best quality needs {' and '.join(missing)}; add that first"


def _moved(rule: RuleSpec, value: float | str, steps: int) -> float | str:
    assert rule.step is not None
    if isinstance(value, str):  # as good as a model: so many points less
        model, points = Reference.parse(value)
        return str(Reference(model, points - steps * rule.step))
    moved = round(value + steps * rule.step, 9)
    if rule.low is not None:
        moved = max(moved, rule.low)
    if rule.high is not None:
        moved = min(moved, rule.high)
    # Below an open bound the value stays where it is, and says so.
    if rule.above is not None and moved <= rule.above:
        raise InputError(f"has to stay above {rule.above:g}; type a smaller value", key=rule.name)
    if rule.below is not None and moved >= rule.below:
        raise InputError(f"has to stay below {rule.below:g}; type a larger value", key=rule.name)
    if moved == value:
        raise InputError(f"is at its {'largest' if steps > 0 else 'smallest'}: {value:g}", key=rule.name)
    return int(moved) if rule.is_whole else float(moved)


def dropped(routing: Routing, path: RulePath) -> Routing:
    """The routing without a rule, or without a whole label."""
    if why := drop_disabled_reason(routing, path):
        raise InputError(why)
    table = _data(routing)
    del _table(table, path)[path.keys[-1]]
    return _checked(table, path)


def repaired(routing: Routing, repairs: Sequence[Repair]) -> Routing:
    """The routing with changes that help where nothing fits."""
    for repair in repairs:
        path = RulePath.parse(repair.path)
        routing = dropped(routing, path) if repair.to is None else put(routing, path, repair.to)
    return routing


def drop_disabled_reason(routing: Routing, path: RulePath) -> str:
    """Why what stands at a path has to stay; nothing where it can go."""
    rule = find_spec(path)
    if rule is not None and rule.required:
        return f"{rule.name}: cannot be dropped, every routing needs it; change it instead"
    if path == LIMITS:
        return "the router itself cannot be dropped, only its rules"
    if routing.objective == "quality" and (path == LIMITS.child("budget") or path.name == "skills"):
        return f"{path.name}: the objective quality needs it; set the objective to cost first"
    if rule is None and len(routing.labels) == 1:
        return "the last label cannot be dropped; add another first"
    return ""


def with_label(routing: Routing, name: str) -> Routing:
    """The routing with one more label, at the end: one step of each required figure, nothing else."""
    name = _free_name(routing, name)
    table = _data(routing)
    label: dict[str, Any] = {n: rule.step for n, rule in specs("labels").items() if rule.required}
    if (
        routing.objective == "quality" or routing.limits.min_quality is not None
    ):  # every label needs a quality
        weighed = (dict(other.skills) for other in routing.labels.values() if other.skills)
        label["skills"] = next(weighed, {"coding": 1.0})
    table["labels"][name] = label
    return _checked(table, RulePath("labels", name))


def renamed(routing: Routing, old: str, name: str) -> Routing:
    """The routing with a label under another name, in its old place."""
    if name.strip() == old:
        return routing
    name = _free_name(routing, name)
    table = _data(routing)
    table["labels"] = {name if key == old else key: label for key, label in table["labels"].items()}
    return _checked(table, RulePath("labels", name))


def _free_name(routing: Routing, name: str) -> str:
    name = name.strip()
    if not name:
        raise InputError("a label needs a name")
    if not name.isprintable():
        raise InputError("a label's name is plain text on one line")
    if name in routing.labels:
        raise InputError(f"there is a label {name!r} already")
    return name


def _data(routing: Routing) -> dict[str, Any]:
    return routing.model_dump(by_alias=True)


def _table(table: dict[str, Any], path: RulePath) -> dict[str, Any]:
    for key in path.keys[:-1]:
        table = table[key]
    return table


def _checked(table: dict[str, Any], path: RulePath) -> Routing:
    """Validated; the error's key loses the part that is on the screen anyway."""
    try:
        return validated(Routing, table, "")
    except InputError as error:
        section = ".".join(path.keys[:-1])
        raise InputError(
            error.what, key=error.key.removeprefix(f"{section}.") if section else error.key
        ) from None


def denied(routing: Routing, label: str, offer: str) -> Routing:
    """The offer on the label's deny-list, or off it."""
    return _turned(routing, RulePath("labels", label, "deny"), routing.labels[label].deny, offer)


def allowed(routing: Routing, label: str, offer: str) -> Routing:
    """The offer on the label's list of the only ones allowed, or off it; an empty list is dropped."""
    return _turned(routing, RulePath("labels", label, "allow"), routing.labels[label].allow or (), offer)


def pinned(routing: Routing, label: str, offer: str, share: float | None) -> Routing:
    """The offer pinned at a share of the label's requests; None takes the pin away."""
    pin = {key: value for key, value in routing.labels[label].pin.items() if key != offer}
    if share is not None:
        pin[offer] = share
    path = RulePath("labels", label, "pin")
    return put(routing, path, pin) if pin else dropped(routing, path)


def _turned(routing: Routing, path: RulePath, now: Sequence[str], offer: str) -> Routing:
    if offer not in now:
        return put(routing, path, [*now, offer])
    rest = [name for name in now if name != offer]
    return put(routing, path, rest) if rest else dropped(routing, path)


def place_of_change(before: Routing, after: Routing) -> RulePath:
    """Where to look after many rules may have changed: the first label that has, else the router's own."""
    for name, label in after.labels.items():
        if before.labels.get(name) != label:
            return RulePath("labels", name)
    return LIMITS
