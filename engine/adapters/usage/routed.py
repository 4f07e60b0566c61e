"""A month of usage as a routing: the workload of each label, and the routes it has taken."""

from __future__ import annotations

import re
from math import floor

from ...domain.catalog import Catalog
from ...domain.plan import PlannedRoute
from ...domain.routing import MAX_P95_RATIO, Label, Route, Routing
from ..routers.wire import Wires
from ..stamp import tidy_shares
from .groups import MONTH_HOURS, Group, Labels, Usage

_DATED = re.compile(r"[-@]20\d{6}$|:\w+$|-v\d+:\d+$")


def labels_of(workload: Routing, catalog: Catalog) -> Labels:
    """Which label a model serves by the workload's own routes, else fallbacks, where only one has it."""
    first: dict[str, set[str]] = {}
    then: dict[str, set[str]] = {}
    for name, label in workload.labels.items():
        for route in label.routes:
            first.setdefault(route.offer, set()).add(name)
        for offer in label.fallbacks:
            then.setdefault(offer, set()).add(name)
    serves, wires = then | first, Wires(catalog)

    def serving(provider: str, model: str) -> str | None:
        names = serves.get(offer_of(wires, provider, model) or "", set())
        return next(iter(names)) if len(names) == 1 else None

    return serving


def offer_of(wires: Wires, provider: str, model: str) -> str | None:
    """The offer behind a model in a log: as it stands, or without its date or variant."""
    for name in dict.fromkeys((model, _DATED.sub("", model))):
        found = wires.by_provider(provider, name) or wires.by_litellm(name)
        found = found or wires.by_litellm(f"{provider}/{name}") or wires.by_marker(f"{provider}/{name}")
        if found:
            return found
    return None


def routing_of(usage: Usage, workload: Routing, catalog: Catalog) -> tuple[Routing, list[str]]:
    """`workload` with the usage's labels, scaled to a month, and what could not be carried over."""
    wires, notes = Wires(catalog), []
    first = workload.labels.get("default") or next(iter(workload.labels.values()))
    labels = {}
    groups = {group.label: group for group in usage.groups}
    order = [*(name for name in workload.labels if name in groups), *groups]
    for group in (groups[name] for name in dict.fromkeys(order)):
        base = workload.labels.get(group.label, first)
        label, told = _label(group, base, MONTH_HOURS / usage.hours, usage.source.counted)
        routes, missing = _routes(group, wires)
        labels[group.label] = label.model_copy(update={"routes": routes, "fallbacks": ()})
        notes += told
        if missing:
            notes.append(f"{group.label}: not in the catalogue, left out of its routes: {', '.join(missing)}")
    return workload.model_copy(update={"labels": labels, "solution": None}), notes


def _label(group: Group, base: Label, months: float, counted: bool) -> tuple[Label, list[str]]:
    notes: list[str] = []
    requests, mean, output = group.requests, group.input, group.output
    if not counted:  # the sums of tokens are right; how they split into requests is not known
        requests = max(1.0, round(mean / base.input_tokens)) if base.input_tokens else 1.0
        mean, output = mean / requests, output / requests
    cached = floor(group.cached * 1e4) / 1e4
    facts: dict[str, object] = {
        "requests": float(round(requests * months)),
        "input_tokens": float(round(mean)),
        "input_tokens_p95": None,
        "output_tokens": float(round(output)),
        "cached": cached,
        "cache_writes": min(floor(group.written * 1e4) / 1e4, 1 - cached),
        "context": None,
    }
    if group.p95 is not None and mean >= 1:
        ratio = group.p95 / round(mean)
        if ratio > MAX_P95_RATIO:
            notes.append(f"{group.label}: prompts spread wider than a lognormal can; its p95 is lowered")
        if ratio > 1:
            facts["input_tokens_p95"] = float(floor(min(ratio, MAX_P95_RATIO - 1e-3) * round(mean)))
    if group.largest is not None and group.largest > 0:
        facts["context"] = float(group.largest)
    return base.model_copy(update=facts), notes


def _routes(group: Group, wires: Wires) -> tuple[tuple[Route, ...], list[str]]:
    """The offers that served, by their share of the requests (of the tokens where those are not counted)."""
    weights: dict[str, float] = {}
    missing = []
    for served in group.served:
        offer = offer_of(wires, served.provider, served.model)
        weight = served.requests or served.tokens
        if offer is None:
            missing.append(served.model)
        elif weight > 0:
            weights[offer] = weights.get(offer, 0.0) + weight
    total = sum(weights.values())
    found = [PlannedRoute(offer=offer, share=weight / total, cost=0.0) for offer, weight in weights.items()]
    return tuple(Route(offer=o, share=s) for o, s in tidy_shares(found).items()), missing
