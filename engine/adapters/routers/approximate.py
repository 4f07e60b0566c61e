"""A routing fitted to what a router can express: what it cannot is said, and solved again without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from ...domain.catalog import Catalog
from ...domain.explanation import Break
from ...domain.formatting import cents, signed_money
from ...domain.levels import base_name, full_name, is_covered
from ...domain.plan import Plan
from ...domain.routing import Label, Routing
from .base import Mix, Target
from .costing import evaluate_mixes, plan_mixes
from .endpoints import Endpoint, endpoint_of

_TIME_LIMIT = 30.0


class Inexpressible(Exception):
    """A router can express no routing that answers this one."""


@dataclass(frozen=True)
class FitProblem:
    """A routing that is to be written for a router; `in_file`: the offers that its file names already.

    `threshold`: tokens of a long prompt.
    """

    routing: Routing
    catalog: Catalog
    target: Target
    today: date
    threshold: int
    in_file: frozenset[str] = frozenset()
    levels: bool = True  # whether it may ask for a level that is not the default

    @cached_property
    def _callable(self) -> list[Endpoint]:
        """The offers that the router can call, whatever their level."""
        endpoints = [endpoint_of(self.catalog, offer) for offer in self.catalog.offers]
        return [
            endpoint
            for endpoint in endpoints
            if (endpoint.offer in self.in_file or self.target.supports(endpoint))
            and (self.target.service_tiers or not (endpoint.service_tier or endpoint.inference_geo))
            and not self.target.rejects(endpoint)
        ]

    def supported(self, label: str) -> frozenset[str]:
        """The offers that the router can call for a label, at the level that they are of."""
        sends = self.target.sends_level
        return frozenset(
            endpoint.offer
            for endpoint in self._callable
            if not endpoint.level or (self.levels and sends(label, endpoint))
        )

    def unsent_levels(self, label: str, mix: Mix) -> dict[str, str]:
        """Offer -> level of a mix's offers that the router can call, but not ask for their level."""
        supported, sold = self.supported(label), {endpoint.offer: endpoint for endpoint in self._callable}
        return {offer: sold[offer].level for offer in mix.shares if offer in sold and offer not in supported}


@dataclass(frozen=True)
class Fit:
    """Mixes that a router can express, what changes by that, and the cost in USD a month, None if unknown.

    `notes` say what is kept that one might doubt.
    """

    mixes: dict[str, Mix]
    warnings: list[str]
    cost: float | None
    cost_as_routed: float | None
    notes: tuple[str, ...] = ()


def fit_to_router(problem: FitProblem, mixes: Mapping[str, Mix]) -> Fit:
    """The best mixes that the router can express, those of `mixes` where it can.

    Raises Inexpressible where there are none.
    """
    target = problem.target
    in_file = {name: mix for name, mix in mixes.items() if target.labels is None or name in target.labels}
    if not in_file:
        raise Inexpressible(f"{target.title} has none of these labels: {', '.join(mixes)}")
    warnings = [
        f"{name}: {target.title} has no place for this label, left out"
        for name in mixes
        if name not in in_file
    ]
    if target.one_level and has_several_levels(problem, in_file):
        problem = replace(problem, levels=False)
    inexpressible = [name for name, mix in in_file.items() if not _expressible(name, mix, problem)]
    routed, broken_before = evaluate_mixes(problem.routing, problem.catalog, mixes, problem.today)
    fitted = routed
    if inexpressible:
        expressed, keeps_rules = _solve_again(problem, mixes, inexpressible)
        if (
            target.one_level
            and problem.levels
            and has_several_levels(problem, {n: expressed[n] for n in in_file})
        ):
            problem = replace(problem, levels=False)  # what was found asks for a level beside another
            inexpressible = [name for name, mix in in_file.items() if not _expressible(name, mix, problem)]
            expressed, keeps_rules = _solve_again(problem, mixes, inexpressible)
        fitted, broken = evaluate_mixes(problem.routing, problem.catalog, expressed, problem.today)
        for name in inexpressible:
            costs = routed.labels[name].cost, fitted.labels[name].cost
            if expressed[name].shares == mixes[name].shares and _can_be_written(name, mixes[name], problem):
                continue  # a split that no other plan can take the place of: said below
            warnings.append(_replaced_mix(name, mixes[name], expressed[name], problem, costs))
        rules_before = {rule.where for rule in broken_before}  # no doing of the router's
        broken = () if keeps_rules else tuple(rule for rule in broken if rule.where not in rules_before)
        rules = _rules_of_file(broken, mixes, in_file)
        if any(expressed[name].shares != mixes[name].shares for name in in_file) or rules:
            warnings.append(_change_of_cost(_cost(routed, in_file), _cost(fitted, in_file), target, rules))
        in_file = {name: expressed[name] for name in in_file}
    warnings += _lost_fallbacks(in_file, problem)
    if target.lacks and len(in_file) > 1 and "longContext" in in_file:
        warnings.append(f"{target.title} lacks {target.lacks.format(threshold=f'{problem.threshold:,}')}")
    written = {name: _with_fallbacks(name, mix, problem, warnings) for name, mix in in_file.items()}
    split = [name for name, mix in written.items() if splits_a_cache(mix)]
    if target.per_request:
        warnings += [_split_caches(name, written[name], problem) for name in split]
    kept = target.keeps_sessions and split
    notes = [f"{', '.join(split)}: {target.title} {target.keeps_sessions}, so its prompt cache stays whole"]
    return Fit(
        written, warnings, _cost(fitted, written), _cost(routed, written), tuple(notes) if kept else ()
    )


