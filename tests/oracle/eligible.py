"""Which offers may serve a label, and what each then contributes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from . import formulas as f
from .formulas import Json, Skills

EDGE = 1e-9  # rounding of floats is no reason to refuse


@dataclass(frozen=True)
class Entry:
    """An eligible offer in a label; every figure is for a share of 1."""

    offer: str
    provider: str
    model: str
    cost: float
    quality: float | None
    late: float
    rpm: float
    tpm: float


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
        ("limits.models", "models" in lim and model not in lim["models"]),
        ("limits.deny_models", model in lim.get("deny_models", [])),
        ("limits.open_weights", lim.get("open_weights", False) and not weights),
        ("limits.trains_on_data", not lim.get("trains_on_data", True) and not known_not_to),
        ("allow", "allow" in label and name not in label["allow"]),
        ("deny", name in label.get("deny", [])),
    ]
    return next((why for why, true in tests if true), None)


def reason(catalog: Json, routing: Json, label: Json, name: str, today: date, *, table: Skills) -> str | None:
    """Why the offer is not eligible for the label; None when it is."""
    q = f.quality(table, label, name)
    barred = _barred(catalog, routing, label, name, today)
    if barred:
        return barred
    offer, model = catalog["offers"][name], catalog["models"][f.split(name)[1]]
    room = (model.get("max_output", math.inf), offer.get("max_output", math.inf))
    if need_context(label) > min(model["context"], offer.get("context", math.inf)):
        return "context"
    if f.out_tokens(catalog, label, name) > min(room) + EDGE:
        return "max_output"
    if not set(label.get("features", [])) <= set(model.get("features", [])):
        return "features"
    if f.quality_ruled(routing, label) and q is None:
        return "unscored"
    if "min_quality_each" in label and q is not None and q < label["min_quality_each"] - EDGE:
        return "min_quality_each"
    if f.limit_of(label) is not None and f.speed(catalog, label, name) is None:
        return "unknown speed"
    return None


def entries(catalog: Json, routing: Json, today: date) -> dict[str, list[Entry]]:
    """Label -> its eligible offers, with every coefficient the optimisation needs."""
    table = f.skill_table(catalog)
    found: dict[str, list[Entry]] = {}
    peak = float(f.limits(routing).get("peak", 1.0))
    for label_name, label in routing["labels"].items():
        rows = found.setdefault(label_name, [])
        rate = label["requests"] * f.growth(routing) * peak / f.MINUTES
        for name in catalog["offers"]:
            if reason(catalog, routing, label, name, today, table=table) is not None:
                continue
            q = f.quality(table, label, name)
            law, limit = f.speed(catalog, label, name), f.limit_of(label)
            lateness = 0.0 if limit is None or law is None else f.late(law, limit)
            tokens = label["input_tokens"] + f.out_tokens(catalog, label, name)
            cost = f.monthly_cost(catalog, routing, label, name)
            rows.append(Entry(name, *f.split(name), cost, q, lateness, rate, rate * tokens))
    return found
