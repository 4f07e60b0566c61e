"""A quality floor that is given as a model: "claude-sonnet-4-6 - 5", as good as it less five points."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from .base import Score

MAX_POINTS = 100.0
_NUMBER = re.compile(r"[+-]?[\d.,_]+\s*(?:%|points?|percent)?", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\s*(?P<model>\S+)(?:\s+(?P<sign>[-+])\s*(?P<points>\d+(?:\.\d*)?(?:e[+-]?\d+)?))?\s*"
)
PATTERN = r"^\s*\S+(\s+[-+]\s*\d+(\.\d*)?)?\s*$"  # what JSON schemas say of it


class Reference(NamedTuple):
    """The model, or model@level, to be as good as, and how many points less are enough (negative: more)."""

    model: str
    points: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The reference that a text writes. Raises ValueError for any other text."""
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise ValueError(
                f"should be a number or a model to be as good as, such as 'gpt-5 - 5', not {text!r}"
            )
        points = float(match["points"] or 0.0)
        if points > MAX_POINTS:
            raise ValueError(f"{points:g} points from {match['model']}: quality goes from 0 to 100")
        return cls(match["model"], -points if match["sign"] == "+" else points)

    def __str__(self) -> str:
        """As a routing file writes it."""
        points = round(self.points, 9)
        return f"{self.model} {'-' if points > 0 else '+'} {abs(points):.12g}" if points else self.model


class AsGoodAs(float):
    """A floor in points that a reference came to: `own` is the model's own quality, 0-100.

    It is a number where numbers are compared; whatever moves it keeps the model (see `moved`).
    """

    model: str
    own: float

    def __new__(cls, points: float, model: str, own: float) -> AsGoodAs:
        floor = super().__new__(cls, points)
        floor.model, floor.own = model, own
        return floor

    def __getnewargs__(self) -> tuple[float, str, float]:  # type: ignore[override]
        return float(self), self.model, self.own

    def moved(self, points: float) -> AsGoodAs:
        """The same model's floor at another number of points."""
        return AsGoodAs(points, self.model, self.own)

    @property
    def text(self) -> str:
        """As a routing file writes it."""
        return str(Reference(self.model, self.own - float(self)))


class QualityFloorSchema:
    """Lets pydantic take a number from 0 to 100 or the text of a Reference; one message for all else."""

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._checked,
            handler.generate_schema(Score),
            serialization=core_schema.plain_serializer_function_ser_schema(self._serialized, info_arg=True),
        )

    @staticmethod
    def _checked(floor: Any, score: core_schema.ValidatorFunctionWrapHandler) -> float | str:
        if isinstance(floor, AsGoodAs):
            return floor
        if not isinstance(floor, str):
            return float(score(floor))
        if _NUMBER.fullmatch(floor.strip()):  # a figure in quotes is a slip, not a model
            raise PydanticKnownError("float_type")
        Reference.parse(floor)
        return floor

    @staticmethod
    def _serialized(floor: Any, info: core_schema.SerializationInfo) -> Any:
        return as_written(floor) if info.mode_is_json() else floor

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number = {"type": "number", "minimum": 0, "maximum": 100}
        return {"anyOf": [number, {"type": "string", "pattern": PATTERN}]}


def as_written(floor: Any) -> Any:
    """A floor as a routing file writes it; anything else as it is."""
    return floor.text if isinstance(floor, AsGoodAs) else floor


def rounded(limit: float, origin: float) -> float:
    """The limit with nine digits of what it is above or below the grid's origin: at a model's own quality, to
    the last digit, the model itself passes."""
    return origin + round(limit - origin, 9)


def grid_origin(floor: Any) -> float:
    """Where the grid of a rule's values begins: at a model's own quality, for round points less."""
    return floor.own if isinstance(floor, AsGoodAs) else 0.0


def points_of(floor: float | str | None) -> float | None:
    """A floor in points, of a routing whose references the compiler has resolved; None without one."""
    assert not isinstance(floor, str), f"{floor!r} has not been resolved"
    return floor
