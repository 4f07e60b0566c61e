"""HiGHS by way of scipy: what it cannot solve one way it is asked another way; half a result is none."""

from __future__ import annotations

from typing import Any

from scipy.optimize import OptimizeResult, linprog
from scipy.optimize import milp as scipy_milp

from ...domain.errors import InputError
from ..compile.problem import Floats

# The dual simplex without presolve is the fastest here, and fails where coefficients lie very far apart.
WAYS = (("highs-ds", False), ("highs-ds", True), ("highs-ipm", True))
DONE, OUT_OF_TIME, INFEASIBLE, UNBOUNDED = 0, 1, 2, 3


class NumericalTrouble(InputError):
    """The solver has failed on the figures."""

    def __init__(self) -> None:
        super().__init__(
            "the figures lie too far apart for the solver: look for prices, rate limits or requests that are"
            " a million times too large or too small (`modelpick catalog check` names some)"
        )


def lp(cost: Floats, *, time_limit: float | None = None, **model: Any) -> OptimizeResult:
    """scipy's linprog with duals wherever there is a solution. Raises NumericalTrouble."""
    for method, presolve in WAYS:
        options: dict[str, Any] = {"presolve": presolve}
        if time_limit is not None:
            options["time_limit"] = max(time_limit, 0.01)
        try:
            answer = linprog(cost, method=method, options=options, **model)
        except (ValueError, OverflowError):  # an infinity or nan among the figures
            raise NumericalTrouble from None
        duals = (answer.eqlin.marginals, answer.ineqlin.marginals)
        whole = answer.x is None or all(prices is not None for prices in duals)
        if answer.status in (DONE, OUT_OF_TIME, INFEASIBLE) and whole:
            return answer
    raise NumericalTrouble


def milp(cost: Floats, **model: Any) -> OptimizeResult:
    """scipy's milp. Raises NumericalTrouble."""
    try:
        answer = scipy_milp(cost, **model)
        if answer.status not in (DONE, OUT_OF_TIME, INFEASIBLE) and answer.x is None:
            options = {**model.pop("options", {}), "presolve": True}
            answer = scipy_milp(cost, **model, options=options)
    except (ValueError, OverflowError):
        raise NumericalTrouble from None
    if answer.status not in (DONE, OUT_OF_TIME, INFEASIBLE) and answer.x is None:
        raise NumericalTrouble
    return answer
