"""More traffic, or another price: what it costs along the way and where the mix switches."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from ...domain.errors import InputError, nearest
from ...domain.routing import Routing
from ...domain.scenario import Outcome, Path, Stop, Switch, swaps
from ..compiler import Compiler
from ..conflicts import conflicts
from ..feasible import Feasible
from .switches import Found, stops_between, switches
from .world import World, grown, requests_of

LIMIT = 60.0  # seconds


def growth(
    routing: Routing,
    compiler: Compiler,
    label: str | None = None,
    *,
    low: float = 0.1,
    high: float = 1000.0,
    seconds: float = LIMIT,
) -> Path:
    """All requests, or one label's, times `low` to `high`: costs and every switch of the mix.

    Replicas that follow the traffic are no switch. Raises InputError for an unknown label or a bad range.
    """
    _check(low, high)
    if label is not None and label not in routing.labels:
        raise InputError(f"no label {label!r}{nearest(label, routing.labels)}", key="--label")
    world = World(compiler)
    found = _found(lambda by: world.outcome(grown(routing, by, label)), low, high, seconds)
    first = next((at for at, outcome in found.stops if outcome.status == "infeasible"), None)
    test = Feasible(compiler, perf_counter() + seconds)
    limits = () if first is None else conflicts(grown(routing, first, label), test)
    name = "requests" if label is None else f"labels.{label}.requests"
    now = requests_of(routing) if label is None else routing.labels[label].requests * routing.limits.growth
    return _path(name, "req/mo", now, found, limits)


def price_path(
    routing: Routing,
    compiler: Compiler,
    offer: str,
    *,
    low: float = 0.1,
    high: float = 10.0,
    seconds: float = LIMIT,
) -> Path:
    """Every price of one offer times `low` to `high`. Raises InputError for an unknown offer or range."""
    _check(low, high)
    table = compiler.table
    if offer not in table.index:
        raise InputError(f"unknown offer {offer!r}{nearest(offer, table.index)}", key="--offer")
    own = np.arange(len(table.offers)) == table.index[offer]
    world = World(compiler)
    found = _found(lambda by: world.priced(own, by).outcome(routing), low, high, seconds)
    return _path(f"offers.{offer}.price", "x", 1.0, found, ())


def _check(low: float, high: float) -> None:
    if not 0 < low < high < 1e9:
        raise InputError(f"a range runs from above 0 to something larger, not {low:g} to {high:g}")


def _found(solve: Callable[[float], Outcome], low: float, high: float, seconds: float) -> Found[Outcome]:
    return switches(solve, _kind, stops_between(low, high), seconds)


def _kind(outcome: Outcome) -> tuple[object, ...]:
    return (outcome.found, *sorted(outcome.choice.items()))


def _path(name: str, unit: str, now: float, found: Found[Outcome], limits: tuple[str, ...]) -> Path:
    return Path(
        input=name,
        unit=unit,
        now=now,
        stops=tuple(Stop(at=at, outcome=outcome) for at, outcome in found.stops),
        switches=tuple(
            Switch(
                below=one.below,
                at=one.at,
                before=one.before,
                after=one.after,
                swaps=swaps(one.before, one.after),
            )
            for one in found.brackets
        ),
        limits=limits,
        complete=found.complete,
    )
