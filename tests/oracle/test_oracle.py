"""The oracle against itself: SCIP's textbook model, enumeration, simulation and worked examples."""

from __future__ import annotations

from collections import Counter
from math import exp, isclose, log, sqrt
from random import Random

import pytest

from . import enumerate as exhaustive
from . import formulas as f
from . import scip
from .catalogs import SIZES, TODAY
from .eligible import entries
from .generate import random_case, suite_cases
from .recheck import violations

CHUNK = 25


def as_plan(catalog: f.Json, routing: f.Json, answer: f.Json) -> f.Json:
    """SCIP's shares in the shape of `solve --json`."""
    table, labels = f.skill_table(catalog), {}
    for name, label in routing["labels"].items():
        routes, laws = [], []
        for (where, offer), share in answer["shares"].items():
            if where != name or share <= 1e-9:
                continue
            law = f.speed(catalog, label, offer)
            point = None if law is None else f.own_percentile(law, label.get("percentile", 95.0))
            cost = share * f.monthly_cost(catalog, routing, label, offer)
            q = f.quality(table, label, offer)
            counted = f.counted(catalog, routing, table, label, offer)
            route = {"offer": offer, "share": share, "cost": cost, "quality": q, "latency": point}
            routes.append(route | {"counted": counted, "covered": {}})
            laws.append((share, law))
        known = [(s, law) for s, law in laws if law is not None]
        whole, limit = len(known) == len(laws), f.limit_of(label)
        scored = all(r["quality"] is not None for r in routes)
        own = {f.split(r["offer"])[0] for r in routes}
        rest = [e.offer for e in entries(catalog, routing, TODAY)[name] if e.provider not in own]
        labels[name] = {
            "cost": sum(r["cost"] for r in routes),
            "quality": sum(r["share"] * r["quality"] for r in routes) if scored else None,
            "counted": sum(r["share"] * r["counted"] for r in routes) if scored else None,
            "late": None if limit is None else sum(s * f.late(law, limit) for s, law in known),
            "latency": f.mix_percentile(known, label.get("percentile", 95.0)) if whole else None,
            "routes": routes,
            "fallbacks": rest,
        }
    weights = {name: label.get("weight", 1.0) for name, label in routing["labels"].items()}
    counted_of = {name: label["counted"] for name, label in labels.items()}
    total = sum(weights.values())
    whole_counted = None
    if total and None not in counted_of.values():
        whole_counted = sum(weights[name] * counted for name, counted in counted_of.items()) / total
    keep = {key: answer[key] for key in ("status", "cost", "quality", "replicas")}
    return keep | {"objective": routing["objective"], "labels": labels, "plans": {}, "counted": whole_counted}


