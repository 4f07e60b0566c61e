"""A value as plain dictionaries and lists, the way a file writes it: no nulls and no defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.base import Value
from ..domain.references import as_written

_ALWAYS = ("schema", "objective")


def to_table(model: Value) -> dict[str, Any]:
    """What a file must say to get `model` back; keys under their names in the file."""
    return {
        key: to_plain(value) for key, value, default in file_fields(model) if _is_written(key, value, default)
    }


def _is_written(key: str, value: Any, default: Any) -> bool:
    return value is not None and (key in _ALWAYS or value != default)


def file_fields(model: Value) -> list[tuple[str, Any, Any]]:
    """Every field as (key in the file, value, default)."""
    return [
        (
            field.alias or name,
            getattr(model, name),
            field.get_default(call_default_factory=True, validated_data={}),
        )
        for name, field in type(model).model_fields.items()
    ]


def to_plain(value: Any) -> Any:
    """Dictionaries, lists and figures all the way down."""
    if isinstance(value, Value):
        return to_table(value)
    if isinstance(value, Mapping):
        return {key: to_plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(inner) for inner in value]
    return as_written(value)
