"""What people do without an optimiser, priced on the same workload: and which rules that breaks.

* one offer for everything, and one model (at any of its providers): of those that break the fewest rules the
  cheapest, or the best where quality is maximised;
* for each label the cheapest offer that may serve it, and the one of the highest quality;
* routes that exist already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Baseline, Baselines, Outcome, outcome_of
from ...domain.solver_status import SolverStatus
from ..compile.compiler import Compiler
from ..compile.problem import Floats, Ints, Problem
from ..coverage import best_coverage
from ..deadline import Deadline
from ..solution import replicas_for
from ..solve import solve
from ..tolerances import LABEL_RULE_TOL, LINKING_TOL, TIE_TOL
from .evaluate import evaluate, shares_of
from .scenario_solver import ScenarioSolver, change_between

Mixes = Mapping[str, Mapping[str, float]]  # label -> offer -> share


def baselines(
    routing: Routing,
    compiler: Compiler,
    existing: Mapping[str, Mixes] | None = None,
    plan: Plan | None = None,
) -> Baselines:
    """The plan against each baseline; `existing` is name -> label -> offer -> share, all known offers.

    A baseline that a label has no eligible offer for is left out. `plan` saves a solve.
    """
    solver = ScenarioSolver(compiler)
    now = outcome_of(plan or solver.plan(routing))
    problem = compiler.compile(routing)
    candidates = list(_constructed(routing, solver, problem))
    for name, mixes in (existing or {}).items():
        routes = {label: dict(mix) for label, mix in mixes.items()}
        outcome = Outcome(status=SolverStatus.FEASIBLE, mixes=routes)
        candidates.append((name, "", shares_of(outcome, routing, problem.offers)))
    against = []
    for name, choice, shares in candidates:
        baseline, breaks = evaluate(routing, compiler, problem, shares)
        against.append(
            Baseline(
                name=name,
                choice=choice,
                outcome=outcome_of(baseline),
                broken=breaks,
                saving=change_between(now.cost, baseline.cost),
                gain=change_between(baseline.quality, now.quality),
            )
        )
    return Baselines(plan=now, against=tuple(against))


def _constructed(routing: Routing, solver: ScenarioSolver, p: Problem) -> Iterator[tuple[str, str, Floats]]:
    """(name, choice, shares) of every baseline that does not exist yet but has to be chosen."""
    broken = _broken_rules(p)
    offer = _one_offer(p, broken)
    yield "one offer", p.offers[offer], _one_offer_each(p, np.full(len(p.labels), offer))
    yield ("one model", *_one_model(routing, solver, p, broken))
    fits = p.eligible.copy()
    fits[:, p.self_hosted] = False  # rent is not a label's own
    if fits.any(axis=1).all():
        yield "cheapest", "", _one_offer_each(p, np.where(fits, p.cost, np.inf).argmin(axis=1))
        quality = np.where(fits & ~np.isnan(p.quality), p.quality, -1.0)
        best = fits & (quality >= quality.max(axis=1, keepdims=True) - LABEL_RULE_TOL)
        yield "highest quality", "", _one_offer_each(p, np.where(best, p.cost, np.inf).argmin(axis=1))


def _broken_rules(p: Problem) -> Ints:
    """(L, N) how many of a label's own rules an offer breaks as its only one."""
    quality = np.nan_to_num(p.quality, nan=-1.0) < p.min_quality[:, None] - LABEL_RULE_TOL
    late = p.late > p.max_late[:, None] + LABEL_RULE_TOL
    return (~p.eligible).astype(np.int64) + quality + late


