"""Which offers may serve a label, and what each then contributes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

from . import formulas as f
from .formulas import Json, Skills
from .levels import covers, covers_offer

EDGE = 1e-9  # rounding of floats is no reason to refuse


@dataclass(frozen=True)
class Entry:
    """An eligible offer in a label; every figure is for a share of 1."""

    offer: str
    provider: str
    model: str  # without its level
    cost: float
    quality: float | None
    late: float
    rpm: float
    tpm: float
    rpd: float = 0.0
    tpd: float = 0.0
    itpm: float = 0.0
    otpm: float = 0.0
    counted: float | None = None
    base: str = ""  # the offer whose limits and replicas it shares
    requests: float = 0.0  # a month
    tokens: float = 0.0

    def at_quality(self, quality: float) -> Entry:
        """The offer as if it were that good, without a doubt."""
        return replace(self, quality=quality, counted=quality)


def need_context(label: Json) -> float:
    prompt = label.get("input_tokens_p95", label["input_tokens"])
    return float(label.get("context", prompt + label["output_tokens"]))


def _barred(catalog: Json, routing: Json, label: Json, name: str, today: date) -> str | None:
    (provider, model), lim = f.split(name), f.limits(routing)
    offer, weights = catalog["offers"][name], catalog["models"][model].get("open_weights", False)
    known_not_to = catalog["providers"][provider].get("trains_on_data") is False
    tests = [
        ("retired", offer.get("status") == "retired"),
        ("retires", "retires" in offer and offer["retires"] < today),
        ("limits.providers", "providers" in lim and provider not in lim["providers"]),
        ("limits.deny_providers", provider in lim.get("deny_providers", [])),
        ("limits.models", "models" in lim and not covers(catalog, lim["models"], model)),
        ("limits.deny_models", covers(catalog, lim.get("deny_models", []), model)),
        ("limits.regions", "regions" in lim and not set(lim["regions"]) & set(_regions(catalog, name))),
        ("limits.open_weights", lim.get("open_weights", False) and not weights),
        ("limits.trains_on_data", not lim.get("trains_on_data", True) and not known_not_to),
        ("allow", "allow" in label and not covers_offer(catalog, label["allow"], name)),
        ("deny", covers_offer(catalog, label.get("deny", []), name)),
    ]
    return next((why for why, true in tests if true), None)


def _regions(catalog: Json, name: str) -> list[str]:
    offer = catalog["offers"][name]
    provider: Json = catalog["providers"][f.split(name)[0]]
    return list(offer["regions"] if "regions" in offer else provider.get("regions", []))


def reason(catalog: Json, routing: Json, label: Json, name: str, today: date, *, table: Skills) -> str | None:
    """Why the offer is not eligible for the label; None when it is."""
    q = f.quality(table, label, name, catalog)
    barred = _barred(catalog, routing, label, name, today)
    if barred:
        return barred
    offer, model = catalog["offers"][name], catalog["models"][f.split(name)[1]]
    room = (model.get("max_output", math.inf), offer.get("max_output", math.inf))
    prompt = (need_context(label) - label["output_tokens"]) * model.get("prompt_tokens", 1.0)
    if prompt + label["output_tokens"] > min(model["context"], offer.get("context", math.inf)) + EDGE:
        return "context"
    if prompt > min(model.get("max_input", math.inf), offer.get("max_input", math.inf)) + EDGE:
        return "max_input"
    if f.out_tokens(catalog, label, name) > min(room) + EDGE:
        return "max_output"
    if not set(label.get("features", [])) <= set(offer.get("features", model.get("features", []))):
        return "features"
    if f.quality_ruled(routing, label) and q is None:
        return "unscored"
    each = f.floor_of(catalog, table, label, "min_quality_each")
    if each is not None and (f.counted(catalog, routing, table, label, name) or 0.0) < each - EDGE:
        return "min_quality_each"
    if f.limit_of(label) is not None and f.speed(catalog, label, name) is None:
        return "unknown speed"
    return None


def entries(catalog: Json, routing: Json, today: date) -> dict[str, list[Entry]]:
    """Label -> its eligible offers, with every coefficient the optimisation needs."""
    table = f.skill_table(catalog)
    found: dict[str, list[Entry]] = {}
    for label_name, label in routing["labels"].items():
        rows = found.setdefault(label_name, [])
        for name in catalog["offers"]:
            if reason(catalog, routing, label, name, today, table=table) is not None:
                continue
            law, limit = f.speed(catalog, label, name), f.limit_of(label)
            provider, model = f.split(name)
            rows.append(
                Entry(
                    offer=name,
                    provider=provider,
                    model=catalog["models"][model].get("base", model),
                    cost=f.monthly_cost(catalog, routing, label, name),
                    quality=f.quality(table, label, name, catalog),
                    late=0.0 if limit is None or law is None else f.late(law, limit),
                    counted=f.counted(catalog, routing, table, label, name),
                    base=catalog["offers"][name].get("base", name),
                    requests=label["requests"] * f.growth(routing),
                    tokens=f.in_tokens(catalog, label, name) + f.out_tokens(catalog, label, name),
                    **f.demand(catalog, routing, label, name),
                )
            )
    return found
