"""Monte Carlo: how likely a plan keeps its rules and stays the best when all figures vary at once.

Some samples are of the whole catalogue, to solve anew; the rest of the offers in use only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...domain.catalog import Catalog
from ...domain.errors import InputError
from ...domain.references import points_of
from ...domain.robustness import Chances, Doubt
from ...domain.routing import MIN_CONFIDENCE, Label, Measured, Routing
from ...domain.scenario import Outcome, outcome_of
from ..cache import SolveCache
from ..compile.compiler import Compiler
from ..compile.formulas import Z95, late_share
from ..compile.problem import Bools, Floats, Ints, Problem
from ..compile.quality import exempt_offers, own_deviations, own_keys, skill_deviations
from ..coverage import held_units_cost
from ..plan_builder import build_plan
from ..solution import Solution
from ..tolerances import JUDGED_RULE_TOL, MAX_SAMPLED_SHARES
from .scenario_solver import ScenarioSolver, priced_table, timed_table

MANY_TIMES = 1e6  # growth at which every rate limit binds, so that all are among the rules


def monte_carlo(
    routing: Routing,
    compiler: Compiler,
    catalog: Catalog,
    doubt: Doubt,
    *,
    samples: int = 10_000,
    resolves: int = 50,
    seed: int = 1,
    cache: SolveCache | None = None,
) -> Chances | None:
    """The best plan's chances over random prices, volumes, times and qualities; None without a plan.

    Skills and own test results vary by their own intervals, those without one by `doubt.quality`; a model's
    skills are off together. A floor that is a model's stays, and so does that model on its label: it has no
    error against itself. The plan's shares and replicas stay. `cache` is of earlier solves over the same
    catalogue. Raises InputError for more samples than memory should hold.
    """
    solver, routing = ScenarioSolver(compiler, cache=cache), compiler.resolved(routing)
    problem, solution = solver.solve(routing)
    if solution.shares is None:
        return None
    used = np.flatnonzero(solution.shares.any(axis=0))
    max_samples = MAX_SAMPLED_SHARES // len(used)
    if not 1 <= samples <= max_samples:
        raise InputError(f"from 1 to {max_samples:,} samples, not {samples:,}", key="--samples")
    drawn = draw_samples(
        *(routing, compiler, catalog, doubt, used),
        samples=samples,
        resolves=min(resolves, samples),
        seed=seed,
    )
    simulation = _Simulation(routing, solver, problem, solution, used, drawn)
    return Chances(samples=samples, seed=seed, doubt=doubt).model_copy(update=simulation.run())


@dataclass(frozen=True)
class Samples:
    """S samples of L labels and U offers in use; R of them of all N offers and M models.

    Factors are lognormal with median 1 and 1 + doubt as 95th percentile; `skills` are how far a model is off
    in points, skill -> (S, U) and (R, M). `own` is by how much each of a label's own test results is off, in
    the order of its keys, label -> (S, keys).
    """

    volume: Floats  # (S, L)
    price: Floats  # (S, U)
    time: Floats
    skills: dict[str, Floats]
    every_price: Floats  # (R, N)
    every_time: Floats
    every_skill: dict[str, Floats]
    own: dict[str, Floats]

    def solver(self, solver: ScenarioSolver, sample: int) -> ScenarioSolver:
        """A solver over the whole catalogue of one of the first R samples."""
        table = solver.compiler.table
        skills = dict(table.skills)
        for skill, noise in self.every_skill.items():
            if skill in skills:
                skills[skill] = np.clip(skills[skill] + noise[sample][table.model], 0.0, 100.0)
        table = timed_table(replace(table, skills=skills), self.every_time[sample])
        return solver.with_table(priced_table(table, self.every_price[sample]))

    def routing(self, routing: Routing, sample: int) -> Routing:
        """The routing with the volumes and test results of one sample, which are then known as they are."""
        labels = {}
        for (name, label), factor in zip(routing.labels.items(), self.volume[sample], strict=True):
            known = {"requests": label.requests * float(factor), "confidence": None}
            labels[name] = label.model_copy(update={**known, "measured": self._measured(name, label, sample)})
        limits = routing.limits.model_copy(update={"confidence": MIN_CONFIDENCE})
        return routing.model_copy(update={"labels": labels, "limits": limits})

    def _measured(self, name: str, label: Label, sample: int) -> dict[str, Measured]:
        """A label's own figures with the test results of one sample."""
        if name not in self.own:
            return label.measured
        return {
            key: entry
            if entry.quality is None
            else entry.model_copy(update={"quality": min(max(entry.quality + float(points), 0.0), 100.0)})
            for (key, entry), points in zip(label.measured.items(), self.own[name][sample], strict=True)
        }


