"""Edits: a routing and a wish in, a new validated routing out. A wish that cannot be is an InputError."""

from __future__ import annotations

from typing import Any

from ..engine.adapters.complaints import validated
from ..engine.adapters.references import check_references
from ..engine.domain.catalog import Catalog
from ..engine.domain.errors import InputError
from ..engine.domain.routing import Routing
from .rules import LIMITS, OBJECTIVE, Path, Rule, rule_at, rules_of
from .typed import parse


def value_at(routing: Routing, path: Path) -> Any:
    """What stands at a path; a label's name at the label's own path."""
    if path == OBJECTIVE:
        return routing.objective
    if path[0] == "limits":
        return getattr(routing.limits, path[1])
    return path[1] if len(path) == 2 else getattr(routing.labels[path[1]], path[2])


def typed(routing: Routing, path: Path, text: str, catalog: Catalog | None = None) -> Routing:
    """The routing with what was typed at a path; nothing typed drops the rule."""
    rule = rule_at(path)
    if rule is None:
        return renamed(routing, path[1], text)
    return dropped(routing, path) if not text.strip() else put(routing, path, parse(rule, text), catalog)


def put(routing: Routing, path: Path, value: Any, catalog: Catalog | None = None) -> Routing:
    """The routing with `value` at a path."""
    if path == OBJECTIVE and value == "quality" and (why := _not_for_quality(routing)):
        raise InputError(why, key="objective")
    data = _data(routing)
    _table(data, path)[path[-1]] = value
    changed = _checked(data, path)
    if catalog is not None:
        check_references(changed, catalog)
    return changed


def stepped(routing: Routing, path: Path, steps: int) -> Routing:
    """The routing with a number moved by so many of its steps, to its bound at most; a flag turned over."""
    why, rule = why_not_step(path), rule_at(path)
    if why or rule is None:
        raise InputError(why)
    value = value_at(routing, path)
    if rule.kind == "boolean":
        return put(routing, path, not value)
    if rule.choices:
        at = rule.choices.index(value) + (1 if steps > 0 else -1)
        return put(routing, path, rule.choices[at % len(rule.choices)])
    return put(routing, path, _moved(rule, value, steps))


def why_not_step(path: Path) -> str:
    """Why what stands at a path has no steps; nothing where it has."""
    rule = rule_at(path)
    if rule is None:
        return "stand on a rule to step it"
    steps = rule.kind == "boolean" or rule.choices or rule.step is not None
    return "" if steps else f"{rule.name}: has no step, its value is typed"


def _not_for_quality(routing: Routing) -> str:
    """What is missing for the best quality within a budget, and what to do; nothing where all is there."""
    names = [name for name, label in routing.labels.items() if not label.skills]
    missing = ["a budget (a rule of the router)"] if routing.limits.budget is None else []
    missing += [f"skills in label{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []
    if not missing:
        return ""
    return f"stays cost: the best quality needs {' and '.join(missing)}; add that first"


def _moved(rule: Rule, value: float, steps: int) -> float:
    assert rule.step is not None
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
    return int(moved) if rule.kind == "integer" else float(moved)


def dropped(routing: Routing, path: Path) -> Routing:
    """The routing without a rule, or without a whole label."""
    if why := why_not_drop(routing, path):
        raise InputError(why)
    data = _data(routing)
    del _table(data, path)[path[-1]]
    return _checked(data, path)


def why_not_drop(routing: Routing, path: Path) -> str:
    """Why what stands at a path has to stay; nothing where it can go."""
    rule = rule_at(path)
    if rule is not None and rule.required:
        return f"{rule.name}: cannot be dropped, every routing needs it; change it instead"
    if path == LIMITS:
        return "the router itself cannot be dropped, only its rules"
    if routing.objective == "quality" and (path == (*LIMITS, "budget") or path[2:] == ("skills",)):
        return f"{path[-1]}: the objective quality needs it; set the objective to cost first"
    if rule is None and len(routing.labels) == 1:
        return "the last label cannot be dropped; add another first"
    return ""


def with_label(routing: Routing, name: str) -> Routing:
    """The routing with one more label, at the end: one step of each required figure, nothing else."""
    name = _free_name(routing, name)
    data = _data(routing)
    label: dict[str, Any] = {n: rule.step for n, rule in rules_of("labels").items() if rule.required}
    if routing.objective == "quality":
        label["skills"] = dict(next(iter(routing.labels.values())).skills)
    data["labels"][name] = label
    return _checked(data, ("labels", name))


def renamed(routing: Routing, old: str, name: str) -> Routing:
    """The routing with a label under another name, in its old place."""
    if name.strip() == old:
        return routing
    name = _free_name(routing, name)
    data = _data(routing)
    data["labels"] = {name if key == old else key: label for key, label in data["labels"].items()}
    return _checked(data, ("labels", name))


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


def _table(data: dict[str, Any], path: Path) -> dict[str, Any]:
    for key in path[:-1]:
        data = data[key]
    return data


def _checked(data: dict[str, Any], path: Path) -> Routing:
    """Validated; the error's key loses the part that is on the screen anyway."""
    try:
        return validated(Routing, data, "")
    except InputError as error:
        section = ".".join(path[:-1])
        raise InputError(
            error.what, key=error.key.removeprefix(f"{section}.") if section else error.key
        ) from None
