"""Random cases with every field that the contract has had since 2026-11-26 in play."""

from __future__ import annotations

from random import Random

from . import formulas as f
from .catalogs import FEATURES, SKILLS, TODAY, sig
from .eligible import entries
from .formulas import Json
from .generate import random_case
from .levels import full_name, spelled_out

REGIONS = ("eu", "us", "asia")
LEVELS = ("none", "low", "medium", "high")


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
    _levels(Random(f"levels-{size}-{seed}"), catalog, routing)
    _evidence(Random(f"evidence-{size}-{seed}"), catalog, routing)
    if r.random() < 0.5:
        add_plans(r, catalog, routing)
    return catalog, routing


def _levels(r: Random, catalog: Json, routing: Json) -> None:
    """Levels of some models, facts of their own for some, and their names in the rules."""
    for model in catalog["models"].values():
        if r.random() < 0.45:
            _efforts(r, model)
    for key, offer in list(catalog["offers"].items()):
        for level in catalog["models"][key.split("/", 1)[1]].get("efforts", {}):
            if r.random() < 0.25:
                catalog["offers"][f"{key}@{level}"] = _level_of_offer(r, offer)
    limits, labels = routing["limits"], routing["labels"].values()
    for table in (limits, *labels):
        for rule in ("models", "deny_models", "allow", "deny"):
            if rule in table:
                table[rule] = [_perhaps_at_level(r, catalog, name) for name in table[rule]]
    for label in labels:
        if "pin" in label:
            label["pin"] = {
                _perhaps_at_level(r, catalog, name, 0.4): share for name, share in label["pin"].items()
            }


def _efforts(r: Random, model: Json) -> None:
    names = r.sample(LEVELS, r.randint(1, 3))
    model["efforts"] = {}
    for level in names:
        facts: Json = model["efforts"].setdefault(level, {})
        if r.random() < 0.6:
            facts["verbosity"] = r.choice([0.4, 1.5, 3.0])
        if r.random() < 0.4:
            facts["skills"] = {s: sig(r.uniform(20, 95)) for s in SKILLS if r.random() < 0.8}
        elif r.random() < 0.3:
            value = r.uniform(20, 90)
            facts["fitted"] = {
                s: {"value": sig(value), "low": sig(value - 10), "high": sig(value + 8)} for s in SKILLS
            }
    model["default_effort"] = r.choice(names)
    for score in model.get("scores", []):
        if r.random() < 0.6:
            score["effort"] = r.choice(names)


def _level_of_offer(r: Random, offer: Json) -> Json:
    facts: Json = {}
    if r.random() < 0.4:
        facts["output"] = sig(offer["output"] * r.choice([0.5, 2.0]))
    if r.random() < 0.4:
        facts |= {"ttft": sig(r.uniform(0.1, 6.0)), "tps": sig(10.0 ** r.uniform(1.2, 2.4))}
    if r.random() < 0.1:
        facts["status"] = "retired"
    if r.random() < 0.1:
        facts["max_output"] = r.choice([500, 4_096])
    return facts


def _perhaps_at_level(r: Random, catalog: Json, name: str, chance: float = 0.5) -> str:
    levels = list(catalog["models"][name.rpartition("/")[2]].get("efforts", {}))
    return f"{name}@{r.choice(levels)}" if levels and r.random() < chance else name


def plan_case(seed: int, size: str) -> tuple[Json, Json]:
    """The grown case of this seed, always with subscriptions."""
    catalog, routing = grown_case(seed, size)
    if not routing["limits"].get("plans"):
        add_plans(Random(f"plans-{size}-{seed}"), catalog, routing)
    return catalog, routing


def add_plans(r: Random, catalog: Json, routing: Json) -> None:
    """Subscriptions of every kind, with allowances and prices near what the labels need."""
    table = entries(spelled_out(catalog), routing, TODAY)
    catalog["plans"] = {}
    for number in range(r.choice([1, 1, 2, 3])):
        provider = r.choice(list(catalog["providers"]))
        kind = r.choice(["usd", "requests", "tokens"])
        served = [e for rows in table.values() for e in rows if e.provider == provider]
        models = sorted({e.model for e in served})
        plan: Json = {"name": f"Plan {number}", "provider": provider}
        if models and r.random() < 0.4:
            plan["models"] = sorted(r.sample(models, r.randint(1, len(models))))
            served = [e for e in served if e.model in plan["models"]]
            plan["models"] = [_perhaps_at_level(r, catalog, name, 0.3) for name in plan["models"]]
        whole = {"usd": 0.0, "requests": 0.0, "tokens": 0.0}  # of the dearest offer of every label
        for rows in table.values():
            mine = [e for e in rows if e in served]
            if mine:
                dearest = max(mine, key=lambda e: e.cost)
                whole["usd"] += dearest.cost
                whole["requests"] += dearest.requests
                whole["tokens"] += dearest.requests * dearest.tokens
        part = r.choice([0.07, 0.2, 0.5, 0.9, 1.5])
        plan["allowance"] = {kind: max(sig(whole[kind] * part), 0.001)}
        plan["usd_per_month"] = (
            0.0 if r.random() < 0.12 else sig(whole["usd"] * part * r.choice([0.1, 0.2, 0.4, 0.6, 0.9]))
        )
        if r.random() < 0.5:
            plan["max_units"] = r.choice([1, 1, 2, 5])
        catalog["plans"][f"plan-{number}"] = plan
    names = list(catalog["plans"])
    routing["limits"]["plans"] = sorted(r.sample(names, r.randint(1, len(names))))
    if routing["limits"].get("budget") and r.random() < 0.4:
        routing["limits"]["budget"] = sig(routing["limits"]["budget"] * r.uniform(0.4, 1.0), 4)


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


