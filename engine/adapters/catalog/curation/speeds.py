"""OpenRouter's measured medians per endpoint -> ttft and tokens per second of offers, without a spread."""

from __future__ import annotations

from collections.abc import Mapping

from ..model_names import key_of

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
        weight = float(row["req"] or 0)
        for seller in (provider, ANY) if provider else (ANY,):
            if (seller, model) not in best or weight > best[seller, model][0]:
                best[seller, model] = (weight, speed)
    return {f"{provider}/{model}": speed for (provider, model), (_, speed) in best.items()}
