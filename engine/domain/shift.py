"""Other figures than the catalogue's and the routing's, by factors and points: what a scenario changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, Strict, field_validator

from .base import Value
from .catalog import Catalog
from .errors import InputError, nearest
from .levels import full_name, spelled_out

ALL = "all"
Factor = Annotated[float, Strict(), Field(gt=0, le=1e6)]
Points = Annotated[float, Strict(), Field(ge=-100, le=100)]


class Shift(Value):
    """Nothing is changed by default.

    `prices` (rent and fees stay) and `times` are factors by "all", a provider, a model or an offer; where
    several apply they multiply. `out` names providers, models or offers that are not to be had. `skills` are
    points, by skill for all models, or by model and skill; a skill stays from 0 to 100. `requests` are
    factors by "all" or a label.
    """

    prices: dict[str, Factor] = {}
    times: dict[str, Factor] = {}
    out: tuple[str, ...] = ()
    skills: dict[str, Points | dict[str, Points]] = {}
    requests: dict[str, Factor] = {}

    @field_validator("out", mode="before")
    @classmethod
    def _as_tuple(cls, names: Any) -> Any:
        return (names,) if isinstance(names, str) else names

    def check(self, catalog: Catalog, labels: Iterable[str]) -> None:
        """Raises InputError for a name that the catalogue or the routing does not have."""
        catalog = spelled_out(catalog)
        keys = {*catalog.offers, *(full_name(key, catalog.models) for key in catalog.offers)}
        offers = {name for key in keys for name in (key, *key.split("/", 1))}
        _check_names("prices", self.prices, {ALL, *offers}, "provider, model or offer")
        _check_names("times", self.times, {ALL, *offers}, "provider, model or offer")
        _check_names("out", self.out, offers, "provider, model or offer")
        _check_names("requests", self.requests, {ALL, *labels}, "label")
        skills = {benchmark.skill for benchmark in catalog.benchmarks.values()}
        skills |= {skill for model in catalog.models.values() for skill in model.skills}
        models = {*catalog.models, *(full_name(name, catalog.models) for name in catalog.models)}
        all_models = [name for name, points in self.skills.items() if not isinstance(points, dict)]
        _check_names("skills", all_models, skills, "skill")
        for name, points in self.skills.items():
            if isinstance(points, dict):
                _check_names("skills", [name], models, "model")
                _check_names(f"skills.{name}", points, skills, "skill")


def _check_names(key: str, names: Iterable[str], known: Iterable[str], kind: str) -> None:
    known = set(known)
    for name in names:
        if name not in known:
            raise InputError(f"no {kind} {name!r}{nearest(name, sorted(known))}", key=key)
