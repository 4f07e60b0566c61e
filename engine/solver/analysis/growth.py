"""More traffic, or another price: what it costs along the way and where the mix switches.

The line through a plan's value that tells what other factors can at best, or at worst, bring.

* Where a factor only scales some costs, a plan costs a line; the best is the lower envelope.
* Where all traffic grows, per unit of it the costs stay and every limit shrinks as u = 1 / growth. By
  Lagrange a plan at any u is worth at least `A(pi) - u*pi*limits`, A being the best without these limits at
  prices pi of their loads. At the dual prices of the plan's own offers the line touches the value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.routing import Routing
from ...domain.scenario import Outcome, Path, Stop, Switch, outcome_of, swaps
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.problem import Floats, LinkingConstraint, Problem
from ..explain.conflicts import conflicts
from ..explain.feasibility import FeasibilityTest
from ..models.highs import lp
from ..plan_builder import build_plan
from ..solution import Solution
from ..solve import solve_without_tie_breaking
from ..tolerances import DEFAULT_SECONDS, TIGHT_TOL
from .scenario_solver import ScenarioSolver, grown, requests_of
from .switches import Found, Spot, stops_between, switches


def shrinking(problem: Problem) -> tuple[list[LinkingConstraint], tuple[LinkingConstraint, ...]]:
    """The rules whose limits shrink per unit of traffic, and those that stay; a budget on what is made least
    is neither."""
    own = [rule for rule in problem.linking if rule.path != "limits.max_provider_share"]
    if not problem.maximise_quality:
        own = [rule for rule in own if rule.path != "limits.budget"]
    return own, tuple(rule for rule in problem.linking if rule.path == "limits.max_provider_share")


def by_the_fraction(problem: Problem) -> Problem:
    """Replicas rented by the fraction cost no more than whole ones: a bound on every plan with them."""
    cost = problem.cost.copy()
    for h, host in enumerate(problem.self_hosted):
        loads = [rule.coef[:, 0] for rule in problem.linking if rule.replica_of == h]
        cost[:, host] += problem.fixed_cost[h] * max(loads, key=lambda load: float(load.sum()), default=0.0)
    rules = tuple(replace(rule, fixed_coef=None) for rule in problem.linking if rule.replica_of < 0)
    return replace(
        problem,
        cost=cost,
        linking=rules,
        self_hosted=problem.self_hosted[:0],
        fixed_cost=problem.fixed_cost[:0],
    )


@dataclass(frozen=True)
class Line:
    """The least objective per unit of traffic at u = 1 / factor, and its slope there; true up to a factor."""

    value: float
    slope: float
    upto: float = np.inf


def growth_line(
    problem: Problem, answer: Solution, factor: float, cache: SolveCache, seconds: float
) -> Line | None:
    """The line through an optimum at a growth; None where there is none, or where the plan rents."""
    assert answer.shares is not None
    if answer.shares[:, problem.self_hosted].any():
        return None
    line = _line(by_the_fraction(problem), answer.shares, factor, cache, seconds)
    if line is not None or problem.maximise_quality or not len(problem.self_hosted):
        return line
    if answer.value >= problem.fixed_cost.min():
        return None
    # No replica is as cheap as all of this plan, nor as any at less traffic.
    line = _line(_unhosted(problem), answer.shares, factor, cache, seconds)
    return None if line is None else replace(line, upto=factor)


def _unhosted(problem: Problem) -> Problem:
    eligible = problem.eligible.copy()
    eligible[:, problem.self_hosted] = False
    return by_the_fraction(replace(problem, eligible=eligible))


def _line(problem: Problem, shares: Floats, factor: float, cache: SolveCache, seconds: float) -> Line | None:
    rules, rest = shrinking(problem)
    unit = problem.objective if problem.maximise_quality else problem.cost / factor
    value = float((unit * shares).sum())
    tight = [r for r in rules if float((r.coef * shares[:, r.offers]).sum()) >= r.limit * (1 - 1e-7)]
    rows = [(rule, rule.limit / factor, factor) for rule in tight] + [
        (rule, rule.limit, 1.0) for rule in rest
    ]
    pi = _prices(problem, shares, unit, rows)
    if pi is None:
        return None
    # Every label's shares add up to 1: a constant keeps the costs positive where quality is maximised.
    lift = float(np.abs(unit).max(initial=0.0)) if problem.maximise_quality else 0.0
    cost = unit + lift
    for rule, price in zip(tight, pi, strict=False):
        cost[:, rule.offers] += price * rule.coef / factor
    free = replace(problem, cost=cost, linking=rest, maximise_quality=False)
    bound = solve_without_tie_breaking(free, seconds, cache).bound - lift * len(problem.labels)
    paid = float(sum(price * rule.limit for rule, price in zip(tight, pi, strict=False)))
    if bound - paid / factor < value - TIGHT_TOL * max(abs(value), 1e-12):
        return None
    return Line(value, -paid)


def _prices(
    problem: Problem, shares: Floats, unit: Floats, rules: list[tuple[LinkingConstraint, float, float]]
) -> Floats | None:
    """Dual prices of the rules (limit, divisor) when the plan's own offers share the traffic at best."""
    if not rules:
        return np.zeros(0)
    label, offer = np.nonzero(shares)
    labels = len(problem.labels)
    rows = [rule.coefficients(label, offer) / by for rule, _, by in rules]
    limits = [limit for _, limit, _ in rules]
    for k in range(labels):
        own = label == k
        if np.isfinite(problem.min_quality[k]):
            rows.append(np.where(own, -problem.quality[label, offer], 0.0))
            limits.append(-float(problem.min_quality[k]))
        if np.isfinite(problem.max_late[k]):
            rows.append(np.where(own, problem.late[label, offer], 0.0))
            limits.append(float(problem.max_late[k]))
    pinned = problem.pin[label, offer]
    low = np.where(np.isnan(pinned), problem.min_share[label], pinned)
    scale = max(float(np.abs(unit[label, offer]).max(initial=0.0)), 1e-12)
    result = lp(
        unit[label, offer] / scale,
        A_ub=np.array(rows),
        b_ub=np.array(limits) + 1e-9,
        A_eq=(label == np.arange(labels)[:, None]).astype(float),
        b_eq=np.ones(labels),
        bounds=np.column_stack([low, np.where(np.isnan(pinned), 1.0, pinned)]),
    )
    return None if result.x is None else np.maximum(-result.ineqlin.marginals[: len(rules)] * scale, 0.0)


