"""What why-not says of an offer, asked of SCIP: optima with it and without, at figures beside its own."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from . import formulas as f
from . import scip
from .catalogs import TODAY
from .eligible import Entry, entries

Json = f.Json


@dataclass(frozen=True)
class World:
    """A routing over a catalogue, and one offer for one label."""

    catalog: Json
    routing: Json
    label: str
    offer: str

    @property
    def table(self) -> scip.Table:
        return entries(self.catalog, self.routing, TODAY)

    @property
    def own(self) -> Entry | None:
        return next((e for e in self.table[self.label] if e.offer == self.offer), None)

    def value(self, table: scip.Table | None = None, **pin: float) -> float | None:
        """The best objective (less is better); None where there is no plan."""
        routing = self.routing
        if pin:
            routing = deepcopy(routing)
            routing["labels"][self.label].setdefault("pin", {})[self.offer] = pin["pin"]
        answer = scip.solve(self.catalog, routing, TODAY, self.table if table is None else table)
        if answer["status"] != "optimal":
            return None
        return float(answer["objective"] * (-1 if routing["objective"] == "quality" else 1))

    def told(self, change: float) -> float:
        """A change of what is made least as a change of the objective."""
        return -change if self.routing["objective"] == "quality" else change

    def without(self, table: scip.Table | None = None) -> scip.Table:
        """The table where the offer may not serve the label."""
        table = dict(self.table if table is None else table)
        table[self.label] = [e for e in table[self.label] if e.offer != self.offer]
        return table

    def having(self, entry: Entry) -> scip.Table:
        """The table where the offer serves the label with these figures."""
        table = self.without()
        table[self.label] = [*table[self.label], entry]
        return table

    def excused(self, assumed: dict[str, float]) -> Entry:
        """The offer's figures for the label, whatever rules it breaks."""
        label, name = self.routing["labels"][self.label], self.offer
        law, limit = f.speed(self.catalog, label, name), f.limit_of(label)
        late = assumed.get("late", 0.0 if limit is None or law is None else f.late(law, limit))
        quality = assumed.get("quality", f.quality(f.skill_table(self.catalog), label, name))
        cost = f.monthly_cost(self.catalog, self.routing, label, name)
        need = f.demand(self.catalog, self.routing, label, name)
        entry = Entry(name, *f.split(name), cost, quality, late, need["rpm"], need["tpm"], base=name)
        return entry if quality is None else entry.at_quality(quality)

    def priced(self, factor: float) -> World:
        """The world where the offer's prices are all times a factor."""
        catalog = deepcopy(self.catalog)
        offer = catalog["offers"][self.offer]
        for prices in (offer, *offer.get("tiers", [])):
            for key in ("input", "output", "cache_read", "cache_write", "per_request"):
                if key in prices:
                    prices[key] *= factor
        if "hosting" in offer:
            offer["hosting"]["usd_per_hour"] *= factor
        return replace(self, catalog=catalog)

    def timed(self, factor: float) -> World:
        """The world where the offer takes its times by a factor."""
        catalog = deepcopy(self.catalog)
        catalog["offers"][self.offer]["ttft"] *= factor
        catalog["offers"][self.offer]["tps"] /= factor
        return replace(self, catalog=catalog)


def gains(world: World, table: scip.Table | None = None) -> float | None:
    """How much better the best plan is for having the offer, by its worth; None: no plan without it."""
    best, out = world.value(table), world.value(world.without(table))
    if best is None:
        return 0.0
    return None if out is None else (out - best) / max(abs(out), 1e-9)


def close(a: Any, b: Any, rel: float = 1e-6) -> bool:
    return (a is None) == (b is None) and (a is None or isclose(a, b, rel_tol=rel, abs_tol=1e-7))


def same(a: float | None, b: float | None, scale: float) -> bool:
    """Whether two differences of optima about as large as `scale` are one."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 1e-6 * max(abs(scale), 1e-3) + 1e-6 * abs(a)


def linear(catalog: Json, routing: Json) -> tuple[Json, Json]:
    """The same without anything whole, and without pins."""
    catalog, routing = deepcopy(catalog), deepcopy(routing)
    for offer in catalog["offers"].values():
        offer.pop("hosting", None)
    for rule in ("max_models", "max_providers"):
        routing["limits"].pop(rule, None)
        for label in routing["labels"].values():
            for own in ("max_models", "min_providers", "min_share", "pin"):
                label.pop(own, None)
    return catalog, routing