@pytest.mark.parametrize("chunk", range(suite_cases(12)))
def test_scip_agrees_with_enumeration(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        catalog, routing = random_case(seed, "tiny")
        mine, all_ = (way.solve(catalog, routing, TODAY) for way in (scip, exhaustive))
        assert mine["status"] == all_["status"], f"tiny {seed}"
        if mine["status"] == "optimal":
            assert isclose(mine["objective"], all_["objective"], rel_tol=1e-6, abs_tol=1e-9), f"tiny {seed}"


@pytest.mark.parametrize("size", SIZES)
def test_scips_answers_break_no_rule(size: str) -> None:
    for seed in range(suite_cases(15 if size == "medium" else 40)):
        catalog, routing = random_case(seed, size)
        answer = scip.solve(catalog, routing, TODAY)
        if answer["status"] == "optimal":
            assert violations(catalog, routing, as_plan(catalog, routing, answer)) == [], f"{size} {seed}"


def test_most_cases_are_feasible_and_every_rule_occurs() -> None:
    seen: Counter[str] = Counter()
    feasible = 0
    for seed in range(200):
        catalog, routing = random_case(seed, "small")
        feasible += scip.solve(catalog, routing, TODAY)["status"] == "optimal"
        parts = [routing["limits"], *routing["labels"].values(), *catalog["offers"].values()]
        seen.update(key for part in parts for key in part)
        seen["idle"] += any(label["requests"] == 0 for label in routing["labels"].values())
        seen[routing["objective"]] += 1
    rules = "budget max_models max_providers max_provider_share growth peak min_quality min_quality_each"
    rules += " max_latency percentile features min_share min_providers allow deny pin batch weight context"
    rules += " cached cache_writes input_tokens_p95 tiers per_request hosting rpm tpm retires idle quality"
    assert [rule for rule in rules.split() if seen[rule] < 3] == []
    assert 120 <= feasible <= 170


def test_a_violation_of_each_kind_is_seen() -> None:
    """Spoiling one figure of a right plan is always noticed."""
    for seed in range(10):
        catalog, routing = random_case(seed, "small")
        answer = scip.solve(catalog, routing, TODAY)
        if answer["status"] != "optimal":
            continue
        for key in ("cost", "share"):
            plan = as_plan(catalog, routing, answer)
            first = next(iter(plan["labels"].values()))
            first["routes"][0][key] = first["routes"][0][key] * 1.001 + 1e-3
            assert violations(catalog, routing, plan) != []


def test_the_founding_reports_budgets() -> None:
    """10 M input + 5 M output tokens at its prices: 0.75, 130.00 and 1.60 USD."""
    for offer, usd in (((0.05, 0.05), 0.75), ((5.0, 16.0), 130.0), ((0.06, 0.2), 1.6)):
        prices = {"input": offer[0], "output": offer[1]}
        catalog = {"providers": {"p": {}}, "models": {"m": {}}, "offers": {"p/m": prices}}
        label = {"requests": 1_000, "input_tokens": 10_000, "output_tokens": 5_000}
        assert isclose(f.monthly_cost(catalog, {"labels": {}}, label, "p/m"), usd)


def test_tiers_match_a_simulation() -> None:
    tiers: list[f.Json] = [
        {"above": 10_000, "input": 2.0, "output": 6.0, "cache_read": 0.2},
        {"above": 30_000, "input": 4.0, "output": 9.0},
    ]
    offer: f.Json = {"input": 1.0, "output": 5.0, "cache_read": 0.1, "per_request": 0.001, "tiers": tiers}
    catalog: f.Json = {"providers": {"p": {"fee": 0.05}}, "offers": {"p/m": offer}}
    catalog["models"] = {"m": {"verbosity": 2.0}}
    label = {"input_tokens": 15_000, "input_tokens_p95": 40_000, "output_tokens": 500, "cached": 0.4}
    sigma = f.Z95 - sqrt(f.Z95**2 - 2 * log(40 / 15))
    mu, r, total, prompts = log(15_000) - sigma**2 / 2, Random(1), 0.0, []
    for _ in range(100_000):
        prompts.append(exp(r.gauss(mu, sigma)))
        level = offer if prompts[-1] <= 10_000 else tiers[prompts[-1] > 30_000]
        read = level["cache_read"] if "cache_read" in level else level["input"]
        price = 0.6 * level["input"] + 0.4 * read
        total += (prompts[-1] * price + 1_000 * level["output"]) / 1e6 + 0.001
    assert isclose(sorted(prompts)[95_000], 40_000, rel_tol=0.02)
    assert isclose(f.request_cost(catalog, label, "p/m"), total / 100_000 * 1.05, rel_tol=0.01)


def test_a_mixs_percentile_is_no_average_of_percentiles() -> None:
    laws = [(0.7, (log(0.5), log(2.0) / f.Z95)), (0.3, (log(2.0), log(2.0) / f.Z95))]
    found = f.mix_percentile(laws, 95.0)
    assert isclose(sum(share * f.late(law, found) for share, law in laws), 0.05, rel_tol=1e-9)
    assert found > 0.7 * f.own_percentile(laws[0][1], 95.0) + 0.3 * f.own_percentile(laws[1][1], 95.0)


def test_skills_are_mean_percentiles_unless_overridden() -> None:
    scores = {"a": (10.0, 50.0), "b": (20.0, 50.0), "c": (20.0, None)}
    models: f.Json = {}
    for model, pair in scores.items():
        given = [(b, v) for b, v in zip("xy", pair, strict=True) if v is not None]
        models[model] = {"scores": [{"benchmark": b, "value": v} for b, v in given]}
    models["d"] = {"skills": {"coding": 12.0}}
    benchmarks = {"x": {"skill": "coding", "weight": 3.0}, "y": {"skill": "coding"}}
    table = f.skill_table({"models": models, "benchmarks": benchmarks})
    assert isclose(table["a"]["coding"], (3 * 100 / 6 + 50) / 4)
    assert isclose(table["b"]["coding"], (3 * 100 * 2 / 3 + 50) / 4)
    assert isclose(table["c"]["coding"], 100 * 2 / 3)
    assert table["d"] == {"coding": 12.0}