def draw_samples(
    routing: Routing,
    compiler: Compiler,
    catalog: Catalog,
    doubt: Doubt,
    used: Ints,
    *,
    samples: int,
    resolves: int,
    seed: int,
) -> Samples:
    """All random figures of a run, the same for the same seed; prices and times are independent by offer."""
    random, table = np.random.default_rng(seed), compiler.table
    models, code = np.unique(table.model[used], return_inverse=True)

    def normals(width: int, columns: Ints) -> tuple[Floats, Floats]:
        """Standard normals, (R, width), and (S, columns) whose first R are theirs."""
        every = random.standard_normal((resolves, width))
        return every, np.vstack(
            [every[:, columns], random.standard_normal((samples - resolves, len(columns)))]
        )

    volume = _lognormal(random.standard_normal((samples, len(routing.labels))), doubt.volume)
    # The levels of an offer have one price, and move with it.
    bases, of_base = np.unique(table.base_offer[used], return_inverse=True)
    every_price, price = (_lognormal(z, doubt.price) for z in normals(len(table.base_offers), bases))
    every_price, price = every_price[:, table.base_offer], price[:, of_base]
    every_time, time = (_lognormal(z, doubt.time) for z in normals(len(table.offers), used))
    skills, every_skill, points = {}, {}, doubt.quality / Z95
    every, of_used = normals(len(table.models), models)
    for skill in sorted({name for label in routing.labels.values() for name in label.skills}):
        deviations = skill_deviations(table, catalog, skill, points)
        every_skill[skill] = deviations.noise(every)
        skills[skill] = deviations.of(models).noise(of_used)[:, code]
    measured = {
        name: own_deviations(label, points).noise(random.standard_normal((samples, len(label.measured))))
        for name, label in routing.labels.items()
        if label.is_tested
    }
    return Samples(volume, price, time, skills, every_price, every_time, every_skill, measured)


def _lognormal(z: Floats, doubt: float) -> Floats:
    """Factors of median 1 and 95th percentile 1 + doubt, of standard normals."""
    return np.asarray(np.exp(np.log1p(doubt) / Z95 * z))


