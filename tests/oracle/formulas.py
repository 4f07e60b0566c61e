"""The contract's formulas in plain floats, on plain dicts as tomllib gives them."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

Json = dict[str, Any]
Skills = dict[str, dict[str, float]]
Z95 = 1.6448536
MINUTES = 43_800.0
HOURS = 730.0


def phi(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def split(offer: str) -> tuple[str, str]:
    provider, model = offer.split("/", 1)
    return provider, model


def limits(routing: Json) -> Json:
    return dict(routing.get("limits", {}))


def growth(routing: Json) -> float:
    return float(limits(routing).get("growth", 1.0))


def out_tokens(catalog: Json, label: Json, offer: str) -> float:
    return float(label["output_tokens"]) * float(catalog["models"][split(offer)[1]].get("verbosity", 1.0))


# ------------------------------------------------------------------ cost


def tails(label: Json, above: float) -> tuple[float, float]:
    """Share of requests, and of input tokens, in prompts longer than `above`."""
    mean, p95 = float(label["input_tokens"]), label.get("input_tokens_p95")
    if p95 is None or mean in (p95, 0):
        hit = 1.0 if mean > above else 0.0
        return hit, hit
    sigma = Z95 - math.sqrt(Z95 * Z95 - 2.0 * math.log(p95 / mean))
    mu = math.log(mean) - sigma * sigma / 2.0
    return phi((mu - math.log(above)) / sigma), phi((mu + sigma * sigma - math.log(above)) / sigma)


def bands(label: Json, offer: Json) -> list[tuple[Json, float, float]]:
    """Each price level with the share of requests and of input tokens it bills."""
    tiers = sorted(offer.get("tiers", []), key=lambda tier: float(tier["above"]))
    levels = [(offer, 1.0, 1.0), *((tier, *tails(label, tier["above"])) for tier in tiers)]
    ends: list[tuple[Json, float, float]] = [*levels[1:], ({}, 0.0, 0.0)]
    return [(p, r - r2, k - k2) for (p, r, k), (_, r2, k2) in zip(levels, ends, strict=True)]


def request_cost(catalog: Json, label: Json, name: str) -> float:
    offer, provider = catalog["offers"][name], catalog["providers"][split(name)[0]]
    tokens, out = float(label["input_tokens"]), out_tokens(catalog, label, name)
    cached, writes = label.get("cached", 0.0), label.get("cache_writes", 0.0)
    total = float(offer.get("per_request", 0.0)) * 1e6
    for price, requests, share in bands(label, offer):
        blend = price["input"] * (1.0 - cached - writes)
        blend += price.get("cache_read", price["input"]) * cached
        blend += price.get("cache_write", price["input"]) * writes
        total += tokens * share * blend + out * requests * price["output"]
    factor = 1.0 + provider.get("fee", 0.0)
    if label.get("batch", False):
        factor *= 1.0 - offer.get("batch_discount", 0.0)
    return float(total / 1e6 * factor)


def monthly_cost(catalog: Json, routing: Json, label: Json, name: str) -> float:
    return float(label["requests"]) * growth(routing) * request_cost(catalog, label, name)


# ------------------------------------------------------------------ quality


def skill_table(catalog: Json) -> Skills:
    """Model -> skill -> 0-100: the override, else the mean midrank percentile of its scores."""
    values: Skills = {}
    for model, facts in catalog["models"].items():
        for score in facts.get("scores", []):
            values.setdefault(score["benchmark"], {})[model] = score["value"]
    table: Skills = {}
    for model, facts in catalog["models"].items():
        sums: dict[str, tuple[float, float]] = {}
        for bench, scored in values.items():
            if model not in scored:
                continue
            below = sum(v < scored[model] for v in scored.values())
            equal = sum(v == scored[model] for v in scored.values())
            about, w = catalog["benchmarks"][bench], catalog["benchmarks"][bench].get("weight", 1.0)
            s, n = sums.get(about["skill"], (0.0, 0.0))
            sums[about["skill"]] = (s + w * 100.0 * (below + 0.5 * equal) / len(scored), n + w)
        table[model] = {k: s / n for k, (s, n) in sums.items()} | dict(facts.get("skills", {}))
    return table


def quality(table: Skills, label: Json, name: str) -> float | None:
    weights, known = label.get("skills") or {}, table[split(name)[1]]
    if not weights or any(s not in known for s in weights):
        return None
    return float(sum(w * known[s] for s, w in weights.items()) / sum(weights.values()))


def quality_ruled(routing: Json, label: Json) -> bool:
    return "min_quality" in label or "min_quality_each" in label or routing.get("objective") == "quality"


# ------------------------------------------------------------------ latency


def speed(catalog: Json, label: Json, name: str) -> tuple[float, float] | None:
    """Logarithm of the median and sigma of a request's latency."""
    offer = catalog["offers"][name]
    if "ttft" not in offer or "tps" not in offer:
        return None
    median = offer["ttft"] + out_tokens(catalog, label, name) / offer["tps"]
    return math.log(median), math.log(offer.get("spread", 2.0)) / Z95


def late(law: tuple[float, float], limit: float) -> float:
    if law[1] == 0.0:
        return float(law[0] > math.log(limit))
    return phi((law[0] - math.log(limit)) / law[1])


def limit_of(label: Json) -> float | None:
    """The latency limit that applies: none for work that may wait."""
    return None if label.get("batch", False) else label.get("max_latency")


def own_percentile(law: tuple[float, float], percentile: float) -> float:
    return math.exp(law[0] + law[1] * NormalDist().inv_cdf(percentile / 100.0))


def mix_percentile(laws: list[tuple[float, tuple[float, float]]], percentile: float) -> float:
    """The t where sum(share * P(T <= t)) is the percentile, by bisection on ln t."""
    points = [math.log(own_percentile(law, percentile)) for _, law in laws]
    low, high = min(points), max(points)
    for _ in range(200):
        middle = (low + high) / 2.0
        over = sum(share * late(law, math.exp(middle)) for share, law in laws)
        low, high = (middle, high) if over > 1.0 - percentile / 100.0 else (low, middle)
    return math.exp(high)


def min_share(label: Json) -> float:
    return float(label.get("min_share", 0.01 if label.get("min_providers", 1) > 1 else 0.0))


def rate_limits(offer: Json) -> list[tuple[str, float]]:
    source = offer.get("hosting", offer)
    return [(kind, float(source[kind])) for kind in ("rpm", "tpm") if source.get(kind) is not None]
