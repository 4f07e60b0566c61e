"""A session of edits on a large catalogue: how long each takes from the new routing to its plan.

Every answer is compared with a solve that remembers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from modelpick.engine.domain.references import points_of
from modelpick.engine.domain.routing import Routing
from modelpick.engine.solver.compile.compiler import Compiler
from modelpick.engine.solver.pick import Picker
from modelpick.engine.solver.solve import solve

from .catalogues import AS_OF
from .instances import Family, instance
from .report import Result, Table, judged, seconds

HEAD = ("family", "first", "edits", "p50", "p95", "worst", "the worst edit")
SESSIONS: tuple[Family, ...] = ("own", "lp", "milp")
TARGET = 50.0  # milliseconds, p95

Edit = Callable[[Routing, str, np.random.Generator], Routing]


def run(offers: int, edits: int, limit: float, families: Sequence[Family] = SESSIONS) -> Result:
    """One row per family."""
    rows, notes, faults = [], [], []
    for family in families:
        one = instance(family, offers, 6)
        times, kinds, wrong = _session(one.catalog, one.routing, edits, limit)
        first, later = times[0], np.array(times[1:])
        p50, p95 = np.quantile(later, 0.5), np.quantile(later, 0.95)
        worst = kinds[int(later.argmax())]
        figures = (seconds(first), str(len(later)), seconds(p50), seconds(p95), seconds(later.max()))
        rows.append((family, *figures, worst))
        notes.append(judged(f"{family} p95", p95 * 1e3, TARGET, least=False, unit=" ms"))
        faults += [f"{family} {offers:,} x 6 edits: {fault}" for fault in wrong]
    notes += [f"*** {fault}" for fault in faults]
    return Result([Table(f"edits at {offers:,} x 6, routing to plan", HEAD, rows, notes)], faults)


def session(routing: Routing, edits: int, seed: int = 1) -> Iterator[tuple[str, Routing]]:
    """What someone does who tries things out: (kind of edit, routing), the same every time."""
    rng = np.random.default_rng(seed)
    names, past = list(routing.labels), [routing]
    for _ in range(edits):
        kind = str(rng.choice([*EDITS, "undo"]))
        if kind == "undo" and len(past) > 1:
            past.pop()
        else:
            kind = kind if kind != "undo" else "step min_quality"
            past.append(EDITS[kind](past[-1], str(rng.choice(names)), rng))
        yield kind, past[-1]


def _session(
    catalog: Any, routing: Routing, edits: int, limit: float
) -> tuple[list[float], list[str], list[str]]:
    picker, compiler = Picker(catalog, AS_OF), Compiler(catalog, AS_OF)
    start = perf_counter()
    picker.pick(routing, limit)
    times, kinds, wrong = [perf_counter() - start], [], []
    for kind, edited in session(routing, edits):
        start = perf_counter()
        plan = picker.pick(edited, limit)
        times.append(perf_counter() - start)
        kinds.append(kind)
        cold = solve(compiler.compile(edited), limit)
        if plan.status != cold.status:
            wrong.append(f"{kind}: {plan.status}, from scratch {cold.status}")
        elif cold.status == "optimal" and abs((plan.cost or 0.0) - cold.value) > 1e-6 * abs(cold.value):
            wrong.append(f"{kind}: {plan.cost!r}, from scratch {cold.value!r}")
    return times, kinds, wrong


def _changed(routing: Routing, name: str, **changes: Any) -> Routing:
    label = routing.labels[name].model_copy(update=changes)
    return routing.model_copy(update={"labels": {**routing.labels, name: label}})


def _quality(routing: Routing, name: str, rng: np.random.Generator) -> Routing:
    now = points_of(routing.labels[name].min_quality)
    least = 50.0 if now is None else now + float(rng.choice([-1, 1]))
    return _changed(routing, name, min_quality=round(least, 2))


def _latency(routing: Routing, name: str, rng: np.random.Generator) -> Routing:
    now = routing.labels[name].max_latency or 30.0
    return _changed(routing, name, max_latency=max(now + float(rng.choice([-1, 1])), 1.0))


def _requests(routing: Routing, name: str, rng: np.random.Generator) -> Routing:
    now = routing.labels[name].requests
    return _changed(routing, name, requests=max(now * float(rng.choice([0.9, 1.1])), 100.0))


def _dropped(routing: Routing, name: str, rng: np.random.Generator) -> Routing:
    return _changed(routing, name, **{str(rng.choice(["min_quality", "max_latency"])): None})


def _added(routing: Routing, name: str, rng: np.random.Generator) -> Routing:
    return _changed(routing, name, features=("tools",) if rng.random() < 0.5 else ("vision",))


EDITS: dict[str, Edit] = {
    "step min_quality": _quality,
    "step max_latency": _latency,
    "step requests": _requests,
    "drop a rule": _dropped,
    "add a rule": _added,
}
