"""Every figure of a plan recomputed and every rule checked, from the formulas alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isclose

from modelpick.engine import Catalog, Routing, pick

from . import formulas as f
from . import scip
from .eligible import reason
from .formulas import Json
from .levels import covers, key_of, spelled_out

TODAY = date(2026, 11, 23)
TOL = 1e-6


def near(given: float | None, true: float | None, floor: float = 1e-6) -> bool:
    if given is None or true is None:
        return given is true
    return isclose(given, true, rel_tol=TOL, abs_tol=floor)


def differences(catalog: Json, routing: Json, where: str) -> list[str]:
    """How the engine's answer to a case differs from the independent solver's; `where` heads every line."""
    plan = pick(Routing.model_validate(routing), Catalog.model_validate(catalog), today=TODAY).to_json()
    truth, objective = scip.solve(catalog, routing, TODAY), routing["objective"]
    if plan["status"] != truth["status"]:
        return [f"{where}: {plan['status']} ({objective} {plan[objective]}), SCIP says {truth}"]
    wrong = [f"{where}: {fault}" for fault in violations(spelled_out(catalog), routing, plan)]
    mine, best = plan["counted" if objective == "quality" else objective], truth["objective"]
    if truth["status"] == "optimal" and not isclose(mine, best, rel_tol=1e-6, abs_tol=1e-9):
        wrong.append(f"{where}: {objective} {mine!r}, SCIP {best!r}")
    return wrong


def violations(catalog: Json, routing: Json, plan: Json, today: date = TODAY) -> list[str]:
    """What is wrong with `solve --json`'s object; an empty list when nothing is."""
    found = []
    if plan["objective"] != routing.get("objective", "cost"):
        found.append(f"objective {plan['objective']}")
    if plan["status"] not in ("optimal", "feasible"):
        routes = any(answer["routes"] for answer in plan["labels"].values())
        return [*found, *(["infeasible, yet has routes"] if routes else [])]
    if list(plan["labels"]) != list(routing["labels"]):
        return [*found, f"labels {list(plan['labels'])} for {list(routing['labels'])}"]
    for name in routing["labels"]:
        found += [f"{name}: {fault}" for fault in _label(catalog, routing, plan, name, today)]
    whole = [*_whole(catalog, routing, plan), *_rates(catalog, routing, plan)]
    return found + whole + list(_plans(catalog, routing, plan))


def _label(catalog: Json, routing: Json, plan: Json, name: str, today: date) -> Iterator[str]:
    routes = plan["labels"][name]["routes"]
    offers = [route["offer"] for route in routes]
    if len(set(offers)) != len(offers):
        yield f"an offer twice: {offers}"
    table, label = f.skill_table(catalog), routing["labels"][name]
    for offer in [*offers, *plan["labels"][name]["fallbacks"]]:
        why = reason(catalog, routing, label, offer, today, table=table)
        if why:
            yield f"{offer} is not eligible: {why}"
    yield from _shares(catalog, label, {route["offer"]: route["share"] for route in routes})
    yield from _quality(catalog, routing, label, plan["labels"][name])
    yield from _money(catalog, routing, label, plan["labels"][name])
    yield from _latency(catalog, label, plan["labels"][name])
    yield from _fallbacks(catalog, routing, label, plan["labels"][name], today)


def _shares(catalog: Json, label: Json, shares: dict[str, float]) -> Iterator[str]:
    if not isclose(sum(shares.values()), 1.0, abs_tol=TOL):
        yield f"shares sum to {sum(shares.values())}"
    least = f.min_share(label)
    for offer, share in shares.items():
        if share <= 0 or share < least - TOL:
            yield f"share {share} of {offer} below {least}"
    for pinned, share in label.get("pin", {}).items():
        offer = key_of(catalog, pinned)
        if abs(shares.get(offer, 0.0) - share) > TOL:
            yield f"{offer} pinned to {share} has {shares.get(offer)}"
    if len(shares) > label.get("max_models", len(shares)):
        yield f"{len(shares)} offers, max_models {label['max_models']}"
    if len({f.split(offer)[0] for offer in shares}) < label.get("min_providers", 1):
        yield f"providers of {list(shares)} below {label['min_providers']}"


