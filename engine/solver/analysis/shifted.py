"""A catalogue's figures with a scenario's factors and points on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...domain.routing import Routing
from ...domain.shift import ALL, Shift
from ..compile.compiler import Compiler
from ..compile.offer_table import Table
from ..compile.problem import Bools, Floats
from .scenario_solver import priced
from .together import changed


def shifted(compiler: Compiler, shift: Shift) -> Compiler:
    """The compiler over the shifted figures; names that the catalogue does not have change nothing."""
    table = compiler.table
    time = _factor(table, shift.times)
    gone = table.gone.copy()
    for name in shift.out:
        gone |= _named(table, name)
    skills = {skill: column.copy() for skill, column in table.skills.items()}
    for name, points in shift.skills.items():
        own = np.ones(len(gone), dtype=bool) if not isinstance(points, dict) else _named(table, name)
        for skill, by in points.items() if isinstance(points, dict) else [(name, points)]:
            if skill in skills:
                skills[skill] = np.where(own, np.clip(skills[skill] + by, 0.0, 100.0), skills[skill])
    other = replace(table, gone=gone, skills=skills, ttft=table.ttft * time, tps=table.tps / time)
    return compiler.over(priced(other, _factor(table, shift.prices)))


def busier(routing: Routing, shift: Shift) -> Routing:
    """The routing with the shift's requests. Raises InputError where they are out of range."""
    every = shift.requests.get(ALL, 1.0)
    return changed(routing, every, {name: by for name, by in shift.requests.items() if name != ALL})


def _factor(table: Table, factors: Mapping[str, float]) -> Floats:
    """(N,) the product of all factors that an offer's names have."""
    out = np.ones(len(table.offers))
    for name, by in factors.items():
        out[slice(None) if name == ALL else _named(table, name)] *= by
    return out


def _named(table: Table, name: str) -> Bools:
    """(N,) the offers of that name, of a provider or of a model of that name."""
    own = np.array([key == name for key in table.offers], dtype=bool)
    for names, codes in ((table.providers, table.provider), (table.models, table.model)):
        if name in names:
            own |= codes == names.index(name)
    return own
