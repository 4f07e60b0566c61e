"""Values as they are typed and shown while typing: TOML, with a few kind shortcuts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..engine.adapters.toml_text import loads
from ..engine.domain.errors import InputError
from .rules import Rule

_GROUPED = re.compile(r"[+-]?\d{1,3}([,_ ]\d{3})+(\.\d+)?")
_SCALED = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([kKM])")
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*%")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6}


def parse(rule: Rule, text: str) -> Any:
    """What was typed, as the plain value it stands for. Raises InputError."""
    text = text.strip()
    if rule.choices:
        return text.strip("\"'")
    if rule.kind in ("number", "integer"):
        return _number(rule, text)
    if rule.kind == "boolean":
        return _flag(rule, text)
    return _words(rule, text) if rule.kind == "array" else _weights(rule, text)


def shown(value: Any) -> str:
    """A value as TOML on one line, ready to be typed over."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {shown(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{ }"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(json.dumps(item, ensure_ascii=False) for item in value)}]"
    return str(value)


def _number(rule: Rule, text: str) -> float:
    number = _plain_number(rule, text)
    if rule.kind == "integer" and number.is_integer():
        return int(number)
    return number


def _plain_number(rule: Rule, text: str) -> float:
    if _GROUPED.fullmatch(text):
        return float(re.sub("[,_ ]", "", text))
    if scaled := _SCALED.fullmatch(text):
        return float(scaled[1]) * _SCALES[scaled[2]]
    if (share := _PERCENT.fullmatch(text)) and rule.unit in ("share", "%"):
        return float(share[1]) / (100 if rule.unit == "share" else 1)
    try:
        return float(text)
    except ValueError:
        example = f"; for example {rule.step:g}" if rule.step else ""
        raise InputError(f"{_short(text)} is not a number{example}", key=rule.name) from None


def _flag(rule: Rule, text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise InputError(f"true or false, not {_short(text)}", key=rule.name)
    return words[text.lower()]


def _words(rule: Rule, text: str) -> list[Any]:
    if text.startswith("["):
        value = _toml(rule, text)
        return value if isinstance(value, list) else [value]
    return [word.strip().strip("\"'") for word in text.split(",") if word.strip()]


def _weights(rule: Rule, text: str) -> dict[str, Any]:
    value = _toml(rule, text if text.startswith("{") else f"{{ {text} }}")
    if not isinstance(value, dict):
        raise InputError("write it as { name = 0.5 }", key=rule.name)
    return value


def _toml(rule: Rule, text: str) -> Any:
    try:
        data = loads(f"x = {text}")
    except (ValueError, RecursionError):
        data = {}
    if list(data) != ["x"]:
        shape = '["one", "two"]' if rule.kind == "array" else "{ one = 0.6, two = 0.4 }"
        raise InputError(f"cannot be read; write it as {shape}", key=rule.name)
    return data["x"]


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else f"{text[:29]}…")