def growth(
    routing: Routing,
    compiler: Compiler,
    label: str | None = None,
    *,
    low: float = 0.1,
    high: float = 1000.0,
    seconds: float = DEFAULT_SECONDS,
) -> Path:
    """All requests, or one label's, times `low` to `high`: costs and every switch of the mix.

    Replicas that follow the traffic are no switch. Raises InputError for an unknown label or a bad range.
    """
    _check(low, high)
    if label is not None and label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    solver = ScenarioSolver(compiler)
    shared = routing.limits.max_provider_share is not None  # more of one label may bring others within it
    found = switches(
        Growing(routing, solver, label, high).spot,
        _kind,
        stops_between(low, high),
        seconds,
        ended=lambda outcome: outcome.status == "infeasible" and (label is None or not shared),
    )
    first = next((at for at, outcome in found.stops if outcome.status == "infeasible"), None)
    test = FeasibilityTest(compiler, perf_counter() + seconds)
    limits = () if first is None else conflicts(grown(routing, first, label), test)
    name = "requests" if label is None else f"labels.{label}.requests"
    now = requests_of(routing) if label is None else routing.labels[label].requests * routing.limits.growth
    return _path(name, "req/mo", now, found, limits)


def price_path(
    routing: Routing,
    compiler: Compiler,
    offer: str,
    *,
    low: float = 0.1,
    high: float = 10.0,
    seconds: float = DEFAULT_SECONDS,
) -> Path:
    """Every price of one offer times `low` to `high`. Raises InputError for an unknown offer or range."""
    _check(low, high)
    table = compiler.table
    if offer not in table.index:
        raise InputError(f"unknown offer {offer!r}{nearest(offer, table.index)}", key="--offer")
    own = np.arange(len(table.offers)) == table.index[offer]
    solver = ScenarioSolver(compiler)

    def spot(by: float) -> Spot[Outcome]:
        other = solver.priced(own, by)
        problem, answer = other.solved(routing)
        outcome = outcome_of(build_plan(routing, other.compiler, problem, answer))
        if answer.shares is None or answer.status != "optimal":
            return Spot(by, outcome)
        if problem.maximise_quality:
            return Spot(by, outcome, still=_still(answer))
        slope = float((problem.cost[:, own] * answer.shares[:, own]).sum()) / by
        return Spot(by, outcome, by, answer.value, slope)

    found = switches(spot, _kind, stops_between(low, high), seconds, ended=_infeasible)
    return _path(f"offers.{offer}.price", "x", 1.0, found, ())


