"""Kept scenarios on disk, in modelpick's own state folder; opened again, a routing file has its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..engine.domain.errors import InputError
from .scenario import STOPS, Scenario

_KINDS = ("growth", "prices", "requests")


def place() -> Path:
    """The one file for all routings."""
    from platformdirs import user_state_path

    return user_state_path("modelpick") / "scenarios.json"


def read(routing: Path) -> tuple[Scenario, ...]:
    """The scenarios kept for a routing file; none where there are none, or where they cannot be read."""
    return tuple(filter(None, map(_scenario, _all().get(str(routing.resolve()), ()))))


def write(routing: Path, kept: Sequence[Scenario]) -> None:
    """Keep these for a routing file, and leave those of others. Raises InputError."""
    from ..engine.adapters.disk import reason, save

    told = _all()
    told.pop(str(routing.resolve()), None)
    if kept:
        told[str(routing.resolve())] = [
            {"name": one.name, "factors": [[*knob, factor] for knob, factor in one.factors]} for one in kept
        ]
    path = place()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"scenarios are kept for this session only: {reason(error)}", where=str(path)
        ) from None
    save(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _all() -> dict[str, list[Any]]:
    from ..engine.adapters.disk import read_text

    try:
        told = json.loads(read_text(place()))
    except (InputError, ValueError, RecursionError):
        return {}
    return (
        {key: value for key, value in told.items() if isinstance(value, list)}
        if isinstance(told, dict)
        else {}
    )


def _scenario(told: Any) -> Scenario | None:
    try:
        factors = tuple(((str(kind), str(name)), float(factor)) for kind, name, factor in told["factors"])
        sound = all(k[0] in _KINDS and STOPS[0] <= factor <= STOPS[-1] for k, factor in factors)
        return Scenario(factors, str(told["name"])) if sound else None
    except (KeyError, TypeError, ValueError):
        return None
