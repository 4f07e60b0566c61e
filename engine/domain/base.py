"""The base of every value, and the numeric types that carry their own bounds, unit and step."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict


class Value(BaseModel):
    """A frozen value: unknown keys, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


# Strict: TOML has real numbers, so "5" or true where a number belongs is a mistake to report.
Number = Annotated[float, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
Flag = Annotated[bool, Strict()]
Amount = Annotated[float, Strict(), Field(ge=0, le=1e12)]
Positive = Annotated[float, Strict(), Field(gt=0, le=1e12)]
Fraction = Annotated[float, Strict(), Field(ge=0, le=1)]
Score = Annotated[float, Strict(), Field(ge=0, le=100)]


def shown(help: str, unit: str = "", step: float | None = None) -> dict[str, Any]:
    """What a screen needs of a field: its help text, unit and the step of + and -."""
    return {"help": help, "unit": unit, "step": step}