def _with_fallbacks(name: str, mix: Mix, problem: FitProblem, warnings: list[str]) -> Mix:
    """The mix with those of its fallbacks that the router can express; `warnings` gets what is lost."""
    supported = problem.supported(name) if problem.target.fallbacks else frozenset()
    fallbacks = tuple(offer for offer in mix.fallbacks if offer in supported)
    if problem.target.one_level_a_label and (lost := _other_levels(problem, mix.main, fallbacks)):
        names = ", ".join(lost)
        warnings.append(f"{name}: one effort holds for a whole body, so the fallbacks {names} are left out")
        fallbacks = tuple(offer for offer in fallbacks if offer not in lost)
    return replace(mix, fallbacks=fallbacks)


def _cost(plan: Plan, in_file: Mapping[str, Mix]) -> float | None:
    """USD a month of the labels that are in the file."""
    left_out = sum(label.cost for name, label in plan.labels.items() if name not in in_file)
    return None if plan.cost is None else plan.cost - left_out


def _rules_of_file(
    broken: Sequence[Break], mixes: Mapping[str, Mix], in_file: Mapping[str, Mix]
) -> list[str]:
    """The broken rules that the file has a part in, each by its path and why."""
    outside = tuple(f"labels.{name}." for name in mixes if name not in in_file)
    lines = [f"{rule.where} ({rule.reason})" for rule in broken if not rule.rule.startswith(outside)]
    return list(dict.fromkeys(lines))


def splits_a_cache(mix: Mix) -> bool:
    """Whether several offers would share one conversation's prompt cache."""
    return len(mix.shares) > 1 and bool(mix.label.cached or mix.label.cache_writes)


def _split_caches(name: str, mix: Mix, problem: FitProblem) -> str:
    whole, split = (_label_cost(problem, mix, name, label) for label in (mix.label, _with_split_cache(mix)))
    return (
        f"{name}: {problem.target.title} picks a model for each request, not for each session, so every model"
        " of the mix writes a cache of the same prompt of its own; the cost is higher than the figure given"
        f" here: about {cents(split)} USD/month instead of {cents(whole)}"
    )


def _with_split_cache(mix: Mix) -> Label:
    """The label as it is when each request of a conversation may go to any of the K offers of its mix.

    Each then reads what is new to it, which is K times as much: what is written and what is neither read nor
    written are K times as large, and what is read from the cache the rest.
    """
    label, count = mix.label, len(mix.shares)
    new = min(1.0, count * (1 - label.cached))
    writes = label.cache_writes * new / (1 - label.cached) if label.cached < 1 else 0.0
    return label.model_copy(update={"cached": 1 - new, "cache_writes": min(writes, new)})


