"""OpenRouter's measured medians per endpoint -> ttft, tokens per second and spread of offers."""

from __future__ import annotations

from .names import key_of


def speeds_of(
    rows: list[dict[str, str]], providers: dict[str, str], known: dict[str, str]
) -> dict[str, dict[str, float]]:
    """Speeds by provider/model, of the endpoint with the most requests. `providers` maps display names."""
    best: dict[str, tuple[float, dict[str, float]]] = {}
    for row in rows:
        provider, model = providers.get(row["provider_name"]), key_of(row["model_permaslug"], known)
        if provider is None or model is None or not (row["tps"] and row["ttft_ms"]):
            continue
        speed = {"ttft": round(float(row["ttft_ms"]) / 1000, 3), "tps": round(float(row["tps"]), 1)}
        if speed["tps"] <= 0:
            continue
        key, weight = f"{provider}/{model}", float(row["req"] or 0)
        if key not in best or weight > best[key][0]:
            best[key] = (weight, speed)
    return {key: speed for key, (_, speed) in best.items()}
