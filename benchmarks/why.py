"""Explanations, shipped catalogue and six labels: frontiers of 50 points, and rules that cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from modelpick.engine.adapters.routing_file import load_catalog, load_routing, with_sets
from modelpick.engine.domain.catalog import Catalog
from modelpick.engine.domain.routing import Routing
from modelpick.engine.solver.analysis.frontier import frontier
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.pick import Picker

from .catalogues import AS_OF
from .instances import instance
from .report import Result, Table, judged, seconds

COUPLED = ("limits.max_models=4", "limits.max_provider_share=0.6", "limits.max_providers=2")
ROUTING = Path(__file__).with_name("six_labels.toml")
FRONTIER = 1.0  # seconds for 50 points
NAMED = {
    "shipped catalogue": 100.0,
    "milp 3,000": 300.0,
}  # ms at p95, from the routing to the rules that clash
HEAD = ("edits that leave no plan", "edits", "p50", "p95", "most", "the worst edit")


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
    for sets in COUPLED:
        start = perf_counter()
        found = frontier(with_sets(routing, [sets]), Compiler(catalog, AS_OF), None, points)
        rows.append((f"the whole, {sets}", str(len(found.points)), seconds(perf_counter() - start)))
    said = [judged(f"{points} points of the whole", whole, FRONTIER, least=False, unit=" s")]
    curves = Table("frontier, shipped catalogue, 6 labels", ("of", "points", "time"), rows, said)
    large = instance("milp", 300 if points < 50 else 3000, 6)
    asked = (
        ("shipped catalogue", catalog, routing),
        (f"milp {large.offers:,}", large.catalog, large.routing),
    )
    return Result([curves, *(_clashes(title, *one, labels) for title, *one in asked)])


def _clashes(title: str, catalog: Catalog, routing: Routing, labels: int) -> Table:
    """How long it takes to name the rules that clash, and to mend them as well."""
    picker, named, mended = Picker(catalog, AS_OF), list[tuple[float, str]](), list[tuple[float, str]]()
    picker.pick(routing)
    for sets in _impossible(routing, labels):
        edited = with_sets(routing, sets)
        for times, mend in ((named, False), (mended, True)):
            start = perf_counter()
            plan = picker.pick(edited, mend=mend)
            if plan.status == "infeasible":
                times.append((perf_counter() - start, " ".join(sets)))
    rows = [_row("until the clash is named", named), _row("until it is mended as well", mended)]
    p95 = float(np.quantile([spent for spent, _ in named], 0.95)) * 1e3
    said = [judged("named p95", p95, NAMED[title], least=False, unit=" ms")] if title in NAMED else []
    return Table(f"infeasible, {title}, 6 labels", HEAD, rows, said)


def _row(what: str, times: list[tuple[float, str]]) -> tuple[str, ...]:
    figures = [seconds(float(np.quantile([spent for spent, _ in times], q))) for q in (0.5, 0.95, 1.0)]
    return (what, str(len(times)), *figures, max(times)[1])


def _impossible(routing: Routing, labels: int) -> Iterator[list[str]]:
    yield ["limits.budget=0.5"]
    yield ["limits.max_provider_share=0.1"]
    yield ["objective=quality", "limits.budget=1"]
    for label in list(routing.labels)[:labels]:
        yield [f"labels.{label}.min_quality=99"]
        yield [f"labels.{label}.max_latency=0.5"]
        yield [f"labels.{label}.context=9000000"]
        yield [f"labels.{label}.min_providers=9", f"labels.{label}.max_models=4"]
