"""Quality at the low end of what is known: a skill with an interval counts at its lower bound."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ...domain.catalog import Catalog, Model
from ...domain.errors import InputError
from ...domain.levels import spelled_out
from ...domain.plan import Caution, Plan
from ...domain.routing import Routing
from ...domain.scenario import Outcome, outcome_of
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Floats
from ..pick import Picker
from ..skill_model.ability import INTERVAL_SDS
from .scenario_solver import ScenarioSolver, change_between, objective


def conservative_compiler(compiler: Compiler, catalog: Catalog) -> Compiler:
    """The compiler with fitted skills at the low end of their 80 % intervals.

    A skill that the catalogue states outright has no interval and stays. Raises InputError where no skill
    has one.
    """
    table, catalog = compiler.table, spelled_out(catalog)
    skills = {name: column.copy() for name, column in table.skills.items()}
    lowered = False
    for code, model in enumerate(table.models):
        for skill, (low, _) in skill_intervals(catalog.models[model]).items():
            if skill in skills:
                lowered = True
                skills[skill][table.model == code] = low
    if not lowered:
        raise InputError("no skill in this catalogue has an interval", key="--cautious")
    return compiler.over(replace(table, skills=skills))


@lru_cache(maxsize=2)
def conservative_picker(picker: Picker) -> Picker:
    """A picker over the conservative figures of the same catalogue. Raises InputError for none."""
    conservative = copy(picker)
    conservative.compiler = conservative_compiler(picker.compiler, picker.catalog)
    conservative.cache, conservative.feasibility_cache = SolveCache(), SolveCache()
    return conservative


def pick_conservative(
    picker: Picker, routing: Routing, time_limit: float | None = None, *, mend: bool = True
) -> Plan:
    """The best plan at the conservative figures, with what that costs against the picker's own best."""
    plan = conservative_picker(picker).pick(routing, time_limit, mend=mend)
    return plan.model_copy(update={"caution": cost_of_caution(picker, routing, plan, time_limit)})


def cost_of_caution(picker: Picker, routing: Routing, plan: Plan, time_limit: float | None = None) -> Caution:
    """What the conservative `plan` costs against the picker's own best."""
    best = outcome_of(picker.pick(routing, time_limit, mend=False))
    premium = _premium(routing, best, outcome_of(plan))
    return Caution(face=objective(routing, best), premium=premium)


def premium(routing: Routing, compiler: Compiler, conservative: Outcome) -> float | None:
    """What the conservative plan costs more than the best at face value, in the objective's unit."""
    return _premium(routing, ScenarioSolver(compiler).outcome(routing), conservative)


def _premium(routing: Routing, best: Outcome, conservative: Outcome) -> float | None:
    """USD a month more, or points of quality less."""
    change = change_between(objective(routing, best), objective(routing, conservative))
    return -change if change and routing.objective == "quality" else change


def skill_intervals(model: Model) -> dict[str, tuple[float, float]]:
    """Skill -> the ends of its 80 % interval, for fitted skills that the catalogue does not override."""
    fitted = getattr(model, "fitted", {})
    return {name: (fit.low, fit.high) for name, fit in fitted.items() if name not in model.skills}


def skill_deviations(compiler: Compiler, catalog: Catalog, skill: str, points: float) -> Floats:
    """(models,) a standard deviation in points for each model's skill: of its interval, else `points`."""
    catalog = spelled_out(catalog)
    deviations = np.full(len(compiler.table.models), points)
    for code, model in enumerate(compiler.table.models):
        interval = skill_intervals(catalog.models[model]).get(skill)
        if interval is not None:
            deviations[code] = (interval[1] - interval[0]) / (2 * INTERVAL_SDS)
    return deviations
