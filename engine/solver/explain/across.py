"""Rules across labels in the elastic model: models and providers in use, money, rate limits."""

from __future__ import annotations

import numpy as np

from ..compile.problem import Coupling, Ints
from .base import Base

CUTS = 6  # lines under share / n
SHARE = "limits.max_provider_share"


def across(model: Base) -> None:
    """Every rule across labels."""
    limits, table = model.ask.routing.limits, model.ask.table
    _wholes(model, "limits.max_models", table.model, limits.max_models)
    _wholes(model, "limits.max_providers", table.provider, limits.max_providers)
    _provider_share(model)
    _money(model)


def _wholes(model: Base, path: str, codes: Ints, limit: int | None) -> None:
    """At most `limit` models, or providers, in use."""
    if limit is None:
        return
    sheet, code = model.sheet, codes[model.offer]
    names, of = np.unique(code, return_inverse=True)
    z = sheet.columns(len(names), whole=True)
    keys, link = np.unique(model.label * len(names) + of, return_inverse=True)
    links = sheet.rows(len(keys), -np.inf, 0.0)
    sheet.put(links[link], model.x, 1.0)
    sheet.put(links, z[keys % len(names)], -1.0)
    count = sheet.rows(1, -np.inf, limit)
    sheet.put(count, z, 1.0)
    model.slack(count, path, -1, whole=True)


def _provider_share(model: Base) -> None:
    cap = model.ask.routing.limits.max_provider_share
    requests = np.array([label.requests for label in model.ask.routing.labels.values()])
    if cap is None or cap >= 1 or not requests.sum():
        return
    names, of = np.unique(model.ask.table.provider[model.offer], return_inverse=True)
    loads = model.sheet.rows(len(names), -np.inf, cap)
    model.sheet.put(loads[of], model.x, requests[model.label] / requests.sum())
    model.slack(loads, SHARE, -1, 1 - cap)
    limits = model.ask.routing.limits
    counts = [(1.0, limits.max_providers, "limits.max_providers")]
    for share, (name, label) in zip(requests / requests.sum(), model.ask.routing.labels.items(), strict=True):
        counts.append((float(share), label.max_models, f"labels.{name}.max_models"))
    for share, count, counted in counts:
        if count is not None and share / count > cap:
            _tightened(model, cap, share, count, counted)


def _tightened(model: Base, cap: float, share: float, count: int, counted: str) -> None:
    """Cuts that the model implies but its relaxation does not: `count` providers cannot share less each.

    share / n is convex, so the line through two neighbouring n lies under it at every whole n.
    """
    for n in range(count, count + CUTS):
        slope = share / (n + 1) - share / n
        row = model.sheet.rows(1, share / n - cap - slope * (n - count), np.inf)
        model.slack(row, SHARE, 1)
        if counted in model.slacks:
            column, _ = model.slacks[counted]
            model.sheet.put(row, column, -slope)


def _money(model: Base) -> None:
    """The budget, and what rate limits and replicas carry."""
    ask, budget, path = model.ask, model.ask.routing.limits.budget, "limits.budget"
    if budget is not None:
        scale, every = ask.scale(path), np.arange(len(ask.table.offers))
        rent = ask.free.rent / scale
        row = _couple(model, Coupling(path, every, ask.free.cost / scale, budget / scale, fixed=rent))
        model.slack(row, path, -1, per=scale)
    for rule in ask.free.couplings:
        _couple(model, rule)


def _couple(model: Base, rule: Coupling) -> Ints:
    coef = rule.at(model.label, model.offer)
    k = np.flatnonzero(coef)
    row = model.sheet.rows(1, -np.inf, rule.limit)
    model.sheet.put(row, model.x[k], coef[k])
    if rule.host >= 0:
        model.sheet.put(row, model.n[rule.host], -1.0)
    if rule.fixed is not None:
        model.sheet.put(row, model.n, rule.fixed)
    return row
