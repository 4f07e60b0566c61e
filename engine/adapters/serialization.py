"""A value as plain dictionaries and lists, the way a file writes it: no nulls and no defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.base import Value

_ALWAYS = ("schema", "objective")


def plain(value: Value) -> dict[str, Any]:
    """What a file must say to get `value` back; keys under their names in the file."""
    return {key: bare(given) for key, given, default in fields(value) if _told(key, given, default)}


def _told(key: str, given: Any, default: Any) -> bool:
    return given is not None and (key in _ALWAYS or given != default)


def fields(value: Value) -> list[tuple[str, Any, Any]]:
    """Every field as (key in the file, value, default)."""
    found = []
    for name, field in type(value).model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        found.append((field.alias or name, getattr(value, name), default))
    return found


def bare(given: Any) -> Any:
    """Plain values all the way down."""
    if isinstance(given, Value):
        return plain(given)
    if isinstance(given, Mapping):
        return {key: bare(item) for key, item in given.items()}
    if isinstance(given, (tuple, list)):
        return [bare(item) for item in given]
    return given
