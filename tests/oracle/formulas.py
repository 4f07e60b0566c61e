"""The contract's formulas in plain floats, on plain dicts as tomllib gives them.

Of a catalogue with reasoning levels: of what `levels.spelled_out` makes of it.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

Json = dict[str, Any]
Skills = dict[str, dict[str, float]]
Z95 = 1.6448536
Z80 = 1.2815516
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


def measured(catalog: Json, label: Json, offer: str, figure: str) -> float | None:
    """A figure of the user's own tests: the offer's, else its model's at this level, else its model's."""
    own: Json = label.get("measured") or {}
    provider, key = split(offer)
    model = catalog["models"][key]
    base, level = model.get("base", key), model.get("level")
    names = [offer, f"{provider}/{base}@{level}", f"{base}@{level}", base]
    return next((own[name][figure] for name in names if figure in own.get(name, {})), None)


def in_tokens(catalog: Json, label: Json, offer: str) -> float:
    return float(label["input_tokens"]) * float(catalog["models"][split(offer)[1]].get("prompt_tokens", 1.0))


def out_tokens(catalog: Json, label: Json, offer: str) -> float:
    own = measured(catalog, label, offer, "output_tokens")
    if own is not None:
        return float(own)
    return float(label["output_tokens"]) * float(catalog["models"][split(offer)[1]].get("verbosity", 1.0))


def cached_share(catalog: Json, label: Json, offer: str) -> float:
    own = measured(catalog, label, offer, "cached")
    return float(label.get("cached", 0.0) if own is None else own)


# ------------------------------------------------------------------ cost


def tails(label: Json, above: float, factor: float = 1.0) -> tuple[float, float]:
    """Share of requests, and of input tokens, in prompts longer than `above`; `factor`: of the tokenizer."""
    above /= factor
    mean, p95 = float(label["input_tokens"]), label.get("input_tokens_p95")
    if p95 is None or mean in (p95, 0):
        hit = 1.0 if mean > above else 0.0
        return hit, hit
    sigma = Z95 - math.sqrt(Z95 * Z95 - 2.0 * math.log(p95 / mean))
    mu = math.log(mean) - sigma * sigma / 2.0
    return phi((mu - math.log(above)) / sigma), phi((mu + sigma * sigma - math.log(above)) / sigma)


def bands(label: Json, offer: Json, factor: float = 1.0) -> list[tuple[Json, float, float]]:
    """Each price level with the share of requests and of input tokens it bills."""
    tiers = sorted(offer.get("tiers", []), key=lambda tier: float(tier["above"]))
    levels = [(offer, 1.0, 1.0), *((tier, *tails(label, tier["above"], factor)) for tier in tiers)]
    ends: list[tuple[Json, float, float]] = [*levels[1:], ({}, 0.0, 0.0)]
    return [(p, r - r2, k - k2) for (p, r, k), (_, r2, k2) in zip(levels, ends, strict=True)]


def request_cost(catalog: Json, label: Json, name: str) -> float:
    own = measured(catalog, label, name, "cost")
    if own is not None:
        return float(own)
    offer, provider = catalog["offers"][name], catalog["providers"][split(name)[0]]
    tokens, out = in_tokens(catalog, label, name), out_tokens(catalog, label, name)
    cached, writes = cached_share(catalog, label, name), label.get("cache_writes", 0.0)
    prompt = catalog["models"][split(name)[1]].get("prompt_tokens", 1.0)
    total = float(offer.get("per_request", 0.0)) * 1e6
    for price, requests, share in bands(label, offer, prompt):
        blend = price["input"] * (1.0 - cached - writes)
        plain: float = price["input"]
        blend += float(price.get("cache_read", plain)) * cached
        blend += float(price.get("cache_write", plain)) * writes
        total += tokens * share * blend + out * requests * price["output"]
    factor = 1.0 + provider.get("fee", 0.0)
    if label.get("batch", False):
        factor *= 1.0 - offer.get("batch_discount", 0.0)
    factor *= 1.0 - sum(hours["share"] * (1.0 - hours["factor"]) for hours in offer.get("hours", []))
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
        fitted = {skill: one["value"] for skill, one in facts.get("fitted", {}).items()}
        ranked = {k: s / n for k, (s, n) in sums.items()}
        table[model] = (fitted or ranked) | dict(facts.get("skills", {}))
    return table


def low_table(catalog: Json, table: Skills) -> Skills:
    """Model -> skill -> the low end of its 80 % interval; what has none is known as it stands."""
    lows: Skills = {}
    for model, facts in catalog["models"].items():
        fitted = {
            s: one["low"] for s, one in facts.get("fitted", {}).items() if s not in facts.get("skills", {})
        }
        lows[model] = dict(table[model]) | fitted
    return lows


def tested(label: Json) -> bool:
    """Whether the label has own test results: then only they count there."""
    return any("quality" in own for own in (label.get("measured") or {}).values())


def _weighed(table: Skills, label: Json, model: str) -> float | None:
    weights, known = label.get("skills") or {}, table[model]
    if not weights or any(s not in known for s in weights):
        return None
    return float(sum(w * known[s] for s, w in weights.items()) / sum(weights.values()))


def quality(table: Skills, label: Json, name: str, catalog: Json | None = None) -> float | None:
    if tested(label):
        assert catalog is not None
        own = measured(catalog, label, name, "quality")
        return None if own is None else float(own)
    return _weighed(table, label, split(name)[1])


def quality_low(catalog: Json, table: Skills, label: Json, name: str) -> float | None:
    """The low end of the 80 % interval of a quality."""
    q = quality(table, label, name, catalog)
    if q is None or not tested(label):
        return None if q is None else _weighed(low_table(catalog, table), label, split(name)[1])
    provider, key = split(name)
    facts, own = catalog["models"][key], label["measured"]
    base, level = facts.get("base", key), facts.get("level")
    names = [name, f"{provider}/{base}@{level}", f"{base}@{level}", base]
    result = next(own[n] for n in names if "quality" in own.get(n, {}))
    if "low" in result:
        return float(result["low"])
    return wilson(q, result["n"]) if "n" in result else q


def wilson(percent: float, n: float) -> float:
    """The low end of Wilson's 80 % interval of a share of n, in percent."""
    p, z = percent / 100.0, Z80
    middle = p + z * z / (2.0 * n)
    half = z * math.sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n))
    return 100.0 * (middle - half) / (1.0 + z * z / n)