def _label_cost(problem: FitProblem, mix: Mix, name: str, label: Label) -> float:
    """USD a month of a mix for one label with this workload."""
    routing = problem.routing.model_copy(update={"labels": {name: label}})
    return evaluate_mixes(routing, problem.catalog, {name: mix}, problem.today)[0].labels[name].cost


def has_several_levels(problem: FitProblem, mixes: Mapping[str, Mix]) -> bool:
    """Whether some level is asked for that is not the default, and it is not the one level of all offers that
    have levels."""
    models, offers = problem.catalog.models, [offer for mix in mixes.values() for offer in mix.shares]
    asked = any(endpoint_of(problem.catalog, offer).level for offer in offers)
    named = [name for offer in offers if (name := full_name(offer, models)) != base_name(offer, models)]
    return asked and len({name.rpartition("@")[2] for name in named}) > 1


def _can_be_written(name: str, mix: Mix, problem: FitProblem) -> bool:
    return (problem.target.mixes or len(mix.shares) == 1) and problem.supported(name) >= set(mix.shares)


def _expressible(name: str, mix: Mix, problem: FitProblem) -> bool:
    """Whether it can be written, and is then what it is meant to be."""
    return _can_be_written(name, mix, problem) and not (problem.target.per_request and splits_a_cache(mix))


def _solve_again(
    problem: FitProblem, mixes: Mapping[str, Mix], inexpressible: list[str]
) -> tuple[dict[str, Mix], bool]:
    """The best routing with what the router can express, and whether it keeps the rules.

    The other labels keep their routes if they can. Where no routing keeps the rules, the largest share that
    is supported stands for the whole mix. Raises Inexpressible where none can be.
    """
    from ...solver.pick import pick

    routing, target = problem.routing, problem.target
    in_file = [name for name in mixes if target.labels is None or name in target.labels]
    for free in (inexpressible, in_file):
        labels = {
            name: _within_reach(name, label, problem) if name in free else _pinned(mixes[name])
            for name, label in routing.labels.items()
        }
        expressible = routing.model_copy(update={"labels": labels})
        plan = pick(expressible, problem.catalog, today=problem.today, time_limit=_TIME_LIMIT)
        if plan.found:
            fresh = plan_mixes(routing, plan)
            return {name: fresh[name] if name in free else mix for name, mix in mixes.items()}, True
    conflict = _conflict(plan.conflicts, problem)
    rounded = {name: _rounded(name, mixes[name], problem, conflict) for name in inexpressible}
    return {**mixes, **rounded}, False


def _conflict(conflicts: Sequence[str], problem: FitProblem) -> str:
    """The rules in the user's own file among those that cannot hold together within the router's reach."""
    rules = [path for path in conflicts if _is_own_rule(path, problem.routing)]
    return f" (they ask too much: {', '.join(rules)})" if rules else ""


def _is_own_rule(path: str, routing: Routing) -> bool:
    """Whether the routing has the rule at `path`, which the search may have added itself."""
    for name, label in routing.labels.items():
        rule = path.removeprefix(f"labels.{name}.")
        if rule != path and rule in ("allow", "pin", "max_models"):
            return getattr(label, rule) not in (None, {}, ())
    return True


def _within_reach(name: str, label: Label, problem: FitProblem) -> Label:
    models, offers = problem.catalog.models, problem.supported(name)
    if label.allow is not None:
        offers = frozenset(offer for offer in offers if is_covered(offer, label.allow, models))
    allow = tuple(sorted(full_name(offer, models) for offer in offers))
    update: dict[str, object] = {"allow": allow, "routes": (), "fallbacks": ()}
    splits = problem.target.per_request and (label.cached or label.cache_writes)
    if not problem.target.mixes or splits:
        update["max_models"] = 1
    return label.model_copy(update=update)


def _pinned(mix: Mix) -> Label:
    return mix.label.model_copy(update={"pin": dict(mix.shares), "max_models": None, "min_share": None})


