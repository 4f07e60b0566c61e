"""Which reasoning levels a model has, and which of them a run was taken at."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....domain.catalog import UNSTATED

_OFF = ("none", "no think", "nothink", "non-reasoning", "non reasoning", "no-think")
_BUDGET = re.compile(r"\b(?:budget_)?\d+k\b|\bthinking\b|\bthink\b|\breasoning\b|\breasoner\b")


@dataclass(frozen=True)
class Levels:
    """A model's levels, from the least on, and what its API does unasked."""

    names: tuple[str, ...]
    default: str
    assumed: bool = False  # nobody states the default
    by_name: bool = False  # its API has a name for each, so that none of them is what it does unasked


def reviewed_levels() -> dict[str, Levels]:
    """Model -> its levels, of levels.toml."""
    table = tomllib.loads((Path(__file__).parent / "levels.toml").read_text("utf-8"))
    return {
        model: Levels(
            tuple(row["names"]), row["default"], row.get("assumed", False), model in table["named_apart"]
        )
        for row in table["levels"]
        for model in row["models"]
    }


def reasoning_models(models: Mapping[str, Mapping[str, Any]]) -> dict[str, bool]:
    """Whether each model reasons: as its features say, unless levels.toml knows better."""
    table = tomllib.loads((Path(__file__).parent / "levels.toml").read_text("utf-8"))
    always, plain = set(table["always"]), set(table["plain"])
    return {
        key: key in always or ("reasoning" in model["features"] and key not in plain)
        for key, model in models.items()
    }


def level_of(variant: str, levels: Levels, *, vendor: bool = False) -> str | None:
    """The level that a run's variant is of; None where it is of none, UNSTATED where nobody says of which.

    A run that names none was taken at the default; of a maker's own figures that is not known, nor of a model
    whose levels its API has under names of their own. A budget
    of thinking is the level `thinking` of a model that has it, and high of one whose levels are of effort,
    which is what an API with a budget alone takes.
    """
    text = variant.casefold().strip()
    words = set(re.findall(r"[a-z]+", text))
    if any(word.startswith("pro") and word != "prompt" for word in words):
        return None
    if "unknown" in words:
        return UNSTATED
    if any(off in text for off in _OFF):
        return "none" if "none" in levels.names else None
    named = [name for name in levels.names if name in words]
    if named:
        return named[-1]
    if words & {"minimal", "low", "medium", "high", "xhigh", "max"} and "thinking" not in levels.names:
        return None
    if _BUDGET.search(text) or words & {"low", "medium", "high", "xhigh", "max"}:
        return next((name for name in ("thinking", "high") if name in levels.names), None)
    return UNSTATED if vendor or levels.by_name else levels.default
