"""A routing fitted to what a router can express: what it cannot is said, and solved again without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from ...domain.catalog import Catalog
from ...domain.explanation import Break
from ...domain.plan import Plan
from ...domain.routing import Label, Routing
from .base import Mix, Target
from .costing import evaluate_mixes, plan_mixes
from .endpoints import endpoint_of

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

    @cached_property
    def supported(self) -> frozenset[str]:
        """The offers that the router can call."""
        endpoints = [endpoint_of(self.catalog, offer) for offer in self.catalog.offers]
        return frozenset(
            endpoint.offer
            for endpoint in endpoints
            if (endpoint.offer in self.in_file or self.target.supports(endpoint))
            and not self.target.rejects(endpoint)
        )


@dataclass(frozen=True)
class Fit:
    """Mixes that a router can express, what changes by that, and the cost in USD a month, None if unknown."""

    mixes: dict[str, Mix]
    warnings: list[str]
    cost: float | None
    cost_as_routed: float | None


def fit_to_router(problem: FitProblem, mixes: Mapping[str, Mix]) -> Fit:
    """The best mixes that the router can express, those of `mixes` where it can.

    Raises Inexpressible where there are none.
    """
    target, supported = problem.target, problem.supported
    in_file = {name: mix for name, mix in mixes.items() if target.labels is None or name in target.labels}
    if not in_file:
        raise Inexpressible(f"{target.title} has none of these labels: {', '.join(mixes)}")
    warnings = [
        f"{name}: {target.title} has no place for this label, left out"
        for name in mixes
        if name not in in_file
    ]
    inexpressible = [name for name, mix in in_file.items() if not _expressible(mix, problem)]
    routed, broken_before = evaluate_mixes(problem.routing, problem.catalog, mixes, problem.today)
    fitted = routed
    if inexpressible:
        expressed, keeps_rules = _solve_again(problem, mixes, inexpressible)
        fitted, broken = evaluate_mixes(problem.routing, problem.catalog, expressed, problem.today)
        for name in inexpressible:
            costs = routed.labels[name].cost, fitted.labels[name].cost
            warnings.append(_replaced_mix(name, mixes[name], expressed[name], problem, costs))
        rules_before = {rule.where for rule in broken_before}  # no doing of the router's
        broken = () if keeps_rules else tuple(rule for rule in broken if rule.where not in rules_before)
        rules = _rules_of_file(broken, mixes, in_file)
        warnings.append(_change_of_cost(_cost(routed, in_file), _cost(fitted, in_file), target, rules))
        in_file = {name: expressed[name] for name in in_file}
    warnings += _lost_fallbacks(in_file, target, supported)
    if target.lacks and len(in_file) > 1 and "longContext" in in_file:
        warnings.append(f"{target.title} lacks {target.lacks.format(threshold=f'{problem.threshold:,}')}")
    written = {}
    for name, mix in in_file.items():
        fallbacks = tuple(offer for offer in mix.fallbacks if offer in supported and target.fallbacks)
        written[name] = replace(mix, fallbacks=fallbacks)
    if target.per_request:
        warnings += [_split_caches(name, target) for name, mix in written.items() if _splits_a_cache(mix)]
    return Fit(written, warnings, _cost(fitted, written), _cost(routed, written))


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


def _splits_a_cache(mix: Mix) -> bool:
    return len(mix.shares) > 1 and bool(mix.label.cached or mix.label.cache_writes)


def _split_caches(name: str, target: Target) -> str:
    return (
        f"{name}: {target.title} picks a model for each request, not for each session, so every model of the"
        " mix writes a cache of the same prompt of its own; the cost is higher than the figure given here"
    )


def _expressible(mix: Mix, problem: FitProblem) -> bool:
    return (problem.target.mixes or len(mix.shares) == 1) and all(
        offer in problem.supported for offer in mix.shares
    )


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
            name: _within_reach(label, problem) if name in free else _pinned(mixes[name])
            for name, label in routing.labels.items()
        }
        expressible = routing.model_copy(update={"labels": labels})
        plan = pick(expressible, problem.catalog, today=problem.today, time_limit=_TIME_LIMIT)
        if plan.found:
            return plan_mixes(routing, plan), True
    conflict = _conflict(plan.conflicts, problem)
    rounded = {name: _rounded(mixes[name], problem, conflict) for name in inexpressible}
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


def _within_reach(label: Label, problem: FitProblem) -> Label:
    offers = problem.supported if label.allow is None else problem.supported & set(label.allow)
    update: dict[str, object] = {"allow": tuple(sorted(offers)), "routes": (), "fallbacks": ()}
    if not problem.target.mixes:
        update["max_models"] = 1
    return label.model_copy(update=update)


def _pinned(mix: Mix) -> Label:
    return mix.label.model_copy(update={"pin": dict(mix.shares), "max_models": None, "min_share": None})


def _rounded(mix: Mix, problem: FitProblem, conflict: str) -> Mix:
    known = {offer: share for offer, share in mix.shares.items() if offer in problem.supported}
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
    unsupported = [offer for offer in old.shares if offer not in problem.supported]
    if unsupported:
        cannot = f"reach every offer of {_mix(old)}"
    else:
        cannot = f"split a label's requests over {_mix(old)}"
    rejected = [offer for offer in unsupported if target.rejects(endpoint_of(problem.catalog, offer))]
    why = f" (it answers 400 for {', '.join(rejected)})" if rejected else ""
    wrote = f"wrote {_mix(new)} instead" if new.shares != old.shares else "wrote them all the same"
    prices = f"({costs[1]:,.2f} for {costs[0]:,.2f} USD/month)"
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
    return f"altogether {now:,.2f} instead of {before:,.2f} USD/month ({now - before:+,.2f}); {rules}"


def _lost_fallbacks(mixes: Mapping[str, Mix], target: Target, supported: frozenset[str]) -> list[str]:
    if not target.fallbacks:
        lost = [name for name, mix in mixes.items() if mix.fallbacks]
        return [f"{target.title} has no fallbacks: those of {', '.join(lost)} are left out"] if lost else []
    return [
        f"{name}: {target.title} cannot reach the fallbacks {', '.join(lost)}, left out"
        for name, mix in mixes.items()
        if (lost := [offer for offer in mix.fallbacks if offer not in supported])
    ]
