"""The base of every value, and the numeric types that carry their own bounds, unit and step."""

from __future__ import annotations

from math import inf
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict


class Value(BaseModel):
    """A frozen value: unknown keys, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


def at_least(smallest: float, largest: float = inf) -> AfterValidator:
    """Refuses what is too near to a bound that is excluded itself: quotients of such figures overflow."""

    def check(number: float) -> float:
        if 0 < number < smallest:
            raise ValueError(f"is too small a figure to mean anything: at least {smallest:g}, not {number:g}")
        if number > largest:
            raise ValueError(f"is too large a figure to mean anything: at most {largest}, not {number}")
        return number

    return AfterValidator(check)


# Strict: TOML has real numbers, so "5" or true where a number belongs is a mistake to report. The bounds are
# far beyond what is meant anywhere (also a price entered per token, which `catalog check` has to see), and
# near enough that no product or quotient of figures overflows.
Number = Annotated[float, Strict()]
Count = Annotated[int, Strict(), Field(ge=1, le=1_000_000_000)]
Flag = Annotated[bool, Strict()]
Amount = Annotated[float, Strict(), Field(ge=0, le=1e12), at_least(1e-12)]
Price = Annotated[float, Strict(), Field(ge=0, le=1e9), at_least(1e-12)]
Positive = Annotated[float, Strict(), Field(gt=0, le=1e12), at_least(1e-9)]
Factor = Annotated[float, Strict(), Field(gt=0, le=1e9), at_least(1e-9)]
Speed = Annotated[float, Strict(), Field(gt=0, le=1e9), at_least(1e-6)]
Fraction = Annotated[float, Strict(), Field(ge=0, le=1), at_least(1e-12)]
Score = Annotated[float, Strict(), Field(ge=0, le=100)]