def _quality(catalog: Json, routing: Json, label: Json, answer: Json) -> Iterator[str]:
    table, total, counted = f.skill_table(catalog), 0.0, 0.0
    known = True
    for route in answer["routes"]:
        true = f.quality(table, label, route["offer"], catalog)
        if not near(route["quality"], true):
            yield f"{route['offer']}: quality {route['quality']}, is {true}"
        known = known and true is not None
        total += route["share"] * (true or 0.0)
        counted += route["share"] * (f.counted(catalog, routing, table, label, route["offer"]) or 0.0)
    if not near(answer["quality"], total if known else None):
        yield f"quality {answer['quality']}, is {total if known else None}"
    if not near(answer["counted"], counted if known else None):
        yield f"counted {answer['counted']}, is {counted if known else None}"
    floor = f.floor_of(catalog, table, label, "min_quality")
    if floor is not None and not (known and counted >= floor - TOL):
        yield f"quality {counted} below {floor}"


def _money(catalog: Json, routing: Json, label: Json, answer: Json) -> Iterator[str]:
    total = 0.0
    for route in answer["routes"]:
        true = f.monthly_cost(catalog, routing, label, route["offer"]) * route["share"]
        if not near(route["cost"], true, 1e-9):
            yield f"{route['offer']}: cost {route['cost']}, is {true}"
        total += true
    if not near(answer["cost"], total, 1e-9):
        yield f"cost {answer['cost']}, is {total}"


def _latency(catalog: Json, label: Json, answer: Json) -> Iterator[str]:
    percentile, limit = label.get("percentile", 95.0), f.limit_of(label)
    laws = []
    for route in answer["routes"]:
        law = f.speed(catalog, label, route["offer"])
        true = None if law is None else f.own_percentile(law, percentile)
        if not near(route["latency"], true):
            yield f"{route['offer']}: latency {route['latency']}, is {true}"
        laws.append((route["share"], law))
    known = [(share, law) for share, law in laws if law is not None]
    if len(known) < len(laws):
        if answer["latency"] is not None:
            yield f"latency {answer['latency']} with an unknown speed"
    elif not near(answer["latency"], f.mix_percentile(known, percentile)):
        yield f"latency {answer['latency']}, is {f.mix_percentile(known, percentile)}"
    if limit is None:
        return
    late = sum(share * f.late(law, limit) for share, law in known)
    if late > 1.0 - percentile / 100.0 + TOL:
        yield f"late {late} at percentile {percentile}"
    if not near(answer["late"], late):
        yield f"late {answer['late']}, is {late}"


def _fallbacks(catalog: Json, routing: Json, label: Json, answer: Json, today: date) -> Iterator[str]:
    table, used = f.skill_table(catalog), {route["offer"] for route in answer["routes"]}
    own = {f.split(offer)[0] for offer in used}
    others = [
        offer
        for offer in catalog["offers"]
        if f.split(offer)[0] not in own
        and "hosting" not in catalog["offers"][offer]  # nobody has to rent a replica for an outage
        and reason(catalog, routing, label, offer, today, table=table) is None
    ]
    fallbacks = answer["fallbacks"]
    if used & set(fallbacks) or len(set(fallbacks)) != len(fallbacks):
        yield f"fallbacks {fallbacks} repeat routes or themselves"
    if others and (not fallbacks or any(f.split(offer)[0] in own for offer in fallbacks)):
        yield f"fallbacks {fallbacks} on the label's own providers, {others} are not"


def _whole(catalog: Json, routing: Json, plan: Json) -> Iterator[str]:
    lim, labels = f.limits(routing), plan["labels"]
    used = sorted({route["offer"] for answer in labels.values() for route in answer["routes"]})
    hourly = sum(catalog["offers"][o]["hosting"]["usd_per_hour"] * n for o, n in plan["replicas"].items())
    cost = f.HOURS * hourly + sum(answer["cost"] for answer in labels.values())
    cost += sum(bought["cost"] - bought["saves"] for bought in plan["plans"].values())
    if not near(plan["cost"], cost, 1e-9):
        yield f"cost {plan['cost']}, is {cost}"
    if cost > lim.get("budget", cost) * (1 + TOL):
        yield f"cost {cost} over the budget {lim['budget']}"
    weights = {name: label.get("weight", 1.0) for name, label in routing["labels"].items()}
    for figure in ("quality", "counted"):
        mean = None
        if all(answer[figure] is not None for answer in labels.values()):
            mean = sum(weights[name] * answer[figure] for name, answer in labels.items())
            mean /= sum(weights.values())
        if not near(plan[figure], mean):
            yield f"{figure} {plan[figure]}, is {mean}"
    floor = f.whole_floor(catalog, routing, f.skill_table(catalog))
    if floor is not None and not (plan["counted"] is not None and plan["counted"] >= floor - TOL):
        yield f"quality of the whole {plan['counted']} below {floor}"
    for rule, part in (("max_providers", 0), ("max_models", 1)):
        names = [f.split(offer)[part] for offer in used]
        count = len({catalog["models"][name].get("base", name) if part else name for name in names})
        if count > lim.get(rule, count):
            yield f"{rule}: {count} over {lim[rule]}"
    total = sum(label["requests"] for label in routing["labels"].values())
    for provider in catalog["providers"]:
        mine = sum(
            route["share"] * routing["labels"][name]["requests"]
            for name, answer in labels.items()
            for route in answer["routes"]
            if f.split(route["offer"])[0] == provider
        )
        if total and mine / total > lim.get("max_provider_share", 1.0) + TOL:
            yield f"{provider} has {mine / total} of all requests"


