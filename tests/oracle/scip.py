"""The textbook mixed-integer model with every rule of the contract, solved by SCIP."""

from __future__ import annotations

from datetime import date
from typing import Any

from ortools.linear_solver import pywraplp

from . import formulas as f
from .eligible import Entry, entries
from .formulas import HOURS, Json, limits, min_share, rate_limits
from .levels import key_of, spelled_out

TIGHT = "numerics/feastol = 1e-9\nnumerics/dualfeastol = 1e-9\nlimits/gap = 0\nlimits/absgap = 0\n"
Key = tuple[str, str]
Table = dict[str, list[Entry]]


class Model:
    """Variables and rows; `fixed` (support, replicas) turns it into the linear programme of that choice."""

    def __init__(self, catalog: Json, routing: Json, table: Table, fixed: Any = None) -> None:
        self.catalog, self.routing, self.table = catalog, routing, table
        self.labels, self.limits = routing["labels"], limits(routing)
        self.skills = f.skill_table(catalog)
        self.s: Any = pywraplp.Solver.CreateSolver("GLOP" if fixed else "SCIP")
        self.cells: dict[Key, Entry] = {(n, e.offer): e for n, rows in table.items() for e in rows}
        self.x: dict[Key, Any] = {k: self.s.NumVar(0, 1, f"x{k}") for k in self.cells}
        self.y: dict[Key, Any] = {}
        self.n: dict[str, Any] = {}
        hosted = sorted({e.base for e in self.cells.values() if "hosting" in catalog["offers"][e.offer]})
        self.u: dict[str, Any] = {}
        if fixed:
            self.y = {k: float(k in fixed[0]) for k in self.cells}
            self.n = {o: float(fixed[1][o]) for o in hosted}
        else:
            self.y = {k: self.s.BoolVar(f"y{k}") for k in self.cells}
            self.n = {o: self.s.IntVar(0, 1_000_000, f"n{o}") for o in hosted}
        for name in self.limits.get("plans", []):
            most = catalog["plans"][name].get("max_units", 1_000_000)
            self.u[name] = float(fixed[2][name]) if fixed else self.s.IntVar(0, most, f"u {name}")
        self.label_rows()
        self.rate_rows()
        self.provider_share_rows()
        self.covered = self.plan_rows()
        self.whole_quality_row()
        if not fixed:
            self.label_count_rows()
            self.count_rows("model", "max_models")
            self.count_rows("provider", "max_providers")
        self.aim()

    def label_rows(self) -> None:
        for name, label in self.labels.items():
            cells = [(self.x[name, e.offer], self.y[name, e.offer], e) for e in self.table[name]]
            self.s.Add(self.s.Sum([x for x, _, _ in cells]) == 1)
            for x, y, _ in cells:
                self.s.Add(x <= y)
                self.s.Add(x >= min_share(label) * y)
            for offer, share in label.get("pin", {}).items():
                self.s.Add(self.x[name, key_of(self.catalog, offer)] == share)
            if "min_quality" in label:
                reached = self.s.Sum([(e.counted or 0.0) * 0.01 * x for x, _, e in cells])
                floor = f.floor_of(self.catalog, self.skills, label, "min_quality")
                self.s.Add(reached >= (floor or 0.0) * 0.01)
            if label.get("max_latency") is not None and not label.get("batch", False):
                allowed = 1.0 - label.get("percentile", 95.0) / 100.0
                self.s.Add(self.s.Sum([e.late * x for x, _, e in cells]) <= allowed)

    def label_count_rows(self) -> None:
        for name, label in self.labels.items():
            mine: dict[str, list[Any]] = {}
            for e in self.table[name]:
                mine.setdefault(e.provider, []).append(self.y[name, e.offer])
            if "max_models" in label:
                self.s.Add(self.s.Sum([y for ys in mine.values() for y in ys]) <= label["max_models"])
            if label.get("min_providers", 1) > 1:
                carries = []
                for ys in mine.values():
                    carries.append(self.s.BoolVar(""))
                    self.s.Add(carries[-1] <= self.s.Sum(ys))
                self.s.Add(self.s.Sum(carries) >= label["min_providers"])

    def count_rows(self, what: str, rule: str) -> None:
        if rule not in self.limits:
            return
        names = sorted({getattr(e, what) for e in self.cells.values()})
        z = {name: self.s.BoolVar(f"{what} {name}") for name in names}
        for key, e in self.cells.items():
            self.s.Add(self.y[key] <= z[getattr(e, what)])
        self.s.Add(self.s.Sum(list(z.values())) <= self.limits[rule])

    def rate_rows(self) -> None:
        for offer in sorted({e.base for e in self.cells.values()}):
            mine = [(self.x[k], e) for k, e in self.cells.items() if e.base == offer]
            for kind, cap in rate_limits(self.catalog["offers"][offer]):
                self.s.Add(self.s.Sum([getattr(e, kind) / cap * x for x, e in mine]) <= self.n.get(offer, 1))

    def provider_share_rows(self) -> None:
        total = sum(label["requests"] for label in self.labels.values())
        if "max_provider_share" not in self.limits or total == 0:
            return
        for provider in sorted({e.provider for e in self.cells.values()}):
            mine = [
                self.labels[k[0]]["requests"] / total * self.x[k]
                for k, e in self.cells.items()
                if e.provider == provider
            ]
            self.s.Add(self.s.Sum(mine) <= self.limits["max_provider_share"])

    def plan_rows(self) -> list[tuple[Key, Any]]:
        """The covered share of every label and offer that a plan may cover, and the plans' allowances."""
        covered: list[tuple[Key, Any]] = []
        for name, units in self.u.items():
            plan = self.catalog["plans"][name]
            mine = {}
            for key, e in self.cells.items():
                listed = plan.get("models")
                level = self.catalog["models"][f.split(e.offer)[1]].get("level")
                if e.provider == plan["provider"] and (
                    listed is None or e.model in listed or f"{e.model}@{level}" in listed
                ):
                    mine[key] = self.s.NumVar(0, 1, f"v {name} {key}")
            for kind, most in plan["allowance"].items():
                used = []
                for key, v in mine.items():
                    e = self.cells[key]
                    each = {"usd": e.cost, "requests": e.requests, "tokens": e.requests * e.tokens}[kind]
                    used.append(each / most * v)
                self.s.Add(self.s.Sum(used) <= units)
            covered += mine.items()
        for key, x in self.x.items():
            parts = [v for k, v in covered if k == key]
            if parts:
                self.s.Add(self.s.Sum(parts) <= x)
        return covered

    def whole_quality_row(self) -> None:
        floor = f.whole_floor(self.catalog, self.routing, self.skills)
        if floor is not None:
            self.s.Add(self.counted_mean() >= floor)

    def counted_mean(self) -> Any:
        total = sum(label.get("weight", 1.0) for label in self.labels.values())
        return self.s.Sum(
            [
                self.labels[k[0]].get("weight", 1.0) / total * (e.counted or 0.0) * self.x[k]
                for k, e in self.cells.items()
            ]
        )

    def cost(self, unit: float) -> Any:
        usd = {o: HOURS * self.catalog["offers"][o]["hosting"]["usd_per_hour"] for o in self.n}
        shares = [e.cost / unit * self.x[k] for k, e in self.cells.items()]
        plans = [self.catalog["plans"][p]["usd_per_month"] / unit * u for p, u in self.u.items()]
        plans += [-self.cells[k].cost / unit * v for k, v in self.covered]
        return (
            self.s.Sum(shares)
            + self.s.Sum([usd[o] / unit * n for o, n in self.n.items()])
            + self.s.Sum(plans)
        )

    def aim(self) -> None:
        budget = self.limits.get("budget")
        if budget is not None:
            self.s.Add(self.cost(budget or 1.0) <= (1 if budget else 0))
        if self.routing.get("objective", "cost") == "cost":
            unit = budget or abs(sum(min(e.cost for e in rows) for rows in self.table.values())) or 1.0
            self.s.Minimize(self.cost(unit))
            return
        self.s.Maximize(self.counted_mean())

    def run(self) -> int:
        if isinstance(next(iter(self.y.values())), float):
            self.s.SetSolverSpecificParametersAsString("primal_feasibility_tolerance: 1e-9")
        else:
            self.s.SetSolverSpecificParametersAsString(TIGHT)
        return int(self.s.Solve())