def _one_offer(p: Problem, broken_by_label: Ints) -> int:
    """The offer that breaks the fewest rules when it carries everything, then the best by the objective."""
    broken, covered = broken_by_label.sum(axis=0), np.zeros(len(p.offers))
    for i in np.unique([i for terms in p.subscriptions for i in terms.offers]).astype(int).tolist():
        covered[i] = best_coverage(p, _one_offer_each(p, np.full(len(p.labels), i))).cost
    cost = p.cost.sum(axis=0) + covered
    for rule in p.linking:
        if rule.replica_of < 0:
            saved = covered[rule.offers] / rule.usd if rule.usd else 0.0
            broken[rule.offers] += rule.coef.sum(axis=0) + saved > rule.limit + LINKING_TOL
    for h, i in zip(p.host, p.self_hosted, strict=True):
        cost[i] += replicas_for(p, _one_offer_each(p, np.full(len(p.labels), i)))[h] * p.fixed_cost[h]
    objective = p.objective.sum(axis=0) if p.maximise_quality else cost
    return int(np.lexsort((np.arange(len(cost)), cost, objective, broken))[0])


def _one_model(routing: Routing, solver: ScenarioSolver, p: Problem, broken: Ints) -> tuple[str, Floats]:
    """The best plan of one model; where there is none, the model that breaks the fewest rules."""
    if p.subscriptions:  # what they cover costs less than its list price: no bound of a model alone holds
        limits = routing.limits.model_copy(update={"max_models": 1})
        _, solution = solver.solve(routing.model_copy(update={"limits": limits}))
        shares = solution.shares
    else:
        shares = _best_of_one_model(solver, p)
    table = solver.compiler.table
    if shares is not None:
        model = p.model[np.flatnonzero(shares.any(axis=0))[0]]
        return table.base_models[model], shares
    order = [np.lexsort((row_cost, row_broken)) for row_cost, row_broken in zip(p.cost, broken, strict=True)]
    rank = np.argsort(np.array(order), axis=1)  # (L, N) the place of each offer, best first
    rows = np.arange(len(p.labels))
    picks = {}
    for model in np.unique(p.model):
        offers = np.flatnonzero(p.model == model)
        pick = offers[rank[:, offers].argmin(axis=1)]
        picks[model] = (int(broken[rows, pick].sum()), float(p.cost[rows, pick].sum()), pick)
    best = min(picks, key=lambda model: picks[model][:2])
    return table.base_models[best], _one_offer_each(p, picks[best][2])


def _best_of_one_model(solver: ScenarioSolver, p: Problem) -> Floats | None:
    """(L, N) shares of the best plan that has a single model; None where no model serves every label.

    Each model is a problem of its own, without a rule on their number: solved in the order of their bounds,
    the sum of each label's best offer, until none is left that could be as good. Of equal ones the better
    counts.
    """
    grid = np.where(p.eligible, p.objective, np.inf)
    pinned = np.nan_to_num(p.pin) > 0
    bounds = {}
    for model in np.unique(p.model):
        of_model = p.model == model
        bound = float(grid[:, of_model].min(axis=1).sum())
        if np.isfinite(bound) and not pinned[:, ~of_model].any():
            bounds[model] = bound
    best: tuple[float, float, Floats] | None = None
    deadline = Deadline.after(solver.seconds)
    for model in sorted(bounds, key=lambda model: (bounds[model], model)):
        tie = 0.0 if best is None else TIE_TOL * max(abs(best[0]), 1.0)
        if (best is not None and bounds[model] > best[0] + tie) or deadline.passed:
            break
        alone = replace(p, eligible=p.eligible & (p.model == model), max_models=None)
        solution = solve(alone, deadline.seconds_left, solver.cache)
        if solution.shares is None:
            continue
        value = float(solution.value)
        quality = float((p.weight[:, None] * np.nan_to_num(p.quality) * solution.shares).sum())
        if best is None or value < best[0] - tie or (value <= best[0] + tie and quality > best[1]):
            best = value, quality, solution.shares
    return None if best is None else best[2]


def _one_offer_each(p: Problem, offers: Ints) -> Floats:
    """(L, N) shares of one offer a label."""
    shares = np.zeros(p.cost.shape)
    shares[np.arange(len(p.labels)), offers] = 1.0
    return shares