def _check(low: float, high: float) -> None:
    if not 0 < low < high < 1e9:
        raise InputError(f"a range runs from above 0 to something larger, not {low:g} to {high:g}")


class Growing:
    """The best plan at any growth, with its line where there is one."""

    def __init__(self, routing: Routing, solver: ScenarioSolver, label: str | None, high: float) -> None:
        self.routing, self.solver, self.label = routing, solver, label
        most = solver.compiler.compile(grown(routing, high, label))
        self.rented = bool(most.eligible[:, most.self_hosted].any())
        budget = (rule for rule in most.linking if rule.path != "limits.budget")
        self.fixed = not most.maximise_quality and not any(budget)  # growth changes no rule but the budget

    def spot(self, by: float) -> Spot[Outcome]:
        """Solved at a factor."""
        asked = grown(self.routing, by, self.label)
        problem, answer = self.solver.solved(asked)
        outcome = outcome_of(build_plan(asked, self.solver.compiler, problem, answer))
        if answer.status != "optimal" or answer.shares is None:
            return Spot(by, outcome)
        still = _still(answer) if self._less_choice(problem) else None
        if self.label is None:
            line = growth_line(problem, answer, by, self.solver.cache, self.solver.seconds)
            if line is not None:
                return Spot(by, outcome, 1 / by, line.value, line.slope, still, line.upto)
        if self.label is not None and self.fixed:
            row = problem.labels.index(self.label)
            slope = float((problem.cost[row] * answer.shares[row]).sum()) / by
            return Spot(by, outcome, by, answer.value, slope, still)
        return Spot(by, outcome, still=still)

    def _less_choice(self, problem: Problem) -> bool:
        """Whether growth takes plans away and leaves the order of the others."""
        if self.label is None:
            return problem.maximise_quality or not self.rented
        shared = any(rule.path == "limits.max_provider_share" for rule in problem.linking)
        return problem.maximise_quality and not shared


def _infeasible(outcome: Outcome) -> bool:
    return outcome.status == "infeasible"


def _still(answer: Solution) -> bytes:
    assert answer.shares is not None
    return np.round(answer.shares, 7).tobytes()


def _kind(outcome: Outcome) -> tuple[object, ...]:
    return (outcome.found, *sorted(outcome.choice.items()))


def _path(name: str, unit: str, now: float, found: Found[Outcome], limits: tuple[str, ...]) -> Path:
    return Path(
        input=name,
        unit=unit,
        now=now,
        stops=tuple(Stop(at=at, outcome=outcome) for at, outcome in found.stops),
        switches=tuple(
            Switch(
                below=one.below,
                at=one.at,
                before=one.before,
                after=one.after,
                swaps=swaps(one.before, one.after),
            )
            for one in found.brackets
        ),
        limits=limits,
        complete=found.complete,
        proven=found.proven,
    )