def _plans(catalog: Json, routing: Json, plan: Json) -> Iterator[str]:
    """What is bought is allowed, covers no more than its allowance and than the routes carry, and pays."""
    covered: dict[str, Json] = {}
    for name, answer in plan["labels"].items():
        for route in answer["routes"]:
            yield from _covered(catalog, routing, name, route, covered)
    if set(covered) - set(plan["plans"]):
        yield f"{set(covered)} cover, {set(plan['plans'])} are bought"
    for key, bought in plan["plans"].items():
        terms, amounts, units = catalog["plans"][key], covered.get(key, _NOTHING), bought["units"]
        ((kind, most),) = terms["allowance"].items()
        checks = [
            (key in f.limits(routing).get("plans", []), "may not be bought"),
            (1 <= units <= terms.get("max_units", units), f"{units} units"),
            (near(bought["cost"], units * terms["usd_per_month"], 1e-9), "cost"),
            (near(bought["saves"], amounts["usd"]), f"saves {amounts['usd']}"),
            (near(bought["covered"].get(kind), amounts[kind]), f"covers {amounts}"),
            (amounts[kind] <= units * most * (1 + TOL), f"covers {amounts} of {units} x {most}"),
            (bought["saves"] > bought["cost"] * (1 - TOL), "does not pay"),
        ]
        yield from (f"{key}: {bought}: {fault}" for right, fault in checks if not right)


_NOTHING = {"usd": 0.0, "requests": 0.0, "tokens": 0.0}


def _covered(catalog: Json, routing: Json, name: str, route: Json, covered: dict[str, Json]) -> Iterator[str]:
    """Adds up what each plan covers of a route."""
    offer, parts, label = route["offer"], route["covered"], routing["labels"][name]
    if any(part <= 0 for part in parts.values()) or sum(parts.values()) > route["share"] + TOL:
        yield f"{name}: {parts} of {offer} covered, which carries {route['share']}"
    provider, model = f.split(offer)
    requests = label["requests"] * f.growth(routing)
    tokens = requests * (f.in_tokens(catalog, label, offer) + f.out_tokens(catalog, label, offer))
    each = {"usd": f.monthly_cost(catalog, routing, label, offer), "requests": requests, "tokens": tokens}
    for key, part in parts.items():
        terms = catalog["plans"][key]
        if terms["provider"] != provider or not covers(catalog, terms.get("models", [model]), model):
            yield f"{key} does not cover {offer}"
        before = covered.get(key, _NOTHING)
        covered[key] = {kind: before[kind] + part * amount for kind, amount in each.items()}


def _rates(catalog: Json, routing: Json, plan: Json) -> Iterator[str]:
    for name, offer in catalog["offers"].items():
        if offer.get("base", name) != name:
            continue
        demand = dict.fromkeys(f.KINDS, 0.0)
        for key, answer in plan["labels"].items():
            for route in answer["routes"]:
                if catalog["offers"][route["offer"]].get("base", route["offer"]) == name:
                    for kind, need in f.demand(
                        catalog, routing, routing["labels"][key], route["offer"]
                    ).items():
                        demand[kind] += route["share"] * need
        copies = plan["replicas"].get(name, 0) if "hosting" in offer else 1
        if copies != int(copies) or ("hosting" not in offer and name in plan["replicas"]):
            yield f"{name}: replicas {copies}"
        for kind, cap in f.rate_limits(offer):
            if demand[kind] > cap * copies * (1 + TOL) + 1e-9:
                yield f"{name}: {kind} {demand[kind]} over {copies} x {cap}"
