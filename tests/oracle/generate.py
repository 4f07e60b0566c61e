"""Random routings over random catalogues with every optional rule in play; about 7 in 10 are feasible."""

from __future__ import annotations

import os
from random import Random
from typing import Any

from . import formulas as f
from .catalogs import FEATURES, SIZES, SKILLS, TODAY, random_catalog, sig
from .eligible import entries
from .formulas import Json


def suite_cases(cases: int) -> int:
    """How many of so many random cases, or chunks of them, the tests try: a third, in `make fuzz` all."""
    return cases if "MODELPICK_FUZZ" in os.environ else -(-cases // 3)


def _label(r: Random) -> Json:
    tokens = r.choice([500, 2_000, 8_000, 20_000, 40_000])
    label: Json = {
        "requests": 0 if r.random() < 0.08 else r.choice([300, 4_000, 50_000, 400_000]),
        "input_tokens": tokens,
        "output_tokens": r.choice([100, 500, 1_500]),
    }
    if r.random() < 0.4:
        label["input_tokens_p95"] = int(tokens * r.choice([1.0, 1.2, 2.0, 3.0, 3.8]))
    if r.random() < 0.5:
        label["cached"] = r.choice([0.3, 0.6, 0.9])
    if r.random() < 0.3:
        label["cache_writes"] = r.choice([0.02, 0.1])
    if r.random() < 0.15:
        label["context"] = tokens * 3 + 2_000
    if r.random() < 0.75:
        label["skills"] = {s: r.choice([0.3, 0.6, 1.0]) for s in r.sample(SKILLS, r.choice([1, 1, 2]))}
    if r.random() < 0.15:
        label["features"] = [r.choice(FEATURES[:2])]
    if r.random() < 0.15:
        label["batch"] = True
    if r.random() < 0.3:
        label["weight"] = r.choice([0.2, 2.0, 5.0])
    return label


def _mix_rules(r: Random, catalog: Json, routing: Json, name: str) -> None:
    """Limits near what the eligible offers can do, so that they bind without always ruling everything out."""
    label = routing["labels"][name]
    rows = entries(catalog, routing, TODAY)[name]
    known = sorted(e.quality for e in rows if e.quality is not None)
    if known and r.random() < 0.6:
        low, high = known[len(known) // 4], known[-1]
        label["min_quality"] = sig(low + (high - low) * r.uniform(0.0, 0.8) if r.random() < 0.96 else 1.01)
    if known and r.random() < 0.15:
        label["min_quality_each"] = sig(known[len(known) // 3] * r.uniform(0.5, 1.0))
    laws = [w for w in (f.speed(catalog, label, e.offer) for e in rows) if w is not None]
    if laws and r.random() < 0.35:
        percentile = r.choice([95.0, 90.0, 50.0, 99.0])
        reach = sorted(f.own_percentile(law, percentile) for law in laws)
        label["max_latency"] = sig(r.choice(reach[: max(1, len(reach) * 2 // 3)]) * r.uniform(1.0, 2.0), 4)
        if percentile != 95.0:
            label["percentile"] = percentile


def _count_rules(r: Random, catalog: Json, routing: Json, name: str) -> None:
    label = routing["labels"][name]
    if r.random() < 0.4:
        label["max_models"] = r.choice([1, 2, 2, 3])
    if r.random() < 0.2 and label.get("max_models", 9) > 1:
        label["min_providers"] = 2
    if r.random() < 0.3:
        label["min_share"] = r.choice([0.05, 0.1, 0.25])
    rows = [e.offer for e in entries(catalog, routing, TODAY)[name]]
    if len(rows) > 2 and r.random() < 0.12:
        label["deny"] = [r.choice(rows)]
    if len(rows) > 2 and r.random() < 0.12:
        label["allow"] = sorted(r.sample(rows, len(rows) * 2 // 3 + 1))
    rows = [e.offer for e in entries(catalog, routing, TODAY)[name]]
    if rows and r.random() < 0.1:
        ineligible = r.random() < 0.05
        offer = r.choice(list(catalog["offers"])) if ineligible else r.choice(rows)
        label["pin"] = {offer: 1.0 if r.random() < 0.05 else r.choice([0.1, 0.25, 0.3])}
        label["max_models"] = max(2, label.get("max_models", 3))
        if label.get("min_share", 0.0) > 0.1:
            label["min_share"] = 0.1


def _limits(r: Random, catalog: Json) -> Json:
    lim: Json = {}
    providers, models = list(catalog["providers"]), list(catalog["models"])
    choices: list[tuple[float, str, Any]] = [
        (0.25, "max_models", r.choice([1, 2, 2, 3])),
        (0.2, "max_providers", r.choice([1, 2, 3])),
        (0.2, "max_provider_share", r.choice([0.5, 0.6, 0.7, 0.7, 0.9])),
        (0.06, "providers", sorted(r.sample(providers, len(providers) * 2 // 3 + 1))),
        (0.06, "deny_providers", [r.choice(providers)]),
        (0.06, "models", sorted(r.sample(models, len(models) * 2 // 3 + 1))),
        (0.06, "deny_models", [r.choice(models)]),
        (0.06, "open_weights", True),
        (0.06, "trains_on_data", False),
        (0.3, "growth", r.choice([0.5, 1.5, 3.0])),
        (0.4, "peak", r.choice([2.0, 8.0])),
    ]
    for chance, key, value in choices:
        if r.random() < chance:
            lim[key] = value
    return lim


def _rates(r: Random, catalog: Json, routing: Json) -> None:
    """Rate limits and hosting near the demand of the labels."""
    table = entries(catalog, routing, TODAY)
    for name, offer in catalog["offers"].items():
        mine = [e for rows in table.values() for e in rows if e.offer == name]
        rpm, tpm = (sum(getattr(e, k) for e in mine) or 10.0 for k in ("rpm", "tpm"))
        for kind, need in (("rpm", rpm), ("tpm", tpm)):
            if r.random() < 0.13:
                offer[kind] = max(1, int(need * r.uniform(0.3, 3.0)))
        if r.random() < 0.12:
            month = max([e.cost for e in mine], default=10.0) + 5.0
            split = r.uniform(0.4, 3.0)
            hosting = {"usd_per_hour": sig(month / f.HOURS / 3 * r.uniform(0.3, 2.0))}
            hosting["rpm"] = max(1, int(rpm / split) + 1)
            hosting["tpm"] = max(1, int(tpm / split * r.uniform(0.8, 2.0)) + 1)
            offer["hosting"] = hosting


def _budget(r: Random, catalog: Json, routing: Json) -> None:
    table = entries(catalog, routing, TODAY)
    least = sum(min((e.cost for e in rows), default=1.0) for rows in table.values())
    middle = sum(sorted(e.cost for e in rows)[len(rows) // 2] if rows else 1.0 for rows in table.values())
    if routing["objective"] == "quality" or r.random() < 0.25:
        routing["limits"]["budget"] = sig(max(1.0, least + (middle - least) * r.uniform(0.3, 3.0)), 4)


def random_case(seed: int, size: str) -> tuple[Json, Json]:
    """The catalogue and the routing of a seed, as tomllib would give them."""
    r = Random(f"{size}-{seed}")
    catalog = random_catalog(r, size)
    objective = "quality" if r.random() < 0.3 else "cost"
    labels = {f"l{i}": _label(r) for i in range(r.randint(*SIZES[size][3]))}
    if objective == "quality":
        for label in labels.values():
            label.setdefault("skills", {r.choice(SKILLS): 1.0})
    routing: Json = {"schema": 1, "objective": objective, "limits": _limits(r, catalog), "labels": labels}
    for name in labels:
        _mix_rules(r, catalog, routing, name)
        _count_rules(r, catalog, routing, name)
    _rates(r, catalog, routing)
    _budget(r, catalog, routing)
    return catalog, routing