def measure(catalog: Json, routing: Json, table: Table, shares: dict[Key, float], n: Json) -> Json:
    """Cost and quality of shares, from the formulas' coefficients; plans aside."""
    cost = sum(HOURS * catalog["offers"][o]["hosting"]["usd_per_hour"] * k for o, k in n.items())
    quality: float | None = 0.0
    counted = 0.0
    total = sum(label.get("weight", 1.0) for label in routing["labels"].values())
    for name, rows in table.items():
        for e in rows:
            share = shares[name, e.offer]
            cost += e.cost * share
            if share > 1e-9 and e.quality is None:
                quality = None
            if quality is not None and e.quality is not None:
                quality += routing["labels"][name].get("weight", 1.0) / total * e.quality * share
            counted += routing["labels"][name].get("weight", 1.0) / total * (e.counted or 0.0) * share
    objective = cost if routing.get("objective", "cost") == "cost" else counted
    figures = {"cost": cost, "quality": quality, "counted": counted, "objective": objective}
    return {"status": "optimal", **figures, "shares": shares, "replicas": n}


def hopeless(routing: Json, table: Table, catalog: Json | None = None) -> bool:
    """A label without an eligible offer, or a pin on an offer that is not eligible."""
    have = {(name, e.offer) for name, rows in table.items() for e in rows}
    pins = {
        (name, key_of(catalog, offer) if catalog else offer)
        for name, label in routing["labels"].items()
        for offer in label.get("pin", {})
    }
    return not all(table.values()) or not pins <= have