def reference(rule: Any) -> tuple[str, float] | None:
    """(model, points less) of a floor that is given as a model; None for a number."""
    if not isinstance(rule, str):
        return None
    name, minus, points = rule.partition(" - ")
    return name.strip(), float(points) if minus else 0.0


def own_quality(catalog: Json, table: Skills, label: Json, model: str) -> float | None:
    """The plain figure of a model on a label, whoever serves it."""
    key = model
    head, at, level = model.rpartition("@")
    if at and catalog["models"].get(head, {}).get("level") == level:
        key = head
    if not tested(label):
        return _weighed(table, label, key)
    facts = catalog["models"][key]
    base, own = facts.get("base", key), label["measured"]
    names = [f"{base}@{facts.get('level')}", base]
    return next((float(own[n]["quality"]) for n in names if "quality" in own.get(n, {})), None)


def exempt(catalog: Json, routing: Json, label: Json) -> set[str]:
    """The models that count as they stand on a label: those that it is to be as good as."""
    rules = (label.get("min_quality"), label.get("min_quality_each"), limits(routing).get("min_quality"))
    named = [found[0] for found in map(reference, rules) if found is not None]
    keys = set()
    for name in named:
        head, at, level = name.rpartition("@")
        plain = at and catalog["models"].get(head, {}).get("level") == level
        keys.add(head if plain else name)
    return keys


