"""Quality at the low end of what is known: a skill with an interval counts at its lower bound."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ...domain.catalog import Catalog, Model
from ...domain.errors import InputError
from ...domain.plan import Caution, Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..pick import Picker
from .scenario_solver import ScenarioSolver, change_between, objective


def conservative_compiler(compiler: Compiler, catalog: Catalog) -> Compiler:
    """The compiler with fitted skills at the low end of their 80 % intervals.

    A skill that the catalogue states outright has no interval and stays. Raises InputError where no skill
    has one.
    """
    table = compiler.table
    skills = {name: column.copy() for name, column in table.skills.items()}
    found = False
    for m, name in enumerate(table.models):
        for skill, (low, _) in skill_intervals(catalog.models[name]).items():
            if skill in skills:
                found = True
                skills[skill][table.model == m] = low
    if not found:
        raise InputError("no skill in this catalogue has an interval", key="--cautious")
    return compiler.over(replace(table, skills=skills))


@lru_cache(maxsize=2)
def conservative_picker(picker: Picker) -> Picker:
    """A picker over the cautious figures of the same catalogue. Raises InputError, see `cautious`."""
    other = copy(picker)
    other.compiler = conservative_compiler(picker.compiler, picker.catalog)
    other.cache, other.feasibility_cache = SolveCache(), SolveCache()
    return other


def pick_conservative(
    picker: Picker, routing: Routing, time_limit: float | None = None, *, mend: bool = True
) -> Plan:
    """The best plan at the cautious figures, with what that caution costs against the picker's own best."""
    plan = conservative_picker(picker).pick(routing, time_limit, mend=mend)
    return plan.model_copy(update={"caution": cost_of_caution(picker, routing, plan, time_limit)})


def cost_of_caution(picker: Picker, routing: Routing, plan: Plan, time_limit: float | None = None) -> Caution:
    """What the careful `plan` costs against the picker's own best."""
    plain = outcome_of(picker.pick(routing, time_limit, mend=False))
    change = change_between(objective(routing, outcome_of(plan)), objective(routing, plain))
    points = routing.objective == "quality"
    return Caution(face=objective(routing, plain), premium=-change if points and change else change)


def premium(routing: Routing, compiler: Compiler, careful: Outcome) -> float | None:
    """What the careful plan costs more than the best at face value, in the objective's unit."""
    change = change_between(
        objective(routing, careful), objective(routing, ScenarioSolver(compiler).outcome(routing))
    )
    return -change if change is not None and routing.objective == "quality" else change


def skill_intervals(model: Model) -> dict[str, tuple[float, float]]:
    """Skill -> the ends of its 80 % interval, for fitted skills that the catalogue does not override."""
    fitted = getattr(model, "fitted", {})
    return {name: (fit.low, fit.high) for name, fit in fitted.items() if name not in model.skills}


def skill_deviations(
    compiler: Compiler, catalog: Catalog, skill: str, points: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(models,) a standard deviation in points for each model's skill: of its interval, else `points`."""
    out = np.full(len(compiler.table.models), points)
    for m, name in enumerate(compiler.table.models):
        ends = skill_intervals(catalog.models[name]).get(skill)
        if ends is not None:
            out[m] = (ends[1] - ends[0]) / (2 * 1.2815516)
    return out