def solve(catalog: Json, routing: Json, today: date, table: Table | None = None) -> Json:
    """Status, cost, quality and objective of the optimum; `table` instead of what the catalogue says."""
    if not any("base" in facts for facts in catalog["models"].values()):
        catalog = spelled_out(catalog)
    table = entries(catalog, routing, today) if table is None else table
    nothing = {"status": "infeasible", "cost": None, "quality": None, "objective": None}
    if hopeless(routing, table, catalog):
        return nothing
    whole = Model(catalog, routing, table)
    status = whole.run()
    if status == pywraplp.Solver.INFEASIBLE:
        return nothing
    if status != pywraplp.Solver.OPTIMAL:
        raise RuntimeError(f"SCIP ended with status {status}")
    support = {k for k, y in whole.y.items() if y.solution_value() > 0.5}
    replicas = {o: round(n.solution_value()) for o, n in whole.n.items()}
    units = {plan: round(u.solution_value()) for plan, u in whole.u.items()}
    exact = Model(catalog, routing, table, (support, replicas, units))
    if exact.run() != pywraplp.Solver.OPTIMAL:
        raise RuntimeError("SCIP's choice does not survive being fixed")
    shares = {k: x.solution_value() for k, x in exact.x.items()}
    answer = measure(catalog, routing, table, shares, replicas)
    saved = sum(exact.cells[key].cost * v.solution_value() for key, v in exact.covered)
    bought = sum(catalog["plans"][plan]["usd_per_month"] * u for plan, u in units.items())
    answer["cost"] += bought - saved
    if routing.get("objective", "cost") == "cost":
        answer["objective"] = answer["cost"]
    return answer | {"units": units, "saved": saved}
