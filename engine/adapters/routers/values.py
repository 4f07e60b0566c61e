"""Values of files that others have written, which may hold anything: taken as what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...domain.errors import InputError

if TYPE_CHECKING:
    from .base import Target

LIST, TABLE, TABLES = "list", "table", "list of tables"


def as_table(value: Any, *path: str) -> dict[str, Any]:
    """`value`, or what stands at `path` below it, if that is a table of names; else an empty one."""
    for name in path:
        value = as_table(value).get(name)
    return {str(key): setting for key, setting in value.items()} if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_tables(value: Any) -> list[dict[str, Any]]:
    """The tables in a list."""
    return [as_table(entry) for entry in as_list(value) if isinstance(entry, Mapping)]


def as_texts(value: Any) -> list[str]:
    """The texts in a list."""
    return [entry for entry in as_list(value) if isinstance(entry, str)]


def as_shares(value: Any) -> list[tuple[str, float]]:
    """The [model, share] pairs in a list."""
    pairs = [entry for entry in as_list(value) if isinstance(entry, list) and len(entry) == 2]
    return [(str(model), float(share)) for model, share in pairs if isinstance(share, (int, float))]


def whole_number(value: Any) -> int | None:
    """A count above 0 that a file holds as a number or as text; None for anything else."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def same_value(old: Any, new: Any) -> bool:
    """Equal in kind as well (1 is not true), keys in any order, NaN as itself."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same_value(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_value, old, new))
    both_nan = old != old and new != new  # noqa: PLR0124
    return type(old) is type(new) and bool(old == new or both_nan)


def in_order_of(old: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new` with its keys in the order of `old`."""
    return {**{key: new[key] for key in old if key in new}, **new}


def check_shapes(settings: Any, target: Target, where: str) -> None:
    """Raises InputError for settings of another shape than the router's own, as a merge would lose them."""
    for key, shape in target.shapes.items():
        *path, name = key.split(".")
        setting = as_table(settings, *path).get(name)
        if setting is None:
            continue
        fits = isinstance(setting, Mapping if shape == TABLE else list)
        if not fits or (shape == TABLES and len(as_tables(setting)) < len(setting)):
            raise InputError(f"is no {shape}, so nothing can be merged", key=key, where=where)
