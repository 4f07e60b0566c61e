"""What people do without an optimiser, priced on the same workload: and which rules that breaks.

* one offer for everything, and one model (at any of its providers): of those that break the fewest rules the
  cheapest, or the best where quality is maximised;
* for each label the cheapest offer that may serve it, and the one of the highest quality;
* routes that exist already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...domain.plan import Plan
from ...domain.routing import Routing
from ...domain.scenario import Baseline, Baselines, Outcome, outcome_of
from ..compile.compiler import Compiler
from ..compile.problem import Floats, Ints, Problem
from ..solution import replicas_for
from .evaluate import evaluate
from .scenario_solver import ScenarioSolver, change_between
from .what_if import shares_of

Mixes = Mapping[str, Mapping[str, float]]


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
    chosen = list(_simple(routing, solver, problem))
    for name, mixes in (existing or {}).items():
        some = Outcome(status="feasible", mixes={label: dict(mix) for label, mix in mixes.items()})
        chosen.append((name, "", shares_of(some, routing, problem.offers)))
    against = []
    for name, choice, shares in chosen:
        said, broken = evaluate(routing, compiler, problem, shares)
        saving, gain = change_between(said.cost, now.cost), change_between(now.quality, said.quality)
        facts = Baseline(name=name, choice=choice, outcome=outcome_of(said), broken=broken)
        against.append(facts.model_copy(update={"saving": saving, "gain": gain}))
    return Baselines(plan=now, against=tuple(against))


def _simple(routing: Routing, solver: ScenarioSolver, p: Problem) -> Iterator[tuple[str, str, Floats]]:
    """(name, choice, shares) of every baseline that is not there yet but has to be chosen."""
    bad = _broken(p)
    offer = _one_offer(p, bad)
    yield "one offer", p.offers[offer], _alone(p, np.full(len(p.labels), offer))
    yield ("one model", *_one_model(routing, solver, p, bad))
    fits = p.eligible.copy()
    fits[:, p.self_hosted] = False  # rent is not a label's own
    if fits.any(axis=1).all():
        yield "cheapest", "", _alone(p, np.where(fits, p.cost, np.inf).argmin(axis=1))
        quality = np.where(fits & ~np.isnan(p.quality), p.quality, -1.0)
        best = fits & (quality >= quality.max(axis=1, keepdims=True) - 1e-9)
        yield "highest quality", "", _alone(p, np.where(best, p.cost, np.inf).argmin(axis=1))


def _broken(p: Problem) -> Ints:
    """(L, N) how many of a label's own rules an offer breaks as its only one."""
    quality = np.nan_to_num(p.quality, nan=-1.0) < p.min_quality[:, None] - 1e-9
    late = p.late > p.max_late[:, None] + 1e-9
    return (~p.eligible).astype(np.int64) + quality + late


def _one_offer(p: Problem, bad: Ints) -> int:
    """The offer that breaks the fewest rules when it carries everything, then the best by the objective."""
    broken, cost = bad.sum(axis=0), p.cost.sum(axis=0)
    for rule in p.linking:
        if rule.replica_of < 0:
            broken[rule.offers] += rule.coef.sum(axis=0) > rule.limit + 1e-9
    for h, i in enumerate(p.self_hosted):
        cost[i] += replicas_for(p, _alone(p, np.full(len(p.labels), i)))[h] * p.fixed_cost[h]
    worth = (p.weight @ p.objective) if p.maximise_quality else cost
    return int(np.lexsort((np.arange(len(cost)), cost, worth, broken))[0])


def _one_model(routing: Routing, solver: ScenarioSolver, p: Problem, bad: Ints) -> tuple[str, Floats]:
    """The best plan of one model; where there is none, the model that breaks the fewest rules."""
    limits = routing.limits.model_copy(update={"max_models": 1})
    _, answer = solver.solved(routing.model_copy(update={"limits": limits}))
    table = solver.compiler.table
    if answer.shares is not None:
        model = p.model[np.flatnonzero(answer.shares.any(axis=0))[0]]
        return table.models[model], answer.shares
    key = [np.lexsort((row_cost, row_bad)) for row_cost, row_bad in zip(p.cost, bad, strict=True)]
    rank = np.argsort(np.array(key), axis=1)  # (L, N) the place of each offer, best first
    rows = np.arange(len(p.labels))
    picks = {}
    for m in np.unique(p.model):
        own = np.flatnonzero(p.model == m)
        pick = own[rank[:, own].argmin(axis=1)]
        picks[m] = (int(bad[rows, pick].sum()), float(p.cost[rows, pick].sum()), pick)
    best = min(picks, key=lambda m: picks[m][:2])
    return table.models[best], _alone(p, picks[best][2])


def _alone(p: Problem, offers: Ints) -> Floats:
    """(L, N) shares of one offer a label."""
    shares = np.zeros(p.cost.shape)
    shares[np.arange(len(p.labels)), offers] = 1.0
    return shares
