"""The textbook mixed-integer model with every rule of the contract, solved by SCIP."""

from __future__ import annotations

from datetime import date
from typing import Any

from ortools.linear_solver import pywraplp

from .eligible import Entry, entries
from .formulas import HOURS, Json, limits, min_share, rate_limits

TIGHT = "numerics/feastol = 1e-9\nnumerics/dualfeastol = 1e-9\nlimits/gap = 0\nlimits/absgap = 0\n"
Key = tuple[str, str]
Table = dict[str, list[Entry]]


class Model:
    """Variables and rows; `fixed` (support, replicas) turns it into the linear programme of that choice."""

    def __init__(self, catalog: Json, routing: Json, table: Table, fixed: Any = None) -> None:
        self.catalog, self.routing, self.table = catalog, routing, table
        self.labels, self.limits = routing["labels"], limits(routing)
        self.s: Any = pywraplp.Solver.CreateSolver("GLOP" if fixed else "SCIP")
        self.cells: dict[Key, Entry] = {(n, e.offer): e for n, rows in table.items() for e in rows}
        self.x: dict[Key, Any] = {k: self.s.NumVar(0, 1, f"x{k}") for k in self.cells}
        self.y: dict[Key, Any] = {}
        self.n: dict[str, Any] = {}
        hosted = sorted({o for _, o in self.cells if "hosting" in catalog["offers"][o]})
        if fixed:
            self.y = {k: float(k in fixed[0]) for k in self.cells}
            self.n = {o: float(fixed[1][o]) for o in hosted}
        else:
            self.y = {k: self.s.BoolVar(f"y{k}") for k in self.cells}
            self.n = {o: self.s.IntVar(0, 1_000_000, f"n{o}") for o in hosted}
        self.label_rows()
        self.rate_rows()
        self.provider_share_rows()
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
                self.s.Add(self.x[name, offer] == share)
            if "min_quality" in label:
                reached = self.s.Sum([(e.quality or 0.0) * 0.01 * x for x, _, e in cells])
                self.s.Add(reached >= label["min_quality"] * 0.01)
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
        for offer in sorted({o for _, o in self.cells}):
            mine = [(self.x[k], e) for k, e in self.cells.items() if k[1] == offer]
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

    def cost(self, unit: float) -> Any:
        usd = {o: HOURS * self.catalog["offers"][o]["hosting"]["usd_per_hour"] for o in self.n}
        shares = [e.cost / unit * self.x[k] for k, e in self.cells.items()]
        return self.s.Sum(shares) + self.s.Sum([usd[o] / unit * n for o, n in self.n.items()])

    def aim(self) -> None:
        budget = self.limits.get("budget")
        if budget is not None:
            self.s.Add(self.cost(budget or 1.0) <= (1 if budget else 0))
        if self.routing.get("objective", "cost") == "cost":
            unit = budget or abs(sum(min(e.cost for e in rows) for rows in self.table.values())) or 1.0
            self.s.Minimize(self.cost(unit))
            return
        total = sum(label.get("weight", 1.0) for label in self.labels.values())
        self.s.Maximize(
            self.s.Sum(
                [
                    self.labels[k[0]].get("weight", 1.0) / total * (e.quality or 0.0) * self.x[k]
                    for k, e in self.cells.items()
                ]
            )
        )

    def run(self) -> int:
        if isinstance(next(iter(self.y.values())), float):
            self.s.SetSolverSpecificParametersAsString("primal_feasibility_tolerance: 1e-9")
        else:
            self.s.SetSolverSpecificParametersAsString(TIGHT)
        return int(self.s.Solve())


def measure(catalog: Json, routing: Json, table: Table, shares: dict[Key, float], n: Json) -> Json:
    """Cost and quality of shares, from the formulas' coefficients."""
    cost = sum(HOURS * catalog["offers"][o]["hosting"]["usd_per_hour"] * k for o, k in n.items())
    quality: float | None = 0.0
    total = sum(label.get("weight", 1.0) for label in routing["labels"].values())
    for name, rows in table.items():
        for e in rows:
            share = shares[name, e.offer]
            cost += e.cost * share
            if share > 1e-9 and e.quality is None:
                quality = None
            if quality is not None and e.quality is not None:
                quality += routing["labels"][name].get("weight", 1.0) / total * e.quality * share
    objective = cost if routing.get("objective", "cost") == "cost" else quality
    figures = {"cost": cost, "quality": quality, "objective": objective}
    return {"status": "optimal", **figures, "shares": shares, "replicas": n}


def hopeless(routing: Json, table: Table) -> bool:
    """A label without an eligible offer, or a pin on an offer that is not eligible."""
    have = {(name, e.offer) for name, rows in table.items() for e in rows}
    pins = {(name, offer) for name, label in routing["labels"].items() for offer in label.get("pin", {})}
    return not all(table.values()) or not pins <= have


def solve(catalog: Json, routing: Json, today: date, table: Table | None = None) -> Json:
    """Status, cost, quality and objective of the optimum; `table` instead of what the catalogue says."""
    table = entries(catalog, routing, today) if table is None else table
    nothing = {"status": "infeasible", "cost": None, "quality": None, "objective": None}
    if hopeless(routing, table):
        return nothing
    whole = Model(catalog, routing, table)
    status = whole.run()
    if status == pywraplp.Solver.INFEASIBLE:
        return nothing
    if status != pywraplp.Solver.OPTIMAL:
        raise RuntimeError(f"SCIP ended with status {status}")
    support = {k for k, y in whole.y.items() if y.solution_value() > 0.5}
    replicas = {o: round(n.solution_value()) for o, n in whole.n.items()}
    exact = Model(catalog, routing, table, (support, replicas))
    if exact.run() != pywraplp.Solver.OPTIMAL:
        raise RuntimeError("SCIP's choice does not survive being fixed")
    shares = {k: x.solution_value() for k, x in exact.x.items()}
    return measure(catalog, routing, table, shares, replicas)
