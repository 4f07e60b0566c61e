"""What a router cannot express: said, and solved again within what it can."""

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
from .costing import judged_mixes, planned
from .endpoints import wire

_TIME_LIMIT = 30.0


class Inexpressible(Exception):
    """A router can express no routing that answers this one."""


@dataclass(frozen=True)
class Ask:
    """A routing that is to be written for a router; `named`: the offers that its file names already."""

    routing: Routing
    catalog: Catalog
    target: Target
    today: date
    threshold: int
    named: frozenset[str] = frozenset()

    @cached_property
    def reached(self) -> frozenset[str]:
        """The offers that the router can call."""
        return frozenset(offer for offer in self.catalog.offers if self._reaches(offer))

    def _reaches(self, offer: str) -> bool:
        called = wire(self.catalog, offer)
        named = offer in self.named or self.target.reaches(called)
        return named and not self.target.refuses(called)


@dataclass(frozen=True)
class Fit:
    """Mixes that a router can express, the warnings on the way there, and USD a month before and after."""

    mixes: dict[str, Mix]
    warnings: list[str]
    cost: float | None
    wanted: float | None


def fitted(ask: Ask, mixes: Mapping[str, Mix]) -> Fit:
    """The nearest to `mixes` that the router can express. Raises Inexpressible where there is none."""
    target, reached = ask.target, ask.reached
    inside = {name: mix for name, mix in mixes.items() if target.labels is None or name in target.labels}
    if not inside:
        raise Inexpressible(f"{target.title} has none of these labels: {', '.join(mixes)}")
    warnings = [
        f"{name}: {target.title} has no place for this label, left out"
        for name in mixes
        if name not in inside
    ]
    wrong = [name for name, mix in inside.items() if not _expressible(mix, ask)]
    wanted, before = judged_mixes(ask.routing, ask.catalog, mixes, ask.today)
    after = wanted
    if wrong:
        nearest, keeps_rules = _resolved(ask, mixes, wrong)
        after, broken = judged_mixes(ask.routing, ask.catalog, nearest, ask.today)
        money = {name: (wanted.labels[name].cost, after.labels[name].cost) for name in wrong}
        warnings += [_said(name, mixes[name], nearest[name], ask, money[name]) for name in wrong]
        known = {rule.rule for rule in before}  # no doing of the router's
        broken = () if keeps_rules else tuple(rule for rule in broken if rule.rule not in known)
        lost = _of_file(broken, mixes, inside)
        warnings.append(_price(_cost(wanted, inside), _cost(after, inside), target, lost))
        inside = {name: nearest[name] for name in inside}
    warnings += _fallbacks(inside, target, reached)
    if target.missing and len(inside) > 1 and "longContext" in inside:
        warnings.append(f"{target.title} lacks {target.missing.format(threshold=f'{ask.threshold:,}')}")
    behind = {name: tuple(o for o in mix.fallbacks if o in reached) for name, mix in inside.items()}
    then = {name: replace(mix, fallbacks=behind[name] * target.fallbacks) for name, mix in inside.items()}
    if target.per_request:
        warnings += [_drawn_anew(name, target) for name, mix in then.items() if _splits_a_cache(mix)]
    return Fit(then, warnings, _cost(after, then), _cost(wanted, then))


def _cost(plan: Plan, inside: Mapping[str, Mix]) -> float | None:
    """USD a month of the labels that are in the file."""
    left_out = sum(label.cost for name, label in plan.labels.items() if name not in inside)
    return None if plan.cost is None else plan.cost - left_out


def _of_file(broken: Sequence[Break], mixes: Mapping[str, Mix], inside: Mapping[str, Mix]) -> list[str]:
    """The broken rules that the file has a part in, each by its path and why."""
    outside = tuple(f"labels.{name}." for name in mixes if name not in inside)
    lines = [f"{rule.rule} ({rule.reason})" for rule in broken if not rule.rule.startswith(outside)]
    return list(dict.fromkeys(lines))


def _splits_a_cache(mix: Mix) -> bool:
    return len(mix.shares) > 1 and bool(mix.label.cached or mix.label.cache_writes)


def _drawn_anew(name: str, target: Target) -> str:
    return (
        f"{name}: {target.title} picks a model for each request, not for each session, so every model of the"
        " mix writes a cache of the same prompt of its own; the cost is higher than the figure given here"
    )


def _expressible(mix: Mix, ask: Ask) -> bool:
    return (ask.target.mixes or len(mix.shares) == 1) and all(offer in ask.reached for offer in mix.shares)