def _rounded(name: str, mix: Mix, problem: FitProblem, conflict: str) -> Mix:
    supported = problem.supported(name)
    known = {offer: share for offer, share in mix.shares.items() if offer in supported}
    if not known:
        for offer, share in mix.shares.items():  # at the default level, where it has no words for another
            plain = base_name(offer, problem.catalog.models)
            if plain in supported:
                known[plain] = known.get(plain, 0.0) + share
    if not known:
        names = ", ".join(mix.shares)
        raise Inexpressible(
            f"{problem.target.title} reaches none of {names}, and no other offers keep the rules{conflict}"
            + (f"\n{problem.target.advice}" if problem.target.advice else "")
        )
    if problem.target.mixes:
        total = sum(known.values())
        return replace(mix, shares={offer: share / total for offer, share in known.items()})
    return replace(mix, shares={max(known, key=lambda offer: known[offer]): 1.0})


def _replaced_mix(name: str, old: Mix, new: Mix, problem: FitProblem, costs: tuple[float, float]) -> str:
    target = problem.target
    supported = problem.supported(name)
    unsupported = [offer for offer in old.shares if offer not in supported]
    unsent = problem.unsent_levels(name, old)
    if unsent and len(unsent) == len(unsupported):
        efforts = ", ".join(
            f"{offer.rpartition('@')[0]} for effort {level!r}" for offer, level in unsent.items()
        )
        for_this = " beside the other labels' levels" if target.one_level else ""
        cannot = f"ask {efforts}{for_this}"
    elif unsupported:
        cannot = f"reach every offer of {_mix(old)}"
    elif target.per_request and target.mixes:
        together = _label_cost(problem, old, name, _with_split_cache(old))
        cannot = (
            f"keep a conversation at one model of {_mix(old)}, so each would write its own prompt cache"
            f" (about {cents(together)} USD/month)"
        )
    else:
        cannot = f"split a label's requests over {_mix(old)}"
    rejected = [offer for offer in unsupported if target.rejects(endpoint_of(problem.catalog, offer))]
    why = f" (it answers 400 for {', '.join(rejected)})" if rejected else ""
    wrote = f"wrote {_mix(new)} instead" if new.shares != old.shares else "wrote them all the same"
    prices = f"({cents(costs[1])} for {cents(costs[0])} USD/month)"
    return f"{name}: {target.title} cannot {cannot}{why}; {wrote} {prices}"


def _mix(mix: Mix) -> str:
    return " + ".join(f"{offer} ({share:.1%})" if share < 1 else offer for offer, share in mix.shares.items())


def _change_of_cost(
    as_routed: float | None, fitted: float | None, target: Target, broken: Sequence[str]
) -> str:
    before, now = as_routed or 0.0, fitted or 0.0
    rules = "the best that keeps the rules"
    if broken:
        rules = f"THE RULES ARE BROKEN, as {target.title} cannot express all of them: {'; '.join(broken)}"
    if not broken and cents(now) == cents(before):
        return f"altogether the same {cents(now)} USD/month"
    change = f"{cents(now)} instead of {cents(before)} USD/month ({signed_money(now - before)})"
    return f"altogether {change}; {rules}"


def _other_levels(problem: FitProblem, main: str, fallbacks: Sequence[str]) -> list[str]:
    """The fallbacks of a level that is neither the main offer's nor the one that a model has unasked, and
    other levels of the main model itself."""
    first = endpoint_of(problem.catalog, main)
    behind = [endpoint_of(problem.catalog, offer) for offer in fallbacks]
    return [each.offer for each in behind if each.level not in ("", first.level) or each.id == first.id]


def _lost_fallbacks(mixes: Mapping[str, Mix], problem: FitProblem) -> list[str]:
    target = problem.target
    if not target.fallbacks:
        lost = [name for name, mix in mixes.items() if mix.fallbacks]
        return [f"{target.title} has no fallbacks: those of {', '.join(lost)} are left out"] if lost else []
    return [
        f"{name}: {target.title} cannot reach the fallbacks {', '.join(lost)}, left out"
        for name, mix in mixes.items()
        if (lost := [offer for offer in mix.fallbacks if offer not in problem.supported(name)])
    ]
