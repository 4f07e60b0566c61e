"""Explanations, shipped catalogue and six labels: frontiers of 50 points, and rules that cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from modelpick.engine.adapters.files import load_catalog, load_routing, with_sets
from modelpick.engine.domain.routing import Routing
from modelpick.engine.solver.compiler import Compiler
from modelpick.engine.solver.frontier import frontier
from modelpick.engine.solver.pick import Picker

from .catalogues import AS_OF
from .report import Result, Table, judged, seconds

ROUTING = Path(__file__).with_name("six_labels.toml")
FRONTIER, CLASH = 1.0, 100.0  # seconds for 50 points; milliseconds at p95, from the routing to its repairs


def run(points: int, labels: int) -> Result:
    """One table of frontiers, one of infeasible edits of the first `labels` labels."""
    catalog, routing = load_catalog(None), load_routing(ROUTING)
    rows, whole = [], 0.0
    for label in (None, *list(routing.labels)[:labels]):
        start = perf_counter()
        found = frontier(routing, Compiler(catalog, AS_OF), label, points)
        spent = perf_counter() - start
        whole = spent if label is None else whole
        rows.append((label or "the whole routing", str(len(found.points)), seconds(spent)))
    said = [judged(f"{points} points of the whole", whole, FRONTIER, least=False, unit=" s")]
    curves = Table("frontier, shipped catalogue, 6 labels", ("of", "points", "time"), rows, said)
    picker, times = Picker(catalog, AS_OF), []
    picker.pick(routing)
    for sets in _impossible(routing, labels):
        start = perf_counter()
        plan = picker.pick(with_sets(routing, sets))
        if plan.status == "infeasible":
            times.append(perf_counter() - start)
    p50, p95, most = (float(np.quantile(times, q)) for q in (0.5, 0.95, 1.0))
    head = ("edits that leave no plan", "edits", "p50", "p95", "most")
    row = ("to what clashes and mends", str(len(times)), seconds(p50), seconds(p95), seconds(most))
    target = judged("clashes p95", p95 * 1e3, CLASH, least=False, unit=" ms")
    return Result([curves, Table("infeasible, shipped catalogue, 6 labels", head, [row], [target])])


def _impossible(routing: Routing, labels: int) -> Iterator[list[str]]:
    yield ["limits.budget=0.5"]
    yield ["limits.max_provider_share=0.1"]
    yield ["objective=quality", "limits.budget=1"]
    for label in list(routing.labels)[:labels]:
        yield [f"labels.{label}.min_quality=99"]
        yield [f"labels.{label}.max_latency=0.5"]
        yield [f"labels.{label}.context=9000000"]
        yield [f"labels.{label}.min_providers=9", f"labels.{label}.max_models=4"]