def _evidence(r: Random, catalog: Json, routing: Json) -> None:
    """Intervals of skills, own tests, a confidence, and floors that are models' or the whole router's."""
    for model in catalog["models"].values():
        if r.random() < 0.4:
            model["fitted"] = {skill: _interval(r) for skill in SKILLS if r.random() < 0.85}
    labels = routing["labels"].values()
    for label in labels:
        if r.random() < 0.4:
            label["measured"] = _measured(r, catalog, label)
        if r.random() < 0.25:
            label["confidence"] = r.choice([0.5, 0.7, 0.95])
    if r.random() < 0.6:
        routing["limits"]["confidence"] = r.choice([0.6, 0.8, 0.9, 0.99])
    whole = spelled_out(catalog)
    table, names = f.skill_table(whole), {full_name(whole, m) for m in whole["models"]} | {*catalog["models"]}
    for label in labels:
        own = {m: f.own_quality(whole, table, label, m) for m in names}
        _floors(
            r, label, ("min_quality", "min_quality_each"), {m: q for m, q in own.items() if q is not None}
        )
    if all(f.tested(label) or label.get("skills") for label in labels) and r.random() < 0.5:
        means = {m: f.own_mean(whole, table, list(labels), m) for m in names}
        known = {m: q for m, q in means.items() if q is not None}
        if known and r.random() < 0.4:
            routing["limits"]["min_quality"] = _reference(r, known)
        else:
            routing["limits"]["min_quality"] = _reachable(r, whole, routing)


def _interval(r: Random) -> Json:
    value = sig(r.uniform(10, 95))
    low, high = sig(value * r.uniform(0.6, 1.0)), sig(value + (100 - value) * r.random())
    return {"value": value, "low": min(low, value), "high": max(high, value), "kind": "estimated"}


def _measured(r: Random, catalog: Json, label: Json) -> Json:
    """Own figures of models and offers: all, or of quality, or of anything else."""
    whole = spelled_out(catalog)
    levels = sorted({full_name(whole, m) for m in whole["models"]} - {*catalog["models"]})
    offers = [*catalog["offers"], *(f"{o.split('/')[0]}/{m}" for o in catalog["offers"] for m in levels)]
    offers = sorted({o for o in offers if o in whole["offers"] or o in catalog["offers"]})
    keys = [*catalog["models"], *(m for m in levels if r.random() < 0.5)]
    keys += r.sample(offers, min(3, len(offers)))
    scored, entries_ = r.random() < 0.6, {}
    for key in keys:
        own: Json = {}
        if scored and r.random() < 0.8:
            own["quality"] = sig(r.choice([0.0, 100.0, *(r.uniform(20, 98) for _ in range(8))]))
            own |= r.choice(
                [{}, {"n": r.choice([1, 20, 300])}, {"low": sig(own["quality"] * r.uniform(0.6, 0.99))}]
            )
        if r.random() < 0.3:
            own["output_tokens"] = sig(label["output_tokens"] * r.uniform(0.3, 4.0))
        if r.random() < 0.2:
            own["cost"] = sig(10.0 ** r.uniform(-4.5, -1.0))
        if r.random() < 0.2:
            own["latency"] = sig(r.uniform(0.5, 40.0))
        if r.random() < 0.2:
            own["spread"] = sig(r.uniform(1.0, 4.0))
        if r.random() < 0.2:
            own["cached"] = r.choice([0.0, 0.4, 0.85])
        if own and r.random() < 0.8:
            entries_[key] = own
    return entries_


def _floors(r: Random, label: Json, rules: tuple[str, ...], known: dict[str, float]) -> None:
    """Some floors as a model's."""
    for rule in rules:
        if not known:
            if not label.get("skills"):
                label.pop(rule, None)
        elif r.random() < (0.35 if rule in label else 0.08):
            label[rule] = _reference(r, known)


def _reference(r: Random, known: dict[str, float]) -> str:
    model = r.choice(sorted(known))
    return r.choice([model, f"{model} - {r.choice([1, 2.5, 5, 20])}"])


def _reachable(r: Random, catalog: Json, routing: Json) -> float:
    """A floor for the whole router near what its eligible offers can do."""
    table = entries(catalog, routing, TODAY)
    points = [[e.counted or 0.0 for e in rows] or [0.0] for rows in table.values()]
    weights = [label.get("weight", 1.0) for label in routing["labels"].values()]
    best = sum(w * max(own) for w, own in zip(weights, points, strict=True)) / sum(weights)
    return min(100.0, sig(best * r.choice([0.6, 0.8, 0.9, 0.97, 1.02])))


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
