"""Random cases with every field that the contract has had since 2026-11-26 in play."""

from __future__ import annotations

from random import Random

from . import formulas as f
from .catalogs import FEATURES, sig
from .formulas import Json
from .generate import random_case

REGIONS = ("eu", "us", "asia")


def grown_case(seed: int, size: str) -> tuple[Json, Json]:
    """The case of this seed with more figures and rules."""
    catalog, routing = random_case(seed, size)
    r = Random(f"grown-{size}-{seed}")
    for provider in catalog["providers"].values():
        if r.random() < 0.7:
            provider["regions"] = sorted(r.sample(REGIONS, r.randint(1, 2)))
    for model in catalog["models"].values():
        if r.random() < 0.4:
            model["prompt_tokens"] = r.choice([0.8, 1.1, 1.35])
        if r.random() < 0.2:
            model["max_input"] = r.choice([16_000, 60_000, 180_000])
    for offer in catalog["offers"].values():
        _offer(r, offer)
    if r.random() < 0.2:
        routing["limits"]["regions"] = sorted(r.sample(REGIONS, r.randint(1, 2)))
    _limits(r, catalog, routing)
    return catalog, routing


def _offer(r: Random, offer: Json) -> None:
    if r.random() < 0.15:
        offer["features"] = sorted(r.sample(FEATURES, r.randint(1, 4)))
    if r.random() < 0.2:
        offer["regions"] = sorted(r.sample(REGIONS, r.randint(0, 2)))
    if r.random() < 0.15:
        offer["max_input"] = r.choice([10_000, 50_000])
    if r.random() < 0.2:
        offer["hours"] = [{"share": r.choice([0.3, 0.79]), "factor": r.choice([0.5, 0.25, 1.5])}]
        if r.random() < 0.4:
            offer["hours"].append({"share": 0.1, "factor": 2.0})


def _limits(r: Random, catalog: Json, routing: Json) -> None:
    """Limits of every kind, near the demand."""
    for name, offer in catalog["offers"].items():
        loads = [f.demand(catalog, routing, label, name) for label in routing["labels"].values()]
        for kind in ("rpd", "tpd", "itpm", "otpm"):
            need = sum(load[kind] for load in loads) or 10.0
            if "hosting" not in offer and r.random() < 0.12:
                offer[kind] = max(1.0, sig(need * r.uniform(0.3, 3.0)))
        if r.random() < 0.3:
            offer["cache_reads_count"] = False