def confidence(routing: Json, label: Json) -> float:
    whole: float = limits(routing).get("confidence", 0.5)
    return float(label.get("confidence", whole))


def counted(catalog: Json, routing: Json, table: Skills, label: Json, name: str) -> float | None:
    """The quality that rules and the objective count, at the confidence asked for."""
    q = quality(table, label, name, catalog)
    if q is None or split(name)[1] in exempt(catalog, routing, label):
        return q
    low = quality_low(catalog, table, label, name)
    assert low is not None
    return max(0.0, q - NormalDist().inv_cdf(confidence(routing, label)) / Z80 * (q - low))


def floor_of(catalog: Json, table: Skills, label: Json, rule: str) -> float | None:
    """A quality floor of a label in points; a reference's own figure less the points."""
    given = label.get(rule)
    named = reference(given)
    if named is None:
        return None if given is None else float(given)
    own = own_quality(catalog, table, label, named[0])
    assert own is not None, "the reference is unscored"
    return own - named[1]


def own_mean(catalog: Json, table: Skills, labels: list[Json], model: str) -> float | None:
    """The plain figure of a model over all labels, by weight; None where one is not known."""
    own = [own_quality(catalog, table, label, model) for label in labels]
    weights = [float(label.get("weight", 1.0)) for label in labels]
    if any(q is None for q in own):
        return None
    return sum(w * (q or 0.0) for w, q in zip(weights, own, strict=True)) / sum(weights)


def whole_floor(catalog: Json, routing: Json, table: Skills) -> float | None:
    """The floor of the whole router's quality in points; None without one."""
    given = limits(routing).get("min_quality")
    named = reference(given)
    if named is None:
        return None if given is None else float(given)
    mean = own_mean(catalog, table, list(routing["labels"].values()), named[0])
    assert mean is not None, "the reference is unscored"
    return mean - named[1]


def quality_ruled(routing: Json, label: Json) -> bool:
    ruled = "min_quality" in label or "min_quality_each" in label or "min_quality" in limits(routing)
    return ruled or routing.get("objective") == "quality"


# ------------------------------------------------------------------ latency


def speed(catalog: Json, label: Json, name: str) -> tuple[float, float] | None:
    """Logarithm of the median and sigma of a request's latency."""
    offer = catalog["offers"][name]
    own = measured(catalog, label, name, "latency")
    if own is None and ("ttft" not in offer or "tps" not in offer):
        return None
    spread = measured(catalog, label, name, "spread") or offer.get("spread", 2.0)
    median = own if own is not None else offer["ttft"] + out_tokens(catalog, label, name) / offer["tps"]
    return math.log(median), math.log(spread) / Z95


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


KINDS = ("rpm", "tpm", "rpd", "tpd", "itpm", "otpm")


def rate_limits(offer: Json) -> list[tuple[str, float]]:
    source, kinds = (offer["hosting"], KINDS[:2]) if "hosting" in offer else (offer, KINDS)
    return [(kind, float(source[kind])) for kind in kinds if source.get(kind) is not None]


def demand(catalog: Json, routing: Json, label: Json, name: str) -> dict[str, float]:
    """What a share of 1 of a label's requests takes of each limit of an offer."""
    offer = catalog["offers"][name]
    if label.get("batch", False) and offer.get("batch_discount", 0.0) > 0 and "hosting" not in offer:
        return dict.fromkeys(KINDS, 0.0)
    month = label["requests"] * growth(routing)
    minute, day = month * float(limits(routing).get("peak", 1.0)) / MINUTES, month * 12.0 / 365.0
    prompt, out = in_tokens(catalog, label, name), out_tokens(catalog, label, name)
    fresh = (
        prompt if offer.get("cache_reads_count", True) else prompt * (1 - cached_share(catalog, label, name))
    )
    return {
        "rpm": minute,
        "tpm": minute * (fresh + out),
        "rpd": day,
        "tpd": day * (prompt + out),
        "itpm": minute * fresh,
        "otpm": minute * out,
    }