@dataclass(frozen=True)
class _Simulation:
    """A plan under every sample: S samples, L labels, U offers in use, H self-hosted offers."""

    routing: Routing
    solver: ScenarioSolver
    problem: Problem
    solution: Solution
    used: Ints
    samples: Samples

    def run(self) -> dict[str, object]:
        """The fields of Chances."""
        plan = build_plan(self.routing, self.compiler, self.problem, self.solution)
        cost, kept = self.cost(), self.kept()
        all_kept = np.logical_and.reduce([np.ones(len(cost), dtype=bool), *kept.values()])
        low, high = np.percentile(cost, [5, 95])
        return {
            "cost": plan.cost or 0.0,
            "cost_mean": float(cost.mean()),
            "cost_5": float(low),
            "cost_95": float(high),
            "kept": {path: float(flags.mean()) for path, flags in kept.items()},
            "all_kept": float(all_kept.mean()),
            **self._regret(outcome_of(plan), cost, all_kept),
        }

    @property
    def compiler(self) -> Compiler:
        """Today's figures."""
        return self.solver.compiler

    @property
    def shares(self) -> Floats:
        """(L, U)."""
        assert self.solution.shares is not None
        return self.solution.shares[:, self.used]

    @property
    def replicas(self) -> Ints:
        """(H,)."""
        none = np.zeros(len(self.problem.hosts), dtype=np.int64)
        return none if self.solution.replicas is None else self.solution.replicas

    def cost(self) -> Floats:
        """(S,) USD a month."""
        money = self.problem.cost[:, self.used] * self.shares
        rent = float(self.replicas @ self.problem.fixed_cost)
        total = np.einsum("sl,lu,su->s", self.samples.volume, money, self.samples.price) + rent
        if self.problem.subscriptions:
            total += self._subscriptions_cost()
        return np.asarray(total)

    def _subscriptions_cost(self) -> Floats:
        """(S,) USD a month of the units bought, less what they cover of each sample."""
        shares = np.zeros(self.problem.cost.shape)
        shares[:, self.used] = self.shares
        every = np.ones((len(self.samples.price), len(self.problem.offers)))
        every[:, self.used] = self.samples.price
        return held_units_cost(self.problem, shares, self.samples.volume, every)

    def kept(self) -> dict[str, Bools]:
        """Rule -> (S,) whether each sample keeps it."""
        kept: dict[str, Bools] = {}
        budget = self.routing.limits.budget
        if budget is not None:
            kept["limits.budget"] = np.asarray(self.cost() <= budget * (1 + JUDGED_RULE_TOL))
        mean = np.zeros(len(self.samples.volume))
        for row, (name, label) in enumerate(self.routing.labels.items()):
            path, shares, points = f"labels.{name}", self.shares[row], self._quality(name, label)
            quality = points @ shares
            mean += self.problem.weight[row] * quality
            if (floor := points_of(label.min_quality)) is not None:
                kept[f"{path}.min_quality"] = np.asarray(quality >= floor - JUDGED_RULE_TOL)
            if (floor := points_of(label.min_quality_each)) is not None:
                worst = np.where(shares > 0, points, np.inf).min(axis=1)
                kept[f"{path}.min_quality_each"] = np.asarray(worst >= floor - JUDGED_RULE_TOL)
            if label.latency_limit is not None:
                late = self._late(name, label.latency_limit) @ shares
                max_late = self.problem.max_late[row]
                kept[f"{path}.max_latency"] = np.asarray(late <= max_late + JUDGED_RULE_TOL)
        if (floor := points_of(self.routing.limits.min_quality)) is not None:
            kept["limits.min_quality"] = np.asarray(mean >= floor - JUDGED_RULE_TOL)
        return {**kept, **self._provider_share_kept(), **self._rate_limits_kept()}

    def _provider_share_kept(self) -> dict[str, Bools]:
        """The largest provider's part of all requests, which moves with the labels' volumes."""
        cap = self.routing.limits.max_provider_share
        requests = np.array([label.requests for label in self.routing.labels.values()])
        if cap is None or cap >= 1 or not requests.sum():
            return {}
        volume = self.samples.volume * requests
        carried = volume @ self.shares / volume.sum(axis=1, keepdims=True)  # (S, U)
        provider = self.problem.provider[self.used]
        largest = np.max([carried[:, provider == p].sum(axis=1) for p in np.unique(provider)], axis=0)
        return {"limits.max_provider_share": np.asarray(largest <= cap + JUDGED_RULE_TOL)}

    def _quality(self, name: str, label: Label) -> Floats:
        """(S, U) 0-100 (contract: quality)."""
        table, used = self.compiler.table, self.used
        plain = np.nan_to_num(self.compiler.rows(self.routing, name).quality[used])
        if label.is_tested:
            keys = own_keys(label, table)[used]
            quality = plain + np.where(keys >= 0, self.samples.own[name][:, np.maximum(keys, 0)], 0.0)
        elif label.skills:
            quality = np.zeros(self.samples.price.shape)
            for skill, weight in label.skills.items():
                points = np.clip(table.skills[skill][used] + self.samples.skills[skill], 0.0, 100.0)
                quality += weight / sum(label.skills.values()) * points
        else:
            return np.zeros(self.samples.price.shape)
        exempt = exempt_offers(self.routing, name, table)[used]
        return np.where(exempt, plain, np.nan_to_num(np.clip(quality, 0.0, 100.0)))

    def _late(self, name: str, limit: float) -> Floats:
        """(S, U) shares of requests over the limit (contract: latency)."""
        rows = self.compiler.rows(self.routing, name)
        median, spread = rows.median[self.used] * self.samples.time, rows.spread[self.used]
        return np.nan_to_num(late_share(median, spread, limit))

    def _rate_limits_kept(self) -> dict[str, Bools]:
        """Of the offers in use: also the rate limits that only more traffic reaches."""
        limits = self.routing.limits
        crowded = limits.model_copy(update={"growth": limits.growth * MANY_TIMES})
        problem = self.compiler.compile(self.routing.model_copy(update={"limits": crowded}))
        column, kept = {int(offer): u for u, offer in enumerate(self.used)}, {}
        for rule in problem.linking:
            places = [(k, column[int(offer)]) for k, offer in enumerate(rule.offers) if int(offer) in column]
            if not rule.is_of_one_offer or not places:
                continue
            of_labels = sum(rule.coef[:, k] / MANY_TIMES * self.shares[:, u] for k, u in places)
            capacity = 1.0 if rule.replica_of < 0 else float(self.replicas[rule.replica_of])
            load = self.samples.volume @ of_labels
            kept[rule.path] = np.asarray(load <= capacity * (1 + JUDGED_RULE_TOL))
        return kept

    def _regret(self, now: Outcome, cost: Floats, kept: Bools) -> dict[str, object]:
        """How often the plan has the best offers; what the best, with hindsight, would save."""
        count, same, regrets = len(self.samples.every_price), 0, list[float]()
        for sample in range(count):
            routing = self.samples.routing(self.routing, sample)
            best = self.samples.solver(self.solver, sample).outcome(routing)
            same += best.choice == now.choice
            if kept[sample] and best.cost is not None and self.routing.objective == "cost":
                regrets.append(max(float(cost[sample]) - best.cost, 0.0))
        fields: dict[str, object] = {"resolved": count, "same": same / count} if count else {}
        if regrets:
            fields |= {"regret": float(np.mean(regrets)), "regret_95": float(np.percentile(regrets, 95))}
        return fields
