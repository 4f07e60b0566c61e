"""OpenRouter's measured medians per endpoint -> ttft, tokens per second and spread of offers."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log

from ..model_names import key_of

Z95, Z99 = 1.6448536, 2.3263479  # normal quantiles
GENERATION_SPREAD = 2.0  # p95 / median of the time that writing takes: the contract's default, not measured
ANSWER = 500  # tokens of the answer that the spread of a whole request is given for
MAX_TTFT = 100.0  # seconds to the first token; beyond that it is no chat, and unknown is safer
ANY = "openrouter"  # which routes to any of the endpoints: the busiest one stands for it


def speeds_of(
    rows: list[dict[str, str]], providers: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Speeds by provider/model, of the endpoint with the most requests. `providers` maps display names."""
    best: dict[tuple[str, str], tuple[float, dict[str, float]]] = {}
    for row in rows:
        provider, model = providers.get(row["provider_name"]), key_of(row["model_permaslug"], known)
        if model is None or not (row["tps"] and row["ttft_ms"]):
            continue
        speed = {"ttft": round(float(row["ttft_ms"]) / 1000, 3), "tps": round(float(row["tps"]), 1)}
        if speed["tps"] <= 0 or speed["ttft"] > MAX_TTFT:
            continue
        if float(row["p99_ms"] or 0) > float(row["ttft_ms"]) > 0:
            speed["spread"] = request_spread(speed["ttft"], float(row["p99_ms"]) / 1000, speed["tps"])
        weight = float(row["req"] or 0)
        for seller in (provider, ANY) if provider else (ANY,):
            if (seller, model) not in best or weight > best[seller, model][0]:
                best[seller, model] = (weight, speed)
    return {f"{provider}/{model}": speed for (provider, model), (_, speed) in best.items()}


def request_spread(ttft: float, ttft_p99: float, tps: float) -> float:
    """p95 / median of a whole request with ANSWER tokens of output, to a hundredth.

    The time to the first token is taken to be lognormal: `p95/median = (p99/median)^(Z95/Z99)`. Writing the
    answer, whose spread nobody publishes, varies by GENERATION_SPREAD, and is late in the same requests.
    """
    first, writing = ttft, ANSWER / tps
    first_p95 = first * exp(log(ttft_p99 / ttft) * Z95 / Z99)
    return round((first_p95 + writing * GENERATION_SPREAD) / (first + writing), 2)
