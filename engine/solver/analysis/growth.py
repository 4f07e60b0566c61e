"""More traffic, or another price: what it costs along the way and where the mix switches.

Every solve gives a line that tells what other factors can at best, or at worst, bring (see switches):

* Where a factor only scales some costs, a plan costs a line; the best is the lower envelope.
* Where all traffic grows, per unit of it the costs stay and every limit shrinks as u = 1 / growth. By
  Lagrange a plan at any u is worth at least `A(pi) - u*pi*limits`, A being the best without these limits at
  prices pi of their loads. At the dual prices of the plan's own offers the line touches the value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.routing import Routing
from ...domain.scenario import Outcome, Path, Stop, Switch, outcome_of, swaps
from ...domain.solver_status import SolverStatus
from ..branch_and_price.decomposition import replica_load
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.eligibility import offers_among
from ..compile.problem import NO_HOSTS, Floats, LinkingConstraint, Problem
from ..deadline import Deadline
from ..explain.conflicts import conflicts
from ..explain.feasibility import FeasibilityTest
from ..models.builder import ModelBuilder
from ..plan_builder import build_plan
from ..solution import Solution
from ..solve import solve_without_tie_breaking
from ..tolerances import BINDING_TOL, DEFAULT_SECONDS, LABEL_RULE_TOL, MIN_SCALE, TIGHT_TOL
from .scenario_solver import ScenarioSolver, grown, requests_of
from .switches import Sweep, SweepPoint, find_switches, stops_between

CONSTANT_RULES = ("limits.max_provider_share", "limits.min_quality")  # per unit of traffic


def growth(
    routing: Routing,
    compiler: Compiler,
    label: str | None = None,
    *,
    low: float = 0.1,
    high: float = 1000.0,
    seconds: float = DEFAULT_SECONDS,
    traffic: GrowthSweep | None = None,
    per_decade: int = 4,
    feasibility_cache: SolveCache | None = None,
) -> Path:
    """All requests, or one label's, times `low` to `high`: costs and every switch of the mix.

    Replicas and units of subscriptions that follow the traffic are no switch; the first unit is. `traffic`:
    the same label's sweep, some of whose points may be solved already. `per_decade`: how many stops a decade
    the answer has, besides the switches. Raises InputError for an unknown label or a bad range.
    """
    _check_range(low, high)
    if label is not None and label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    # More of one label may bring others within the limit on a provider's share, so that a plan comes back.
    monotone = label is None or routing.limits.max_provider_share is None
    traffic = traffic or GrowthSweep(routing, ScenarioSolver(compiler), label, high)
    sweep = find_switches(
        traffic.point,
        _kind,
        stops_between(low, high, per_decade),
        seconds,
        is_last=lambda outcome: monotone and outcome.status == SolverStatus.INFEASIBLE,
    )
    endings = [(bracket.at, bracket.after) for bracket in sweep.brackets]
    without_plan = [
        factor for factor, outcome in (*endings, *sweep.stops) if outcome.status == SolverStatus.INFEASIBLE
    ]
    first = min(without_plan, default=None)
    test = FeasibilityTest(compiler, Deadline.after(seconds), feasibility_cache)
    limits = () if first is None else conflicts(grown(routing, first, label), test)
    name = "requests" if label is None else f"labels.{label}.requests"
    now = requests_of(routing) if label is None else routing.labels[label].requests * routing.limits.growth
    return _path(name, "req/mo", now, sweep, limits)


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
    _check_range(low, high)
    table = compiler.table
    if offer not in table.index:
        raise InputError(table.unknown_offer(offer), key="--offer")
    is_offer = offers_among(table, [offer])
    solver = ScenarioSolver(compiler)

    def point(factor: float) -> SweepPoint[Outcome]:
        priced = solver.with_prices(is_offer, factor)
        problem, solution = priced.solve(routing)
        outcome = outcome_of(build_plan(routing, priced.compiler, problem, solution))
        if problem.subscriptions or solution.shares is None or solution.status != SolverStatus.OPTIMAL:
            return SweepPoint(factor, outcome)
        if problem.maximise_quality:
            return SweepPoint(factor, outcome, fixed_plan=_plan_bytes(solution))
        slope = float((problem.cost[:, is_offer] * solution.shares[:, is_offer]).sum()) / factor
        return SweepPoint(factor, outcome, factor, solution.value, slope)

    stops = stops_between(low, high)
    sweep = find_switches(
        point, _kind, stops, seconds, is_last=lambda last: last.status == SolverStatus.INFEASIBLE
    )
    return _path(f"offers.{offer}.price", "x", 1.0, sweep, ())


def _check_range(low: float, high: float) -> None:
    if not 0 < low < high < 1e9:
        raise InputError(f"a range runs from above 0 to something larger, not {low:g} to {high:g}")


class GrowthSweep:
    """The best plan at any growth up to `high` of all labels or one, with its line where there is one.

    Every factor is solved once.
    """

    def __init__(self, routing: Routing, solver: ScenarioSolver, label: str | None, high: float) -> None:
        self.routing, self.solver, self.label = routing, solver, label
        largest = solver.compiler.compile(grown(routing, high, label))
        self.rents = bool(largest.eligible[:, largest.self_hosted].any())
        unmoved = ("limits.budget", "limits.min_quality")
        limits_load = any(rule.path not in unmoved for rule in largest.linking)
        self.costs_only = not largest.maximise_quality and not limits_load  # growth changes costs, no rule
        self._points: dict[float, SweepPoint[Outcome]] = {}

    def point(self, factor: float) -> SweepPoint[Outcome]:
        """Solved at a factor."""
        if factor not in self._points:
            self._points[factor] = self._solved(factor)
        return self._points[factor]

    def _solved(self, factor: float) -> SweepPoint[Outcome]:
        routing = grown(self.routing, factor, self.label)
        problem, solution = self.solver.solve(routing)
        outcome = outcome_of(build_plan(routing, self.solver.compiler, problem, solution))
        if problem.subscriptions or solution.status != SolverStatus.OPTIMAL or solution.shares is None:
            return SweepPoint(factor, outcome)  # whole units bend what a line would follow
        fixed_plan = _plan_bytes(solution) if self._only_removes_plans(problem) else None
        if self.label is None:
            line = growth_line(problem, solution, factor, self.solver.cache, self.solver.seconds)
            if line is not None:
                return SweepPoint(
                    factor, outcome, 1 / factor, line.value, line.slope, fixed_plan, line.valid_to
                )
        if self.label is not None and self.costs_only:
            row = problem.labels.index(self.label)
            slope = float((problem.cost[row] * solution.shares[row]).sum()) / factor
            return SweepPoint(factor, outcome, factor, solution.value, slope, fixed_plan)
        return SweepPoint(factor, outcome, fixed_plan=fixed_plan)

    def _only_removes_plans(self, problem: Problem) -> bool:
        """Whether growth takes plans away and leaves the order of the others."""
        if self.label is None:
            return problem.maximise_quality or not self.rents
        shared = any(rule.path == "limits.max_provider_share" for rule in problem.linking)
        return problem.maximise_quality and not shared


def _plan_bytes(solution: Solution) -> bytes:
    assert solution.shares is not None
    return np.round(solution.shares, 7).tobytes()


def _kind(outcome: Outcome) -> tuple[object, ...]:
    return (outcome.found, *sorted(outcome.choice.items()), *sorted(outcome.plans))


def _path(name: str, unit: str, now: float, sweep: Sweep[Outcome], limits: tuple[str, ...]) -> Path:
    return Path(
        input=name,
        unit=unit,
        now=now,
        stops=tuple(Stop(at=factor, outcome=outcome) for factor, outcome in sweep.stops),
        switches=tuple(
            Switch(
                below=bracket.below,
                at=bracket.at,
                before=bracket.before,
                after=bracket.after,
                swaps=swaps(bracket.before, bracket.after),
            )
            for bracket in sweep.brackets
        ),
        limits=limits,
        complete=sweep.complete,
        proven=sweep.proven,
    )


@dataclass(frozen=True)
class GrowthLine:
    """The least objective per unit of traffic at u = 1 / factor, and its slope; for factors to `valid_to`."""

    value: float
    slope: float
    valid_to: float = np.inf


def growth_line(
    problem: Problem, solution: Solution, factor: float, cache: SolveCache, seconds: float
) -> GrowthLine | None:
    """The line through an optimum at a growth; None where there is none, or where the plan rents."""
    assert solution.shares is not None
    if solution.shares[:, problem.self_hosted].any():
        return None
    line = _line(_with_fractional_replicas(problem), solution.shares, factor, cache, seconds)
    if line is not None or problem.maximise_quality or not len(problem.hosts):
        return line
    if solution.value >= problem.fixed_cost.min():
        return None
    # No replica is as cheap as all of this plan, nor as any at less traffic.
    line = _line(_without_self_hosted(problem), solution.shares, factor, cache, seconds)
    return None if line is None else replace(line, valid_to=factor)


def _with_fractional_replicas(problem: Problem) -> Problem:
    """Replicas rented by the fraction cost no more than whole ones: a bound on every plan with them."""
    cost = problem.cost.copy()
    for host in range(len(problem.hosts)):
        cost += problem.fixed_cost[host] * replica_load(problem, host)
    return replace(
        problem,
        cost=cost,
        linking=tuple(replace(rule, fixed_coef=None) for rule in problem.linking if rule.replica_of < 0),
        **NO_HOSTS,
    )


def _without_self_hosted(problem: Problem) -> Problem:
    eligible = problem.eligible.copy()
    eligible[:, problem.self_hosted] = False
    return _with_fractional_replicas(replace(problem, eligible=eligible))


def _line(
    problem: Problem, shares: Floats, factor: float, cache: SolveCache, seconds: float
) -> GrowthLine | None:
    shrinking, constant = _split_by_growth(problem)
    cost = problem.objective if problem.maximise_quality else problem.cost / factor  # per unit of traffic
    value = float((cost * shares).sum())
    tight = [
        rule
        for rule in shrinking
        if float((rule.coef * shares[:, rule.offers]).sum()) >= rule.limit * (1 - BINDING_TOL)
    ]
    rows = [(rule, rule.limit / factor, factor) for rule in tight]
    prices = _dual_prices(problem, shares, cost, [*rows, *((rule, rule.limit, 1.0) for rule in constant)])
    if prices is None:
        return None
    # Every label's shares add up to 1: a constant keeps the costs positive where quality is maximised.
    lift = float(np.abs(cost).max(initial=0.0)) if problem.maximise_quality else 0.0
    lagrangian = cost + lift
    for rule, price in zip(tight, prices, strict=False):
        lagrangian[:, rule.offers] += price * rule.coef / factor
    relaxed = replace(problem, cost=lagrangian, linking=constant, maximise_quality=False)
    bound = solve_without_tie_breaking(relaxed, seconds, cache).bound - lift * len(problem.labels)
    priced_limits = float(sum(price * rule.limit for rule, price in zip(tight, prices, strict=False)))
    if bound - priced_limits / factor < value - TIGHT_TOL * max(abs(value), MIN_SCALE):
        return None
    return GrowthLine(value, -priced_limits)


def _split_by_growth(problem: Problem) -> tuple[list[LinkingConstraint], tuple[LinkingConstraint, ...]]:
    """The rules whose limits shrink per unit of traffic, and those that stay.

    A budget on what is made least is neither.
    """
    constant = tuple(rule for rule in problem.linking if rule.path in CONSTANT_RULES)
    shrinking = [rule for rule in problem.linking if rule.path not in CONSTANT_RULES]
    if not problem.maximise_quality:
        shrinking = [rule for rule in shrinking if rule.path != "limits.budget"]
    return shrinking, constant


def _dual_prices(
    problem: Problem, shares: Floats, cost: Floats, rules: list[tuple[LinkingConstraint, float, float]]
) -> Floats | None:
    """Dual prices of the rules (rule, limit, divisor) when the plan's offers share the traffic at best."""
    if not rules:
        return np.zeros(0)
    label, offer = np.nonzero(shares)
    labels = len(problem.labels)
    rows = [rule.coefficients(label, offer) / divisor for rule, _, divisor in rules]
    limits = [limit for _, limit, _ in rules]
    for row in range(labels):
        of_label = label == row
        if np.isfinite(problem.min_quality[row]):
            rows.append(np.where(of_label, -problem.quality[label, offer], 0.0))
            limits.append(-float(problem.min_quality[row]))
        if np.isfinite(problem.max_late[row]):
            rows.append(np.where(of_label, problem.late[label, offer], 0.0))
            limits.append(float(problem.max_late[row]))
    pinned = problem.pin[label, offer]
    low = np.where(np.isnan(pinned), problem.min_share[label], pinned)
    scale = max(float(np.abs(cost[label, offer]).max(initial=0.0)), MIN_SCALE)
    builder = ModelBuilder()
    builder.add_columns(len(label), low, np.where(np.isnan(pinned), 1.0, pinned))
    upper = builder.add_rows(len(rows), -np.inf, np.array(limits) + LABEL_RULE_TOL)
    row_index, column = np.nonzero(rows)
    builder.add_entries(upper[row_index], column, np.array(rows)[row_index, column])
    builder.add_entries(builder.add_rows(labels, 1.0, 1.0)[label], np.arange(len(label)), 1.0)
    solution = builder.solve_lp(cost[label, offer] / scale)
    if solution.x is None:
        return None
    return np.asarray(np.maximum(-solution.duals[upper[: len(rules)]] * scale, 0.0))
