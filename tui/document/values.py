"""Values as they are typed and shown while typing: TOML, with a few kind shortcuts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ...engine.adapters.quantities import quantity
from ...engine.adapters.toml_read import loads
from ...engine.domain.errors import InputError
from ...engine.domain.references import Reference
from ...engine.domain.rules import Kind, RuleSpec

_BARE = re.compile(r"[A-Za-z0-9_-]+")
# One weight: a name, bare or in quotes, then its number, with = or : or nothing between them.
_WEIGHT = re.compile(
    r"""\s*(?:"([^"]+)"|'([^']+)'|([^\s=:"',{}\[\]]+(?::[^\s=:"',{}\[\]]+)?))\s*(?:[=:]?\s*(\S.*?))?\s*"""
)


def parse(rule: RuleSpec, text: str) -> Any:
    """What was typed, as the plain value it stands for. Raises InputError."""
    text = text.strip()
    if rule.takes_models:
        text = text.strip("\"'")
    if rule.choices:
        return text.strip("\"'")
    if rule.is_number:
        return _number(rule, text)
    if rule.kind is Kind.BOOLEAN:
        return _flag(rule, text)
    return _words(rule, text) if rule.kind is Kind.ARRAY else _weights(rule, text)


def shown(value: Any) -> str:
    """A value as TOML on one line, ready to be typed over."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {shown(element)}" for key, element in value.items())
        return f"{{ {inside} }}" if inside else "{ }"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(json.dumps(element, ensure_ascii=False) for element in value)}]"
    return str(value)


def typed_text(rule: RuleSpec, value: Any) -> str:
    """A rule's value as people type it, without brackets and quotes; as TOML where that is ambiguous."""
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} {_figure_text(rule.item_unit, part)}" for name, part in value.items())
    elif isinstance(value, (tuple, list)):
        text = ", ".join(map(str, value))
    elif isinstance(value, float):
        return _figure_text(rule.unit, value)
    else:
        return shown(value)
    try:
        same = not text or parse(rule, text) == (dict(value) if isinstance(value, Mapping) else list(value))
    except InputError:
        same = False
    return text if same else shown(value)


def _figure_text(unit: str, number: float) -> str:
    return f"{shown(round(number * 100, 9))} %" if unit == "share" else shown(number)


def _number(rule: RuleSpec, text: str) -> float | str:
    if rule.takes_models and text[:1].isalpha():
        return _model_floor(rule, text)
    number = _plain_number(rule, text)
    if rule.is_whole and number.is_integer():
        return int(number)
    return number


def _model_floor(rule: RuleSpec, text: str) -> str:
    try:
        Reference.parse(text)
    except ValueError as error:
        raise InputError(str(error), key=rule.name) from None
    return text


def _plain_number(rule: RuleSpec, text: str) -> float:
    number = _read_number(rule, text)
    if rule.unit == "share" and not text.endswith(("%", "percent")) and number > 1:
        return _percentage(rule, number, text)
    if rule.unit == "points" and not text.endswith(("%", "s", "t")) and 0 < number < 1:
        what = f"points go from 0 to 100: write {number * 100:g}, or {number:g} points if so few are meant"
        raise InputError(what, key=rule.name)
    return number


def _percentage(rule: RuleSpec, number: float, text: str) -> float:
    """A share above 1: a whole percentage is meant as one; any other is asked back."""
    if number.is_integer() and number <= 100:
        return number / 100
    what = f"{_short(text)} is no share: 0 to 1, or a percentage such as 30 %"
    raise InputError(what, key=rule.name)


def _read_number(rule: RuleSpec, text: str) -> float:
    kind = rule.unit.partition("/")[0] or "x"
    number = quantity(text, kind=kind)
    if number is None:
        number = quantity(_without_unit(kind, text), kind=kind)
    if number is None:
        example = f"; for example {rule.step:g}" if rule.step else ""
        raise InputError(f"{_short(text)} is not a number{example}", key=rule.name)
    return number


def _without_unit(kind: str, text: str) -> str:
    """Without what the rule counts, where that stands behind the figure: 2 offers, 1 provider."""
    for unit in (kind, kind.removesuffix("s")):
        if unit and text.casefold().endswith(unit.casefold()):
            return text[: -len(unit)].rstrip()
    return text


def _flag(rule: RuleSpec, text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise InputError(f"true or false, not {_short(text)}", key=rule.name)
    return words[text.lower()]


def _words(rule: RuleSpec, text: str) -> list[Any]:
    if text.startswith("["):
        value = _toml(text)
        if isinstance(value, list):
            return value
        text = text[1:].removesuffix("]")
    if any(mark in text for mark in "[]{}"):
        raise InputError("write names with commas between them, such as: one, two", key=rule.name)
    return [word.strip().strip("\"'") for word in text.split(",") if word.strip()]


def _weights(rule: RuleSpec, text: str) -> dict[str, Any]:
    value = _toml(text if text.startswith("{") else f"{{ {text} }}")
    if isinstance(value, dict):
        pairs = {name: _amount(rule, number) for name, number in value.items()}
    else:
        pairs = _pairs(rule, text.removeprefix("{").removesuffix("}"))
    return pairs


def _pairs(rule: RuleSpec, text: str) -> dict[str, Any]:
    """Weights in bare words: coding 0.7, reasoning 0.3. A skill alone has the weight 1."""
    pairs: dict[str, Any] = {}
    for part in filter(str.strip, text.split(",")):
        match = _WEIGHT.fullmatch(part)
        amount = None if match is None else match[4] or ("1" if rule.item_unit == "weight" else None)
        if match is None or amount is None:
            example = "coding 0.7, reasoning 0.3" if rule.item_unit == "weight" else "openai/gpt-5-mini 30 %"
            raise InputError(
                f"{_short(part.strip())}: write names with their figures: {example}", key=rule.name
            )
        name = match[1] or match[2] or match[3]
        if name in pairs:
            raise InputError(f"{_short(name)} stands there twice", key=rule.name)
        pairs[name] = _plain_number(_each(rule), amount)
    return pairs


def _amount(rule: RuleSpec, number: Any) -> Any:
    """A figure in a table; a pinned share may be a whole percentage."""
    each = _each(rule)
    plain = isinstance(number, (int, float)) and not isinstance(number, bool)
    return (
        _percentage(each, float(number), f"{number:g}")
        if plain and each.unit == "share" and number > 1
        else number
    )


def _each(rule: RuleSpec) -> RuleSpec:
    """What one figure in a table is: a share of a pin, a weight of a skill."""
    return RuleSpec(name=rule.name, kind=Kind.NUMBER, unit=rule.item_unit)


def _toml(text: str) -> Any:
    """The text as a TOML value; None where it is none."""
    try:
        table = loads(f"x = {text}")
    except (ValueError, RecursionError):
        return None
    return table["x"] if list(table) == ["x"] else None


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else f"{text[:29]}…")