def _resolved(ask: Ask, mixes: Mapping[str, Mix], wrong: list[str]) -> tuple[dict[str, Mix], bool]:
    """The best routing with what the router can express, and whether it keeps the rules.

    The other labels keep their routes if they can. Where no routing keeps the rules, the largest share that
    can be reached stands for the whole mix. Raises Inexpressible where none can be.
    """
    from ...solver.pick import pick

    routing, target = ask.routing, ask.target
    inside = [name for name in mixes if target.labels is None or name in target.labels]
    for keep in (True, False):
        labels = {
            name: _pinned(mixes[name]) if name not in (wrong if keep else inside) else _ruled(label, ask)
            for name, label in routing.labels.items()
        }
        tried = routing.model_copy(update={"labels": labels})
        plan = pick(tried, ask.catalog, today=ask.today, time_limit=_TIME_LIMIT)
        if plan.found:
            return planned(routing, plan), True
    rules = _asked_too_much(plan.conflicts, ask)
    return {name: _rounded(mix, ask, rules) if name in wrong else mix for name, mix in mixes.items()}, False


def _asked_too_much(conflicts: Sequence[str], ask: Ask) -> str:
    """The rules in the user's own file among those that cannot hold together within the router's reach."""
    own = [path for path in conflicts if _is_own_rule(path, ask.routing)]
    return f" (they ask too much: {', '.join(own)})" if own else ""


def _is_own_rule(path: str, routing: Routing) -> bool:
    """Whether the routing has the rule at `path`, which the search may have added itself."""
    for name, label in routing.labels.items():
        rule = path.removeprefix(f"labels.{name}.")
        if rule != path and rule in ("allow", "pin", "max_models"):
            return getattr(label, rule) not in (None, {}, ())
    return True


def _ruled(label: Label, ask: Ask) -> Label:
    offers = ask.reached if label.allow is None else ask.reached & set(label.allow)
    update: dict[str, object] = {"allow": tuple(sorted(offers)), "routes": (), "fallbacks": ()}
    if not ask.target.mixes:
        update["max_models"] = 1
    return label.model_copy(update=update)


def _pinned(mix: Mix) -> Label:
    return mix.label.model_copy(update={"pin": dict(mix.shares), "max_models": None, "min_share": None})


def _rounded(mix: Mix, ask: Ask, rules: str) -> Mix:
    known = {offer: share for offer, share in mix.shares.items() if offer in ask.reached}
    if not known:
        names = ", ".join(mix.shares)
        raise Inexpressible(
            f"{ask.target.title} reaches none of {names}, and no other offers keep the rules{rules}"
            + (f"\n{ask.target.advice}" if ask.target.advice else "")
        )
    if ask.target.mixes:
        total = sum(known.values())
        return replace(mix, shares={offer: share / total for offer, share in known.items()})
    return replace(mix, shares={max(known, key=lambda offer: known[offer]): 1.0})


def _said(name: str, old: Mix, new: Mix, ask: Ask, money: tuple[float, float]) -> str:
    target = ask.target
    out_of_reach = [offer for offer in old.shares if offer not in ask.reached]
    if out_of_reach:
        cannot = f"reach every offer of {_mix(old)}"
    else:
        cannot = f"split a label's requests over {_mix(old)}"
    refused = [offer for offer in out_of_reach if target.refuses(wire(ask.catalog, offer))]
    why = f" (it answers 400 for {', '.join(refused)})" if refused else ""
    wrote = f"wrote {_mix(new)} instead" if new.shares != old.shares else "wrote them all the same"
    prices = f"({money[1]:,.2f} for {money[0]:,.2f} USD/month)"
    return f"{name}: {target.title} cannot {cannot}{why}; {wrote} {prices}"


def _mix(mix: Mix) -> str:
    return " + ".join(f"{offer} ({share:.1%})" if share < 1 else offer for offer, share in mix.shares.items())


def _price(wanted: float | None, after: float | None, target: Target, broken: Sequence[str]) -> str:
    before, now = wanted or 0.0, after or 0.0
    rules = "the best that keeps the rules"
    if broken:
        rules = f"THE RULES ARE BROKEN, as {target.title} cannot express all of them: {'; '.join(broken)}"
    return f"altogether {now:,.2f} instead of {before:,.2f} USD/month ({now - before:+,.2f}); {rules}"


def _fallbacks(mixes: Mapping[str, Mix], target: Target, reached: frozenset[str]) -> list[str]:
    if not target.fallbacks:
        lost = [name for name, mix in mixes.items() if mix.fallbacks]
        return [f"{target.title} has no fallbacks: those of {', '.join(lost)} are left out"] if lost else []
    return [
        f"{name}: {target.title} cannot reach the fallbacks {', '.join(lost)}, left out"
        for name, mix in mixes.items()
        if (lost := [offer for offer in mix.fallbacks if offer not in reached])
    ]
