"""Monte Carlo: how likely a plan keeps its rules and stays the best when all figures vary at once.

Random figures: some for the whole catalogue, to solve anew; the rest for the offers in use only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.robustness import Chances, Doubt
from ...domain.routing import Label, Routing
from ...domain.scenario import Outcome, outcome_of
from ..compile.compiler import Compiler
from ..compile.formulas import Z95, late_share
from ..compile.problem import Bools, Floats, Ints, Problem
from ..plan_builder import build_plan
from ..solution import Solution
from ..tolerances import JUDGED_RULE_TOL, MAX_SAMPLED_SHARES
from .conservative import skill_deviations
from .scenario_solver import ScenarioSolver, priced


@dataclass(frozen=True)
class Draws:
    """S samples of L labels and U offers in use; R of them of all N offers and M models.

    Factors are lognormal with median 1 and 1 + doubt as 95th percentile; `skills` are standard normals times
    a model's deviation in points, skill -> (S, U) and (R, M).
    """

    volume: Floats  # (S, L)
    price: Floats  # (S, U)
    time: Floats
    skills: dict[str, Floats]
    every_price: Floats  # (R, N)
    every_time: Floats
    every_skill: dict[str, Floats]


def drawn(
    routing: Routing,
    compiler: Compiler,
    catalog: Catalog,
    doubt: Doubt,
    used: Ints,
    *,
    samples: int,
    resolves: int,
    seed: int,
) -> Draws:
    """All random figures of a run, the same for the same seed; prices and times are independent by offer."""
    rng, table = np.random.default_rng(seed), compiler.table
    models, place = np.unique(table.model[used], return_inverse=True)

    def pair(wide: int, some: Ints) -> tuple[Floats, Floats]:
        """Standard normals, (R, wide), and (S, some) whose first R are theirs."""
        every = rng.standard_normal((resolves, wide))
        return every, np.vstack([every[:, some], rng.standard_normal((samples - resolves, len(some)))])

    volume = _factor(rng.standard_normal((samples, len(routing.labels))), doubt.volume)
    every_price, price = (_factor(z, doubt.price) for z in pair(len(table.offers), used))
    every_time, time = (_factor(z, doubt.time) for z in pair(len(table.offers), used))
    skills, every_skill = {}, {}
    for skill in sorted({name for label in routing.labels.values() for name in label.skills}):
        deviation = skill_deviations(compiler, catalog, skill, doubt.quality / Z95)
        every, some = pair(len(table.models), models)
        skills[skill] = (some * deviation[models])[:, place]
        every_skill[skill] = every * deviation
    return Draws(volume, price, time, skills, every_price, every_time, every_skill)


def _factor(z: Floats, doubt: float) -> Floats:
    return np.asarray(np.exp(np.log1p(doubt) / Z95 * z))


def world_of(draws: Draws, solver: ScenarioSolver, sample: int) -> ScenarioSolver:
    """The whole catalogue of one of the first R samples."""
    table = solver.compiler.table
    time = draws.every_time[sample]
    skills = dict(table.skills)
    for skill, noise in draws.every_skill.items():
        if skill in skills:
            skills[skill] = np.clip(skills[skill] + noise[sample][table.model], 0.0, 100.0)
    table = replace(table, ttft=table.ttft * time, tps=table.tps / time, skills=skills)
    return solver.over(priced(table, draws.every_price[sample]))


def routing_of(draws: Draws, routing: Routing, sample: int) -> Routing:
    """The routing with the volumes of one sample."""
    labels = {
        name: label.model_copy(update={"requests": label.requests * float(by)})
        for (name, label), by in zip(routing.labels.items(), draws.volume[sample], strict=True)
    }
    return routing.model_copy(update={"labels": labels})


def monte_carlo(
    routing: Routing,
    compiler: Compiler,
    catalog: Catalog,
    doubt: Doubt,
    *,
    samples: int = 10_000,
    resolves: int = 50,
    seed: int = 1,
    careful: Compiler | None = None,
) -> Chances | None:
    """The best plan's chances over random prices, volumes, times and skills; None without a plan.

    Fitted skills vary by their own intervals, others by `doubt.quality`. The plan's shares and replicas stay;
    `careful` has the figures that it was made for, where those are not the likely ones.
    Raises InputError for more samples than memory should hold.
    """
    solver = ScenarioSolver(compiler)
    problem, answer = (solver if careful is None else ScenarioSolver(careful)).solved(routing)
    if answer.shares is None:
        return None
    used = np.flatnonzero(answer.shares.any(axis=0))
    most = MAX_SAMPLED_SHARES // len(used)
    if not 1 <= samples <= most:
        raise InputError(f"from 1 to {most:,} samples, not {samples:,}", key="--samples")
    draws = drawn(
        *(routing, compiler, catalog, doubt, used),
        samples=samples,
        resolves=min(resolves, samples),
        seed=seed,
    )
    return _Sampled(routing, solver, problem, answer, used, draws).filled(
        Chances(samples=samples, seed=seed, doubt=doubt)
    )


@dataclass(frozen=True)
class _Sampled:
    """A plan under every sample."""

    routing: Routing
    solver: ScenarioSolver
    problem: Problem
    answer: Solution
    used: Ints
    draws: Draws

    def filled(self, blank: Chances) -> Chances:
        """Everything filled in."""
        plan = build_plan(self.routing, self.compiler, self.problem, self.answer)
        cost, kept = self.cost(), self.kept()
        every = np.logical_and.reduce([np.ones(len(cost), dtype=bool), *kept.values()])
        low, high = np.percentile(cost, [5, 95])
        facts = {
            "cost": plan.cost or 0.0,
            "cost_mean": float(cost.mean()),
            "cost_5": float(low),
            "cost_95": float(high),
            "kept": {path: float(flags.mean()) for path, flags in kept.items()},
            "all_kept": float(every.mean()),
        }
        return blank.model_copy(update={**facts, **self._resolved(outcome_of(plan), cost, every)})

    @property
    def compiler(self) -> Compiler:
        """Today's figures."""
        return self.solver.compiler

    @property
    def shares(self) -> Floats:
        """(L, U)."""
        assert self.answer.shares is not None
        return self.answer.shares[:, self.used]

    @property
    def replicas(self) -> Ints:
        """(H,)."""
        none = np.zeros(len(self.problem.self_hosted), dtype=np.int64)
        return none if self.answer.replicas is None else self.answer.replicas

    def cost(self) -> Floats:
        """(S,) USD a month."""
        money = self.problem.cost[:, self.used] * self.shares
        rent = float(self.replicas @ self.problem.fixed_cost) if len(self.replicas) else 0.0
        return np.asarray(np.einsum("sl,lu,su->s", self.draws.volume, money, self.draws.price) + rent)

    def kept(self) -> dict[str, Bools]:
        """Rule -> (S,) whether each sample keeps it."""
        found: dict[str, Bools] = {}
        budget = self.routing.limits.budget
        if budget is not None:
            found["limits.budget"] = np.asarray(self.cost() <= budget * (1 + JUDGED_RULE_TOL))
        for row, (name, label) in enumerate(self.routing.labels.items()):
            if label.min_quality is not None:
                quality = np.einsum("u,su->s", self.shares[row], self._quality(label))
                found[f"labels.{name}.min_quality"] = np.asarray(
                    quality >= label.min_quality - JUDGED_RULE_TOL
                )
            if label.min_quality_each is not None:
                worst = np.where(self.shares[row] > 0, self._quality(label), np.inf).min(axis=1)
                found[f"labels.{name}.min_quality_each"] = np.asarray(
                    worst >= label.min_quality_each - JUDGED_RULE_TOL
                )
            if label.latency_limit is not None:
                late = self._late(name, label.latency_limit) @ self.shares[row]
                found[f"labels.{name}.max_latency"] = np.asarray(
                    late <= self.problem.max_late[row] + JUDGED_RULE_TOL
                )
        return {**found, **self._provider_share(), **self._rates()}

    def _provider_share(self) -> dict[str, Bools]:
        """The largest provider's part of all requests, which moves with the labels' volumes."""
        cap = self.routing.limits.max_provider_share
        requests = np.array([label.requests for label in self.routing.labels.values()])
        if cap is None or cap >= 1 or not requests.sum():
            return {}
        volume = self.draws.volume * requests
        carried = volume @ self.shares / volume.sum(axis=1, keepdims=True)  # (S, U)
        seller = self.problem.provider[self.used]
        largest = np.max([carried[:, seller == p].sum(axis=1) for p in np.unique(seller)], axis=0)
        return {"limits.max_provider_share": np.asarray(largest <= cap + JUDGED_RULE_TOL)}

    def _quality(self, label: Label) -> Floats:
        """(S, U)."""
        total, skills = np.zeros(self.draws.price.shape), self.compiler.table.skills
        for skill, weight in label.skills.items():
            total += weight * np.clip(skills[skill][self.used] + self.draws.skills[skill], 0.0, 100.0)
        return np.nan_to_num(total / sum(label.skills.values()))

    def _late(self, name: str, limit: float) -> Floats:
        """(S, U) shares of requests over the limit."""
        median = self.compiler.rows(self.routing, name).median[self.used] * self.draws.time
        return np.nan_to_num(late_share(median, self.compiler.table.spread[self.used], limit))

    def _rates(self) -> dict[str, Bools]:
        """The rate limits of the offers in use: also those that only more traffic reaches."""
        crowd = self.routing.limits.model_copy(update={"growth": self.routing.limits.growth * 1e6})
        wide = self.compiler.compile(self.routing.model_copy(update={"limits": crowd}))
        place, found = {int(i): u for u, i in enumerate(self.used)}, {}
        for rule in wide.linking:
            if len(rule.offers) == 1 and rule.path.startswith("offers.") and int(rule.offers[0]) in place:
                own = rule.coef[:, 0] / 1e6 * self.shares[:, place[int(rule.offers[0])]]
                most = 1.0 if rule.replica_of < 0 else float(self.replicas[rule.replica_of])
                found[rule.path] = np.asarray(self.draws.volume @ own <= most * (1 + JUDGED_RULE_TOL))
        return found

    def _resolved(self, now: Outcome, cost: Floats, kept: Bools) -> dict[str, object]:
        """How often the plan has the best offers; what the best, with hindsight, would save."""
        count, same, regrets = len(self.draws.every_price), 0, list[float]()
        for sample in range(count):
            asked = routing_of(self.draws, self.routing, sample)
            best = world_of(self.draws, self.solver, sample).outcome(asked)
            same += best.choice == now.choice
            if kept[sample] and best.cost is not None and self.routing.objective == "cost":
                regrets.append(max(float(cost[sample]) - best.cost, 0.0))
        found: dict[str, object] = {"resolved": count, "same": same / count} if count else {}
        if regrets:
            found |= {"regret": float(np.mean(regrets)), "regret_95": float(np.percentile(regrets, 95))}
        return found
