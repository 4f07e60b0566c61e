"""Kept scenarios on disk, in modelpick's own state folder; opened again, a routing file has its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from ...engine.domain.errors import InputError
from .scenario import STOPS, Scenario

_KINDS = ("growth", "prices", "requests")


def place() -> Path:
    """The one file for all routings."""
    from platformdirs import user_state_path

    return user_state_path("modelpick") / "scenarios.json"


def read(routing: Path) -> tuple[Scenario, ...]:
    """The scenarios kept for a routing file; none where there are none, or where they cannot be read."""
    try:
        rows = _all().get(str(routing.resolve()), ())
    except (InputError, _Damaged):
        return ()
    return tuple(filter(None, map(_scenario, rows))) if isinstance(rows, list) else ()


def write(routing: Path, kept: Sequence[Scenario]) -> str:
    """Keep these for a routing file, and leave those of others, and what is not understood.

    A damaged file is set aside, not replaced: what is returned says where, for the user. Raises InputError.
    """
    from ...engine.adapters.disk import reason, save

    path, note, scenarios = place(), "", dict[str, Any]()
    try:
        scenarios = _all()
    except _Damaged:
        note = f"the scenarios kept before could not be read; they are set aside in {_set_aside(path)}"
    key = str(routing.resolve())
    old = scenarios.pop(key, None)
    rows = [row for row in old if _scenario(row) is None] if isinstance(old, list) else []
    rows += [{"name": one.name, "factors": [[*knob, factor] for knob, factor in one.factors]} for one in kept]
    if rows:
        scenarios[key] = rows
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"scenarios are kept for this session only: {reason(error)}", where=str(path)
        ) from None
    save(path, json.dumps(scenarios, indent=1, ensure_ascii=False) + "\n")
    return note


class _Damaged(Exception):
    """The file is there, but not what modelpick wrote."""


def _all() -> dict[str, Any]:
    """Scenarios by routing file. Raises _Damaged, and InputError where the file cannot be opened."""
    from ...engine.adapters.disk import MAX_BYTES, reason

    path = place()
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InputError(f"scenarios cannot be kept: {reason(error)}", where=str(path)) from None
    try:
        scenarios = json.loads(text)
    except (ValueError, RecursionError):
        raise _Damaged from None
    if not isinstance(scenarios, dict):
        raise _Damaged
    return scenarios


def _set_aside(path: Path) -> Path:
    """Rename a damaged file; the new name, which no other file had. Raises InputError."""
    from ...engine.adapters.disk import reason

    stem = f"{path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S}"
    names = (path.with_name(stem if n == 1 else f"{stem}-{n}") for n in count(1))
    aside = next(name for name in names if not name.exists())
    try:
        path.rename(aside)
    except OSError as error:
        what = f"is damaged and cannot be set aside: {reason(error)}"
        raise InputError(what, where=str(path)) from None
    return aside


def _scenario(told: Any) -> Scenario | None:
    try:
        factors = tuple(((str(kind), str(name)), float(factor)) for kind, name, factor in told["factors"])
        sound = all(k[0] in _KINDS and STOPS[0] <= factor <= STOPS[-1] for k, factor in factors)
        return Scenario(factors, str(told["name"])) if sound else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
