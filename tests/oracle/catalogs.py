"""Random small catalogues: equal prices, unknown speeds, unscored models, tiers, fees, retired offers."""

from __future__ import annotations

from datetime import date
from random import Random

from .formulas import Json

TODAY = date(2026, 11, 23)
SKILLS = ("reasoning", "coding", "multilingual")
FEATURES = ("tools", "vision", "structured", "reasoning")
SIZES = {  # models, providers, offers, labels
    "tiny": ((2, 4), (2, 3), (4, 7), (1, 2)),
    "small": ((2, 6), (2, 4), (4, 12), (1, 3)),
    "medium": ((12, 18), (4, 6), (30, 60), (3, 5)),
}


def sig(value: float, digits: int = 3) -> float:
    return float(f"{value:.{digits}g}")


def _model(r: Random, index: int, benchmarks: list[str]) -> Json:
    model: Json = {
        "name": f"M{index}",
        "developer": "D",
        "context": r.choice([64_000, 200_000, 400_000, 1_000_000]),
        "features": sorted(r.sample(FEATURES, r.randint(2, 4))),
        "open_weights": r.random() < 0.7,
    }
    if r.random() < 0.3:
        model["max_output"] = r.choice([2_048, 8_192, 32_000])
    if r.random() < 0.35:
        model["verbosity"] = r.choice([0.7, 1.3, 2.0, 4.0])
    if r.random() < 0.35:
        model["skills"] = {s: sig(r.uniform(20, 95)) for s in SKILLS if r.random() < 0.8}
    if r.random() < 0.9:
        scored = [b for b in benchmarks if r.random() < 0.9]
        grid = r.random() < 0.3  # equal scores
        values = [float(r.choice([40, 60, 80])) if grid else sig(r.uniform(5, 99)) for _ in scored]
        pairs = zip(scored, values, strict=True)
        model["scores"] = [{"benchmark": b, "value": v, "source": "s"} for b, v in pairs]
    return model


def _prices(r: Random) -> Json:
    base = 10.0 ** r.uniform(-1.7, 1.3)
    prices = {"input": sig(base), "output": sig(base * r.choice([1, 2, 4, 5]))}
    if r.random() < 0.5:
        prices["cache_read"] = sig(base * r.choice([0.1, 0.25, 0.5]))
    if r.random() < 0.3:
        prices["cache_write"] = sig(base * 1.25)
    return prices


def _offer(r: Random, index: int, past: list[Json]) -> Json:
    same = past and r.random() < 0.2  # equal prices
    keys = ("input", "output", "cache_read", "cache_write")
    prices = {k: v for k, v in r.choice(past).items() if k in keys} if same else _prices(r)
    offer: Json = {"id": f"o{index}", **prices, "source": "s", "as_of": date(2026, 11, 1)}
    if r.random() < 0.3:
        steps = sorted(r.sample([8_000, 16_000, 32_000, 64_000, 128_000], r.randint(1, 2)))
        offer["tiers"] = [_tier(r, prices, above, 1.5 + i) for i, above in enumerate(steps)]
    if r.random() < 0.2:
        offer["per_request"] = sig(10.0 ** r.uniform(-4, -2.5))
    if r.random() < 0.4:
        offer["batch_discount"] = r.choice([0.5, 0.25])
    if r.random() < 0.8:
        offer |= {"ttft": sig(r.uniform(0.1, 2.0)), "tps": sig(10.0 ** r.uniform(1.2, 2.4))}
        if r.random() < 0.6:
            offer["spread"] = sig(r.uniform(1.2, 4.0))
    if r.random() < 0.1:
        offer["context"] = r.choice([16_000, 65_536])
    if r.random() < 0.1:
        offer["max_output"] = r.choice([1_024, 4_096])
    if r.random() < 0.2:
        offer["status"] = r.choice(["live", "preview", "gated", "deprecated", "retired"])
    if r.random() < 0.15:
        offer["retires"] = r.choice([date(2026, 6, 1), date(2027, 6, 1)])
    return offer


def _tier(r: Random, prices: Json, above: int, factor: float) -> Json:
    tier: Json = {"above": above, "input": sig(prices["input"] * factor)}
    tier["output"] = sig(prices["output"] * 1.5)
    if r.random() < 0.6:
        tier["cache_read"] = sig(tier["input"] * 0.1)
    if r.random() < 0.3:
        tier["cache_write"] = sig(tier["input"] * 1.25)
    return tier


def random_catalog(r: Random, size: str) -> Json:
    nm, np, no, _ = (r.randint(*span) for span in SIZES[size])
    benchmarks: Json = {}
    for i in range(r.randint(3, 6)):
        benchmarks[f"b{i}"] = {"title": f"B{i}", "skill": SKILLS[i % 3]}
        if r.random() < 0.4:
            benchmarks[f"b{i}"]["weight"] = r.choice([0.5, 2.0])
    providers: Json = {}
    for i in range(np):
        url = f"https://p{i}.example/v1"
        fee = r.choice([0.0, 0.0, 0.055])
        providers[f"p{i}"] = {"name": f"P{i}", "api": "openai", "base_url": url, "fee": fee}
        if r.random() < 0.8:
            providers[f"p{i}"]["trains_on_data"] = r.random() < 0.2
    models = {f"m{i}": _model(r, i, list(benchmarks)) for i in range(nm)}
    pairs = [f"{p}/{m}" for p in providers for m in models]
    offers: Json = {}
    for i, name in enumerate(sorted(r.sample(pairs, min(no, len(pairs))))):
        offers[name] = _offer(r, i, list(offers.values()))
    source = {"title": "S", "url": "https://s.example", "licence": "CC0-1.0", "as_of": date(2026, 11, 1)}
    head: Json = {"schema": 1, "as_of": TODAY, "sources": {"s": source}, "benchmarks": benchmarks}
    return head | {"providers": providers, "models": models, "offers": offers}
