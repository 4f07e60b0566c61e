"""What a router cannot express: said, and solved again within what it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from ...domain.catalog import Catalog
from ...domain.plan import Plan
from ...domain.routing import Label, Routing
from .base import Mix, Target
from .priced import planned, priced
from .wire import wire

_TIME_LIMIT = 30.0


class Inexpressible(Exception):
    """A router can express no routing that answers this one."""


@dataclass(frozen=True)
class Ask:
    """A routing that is to be written for a router."""

    routing: Routing
    catalog: Catalog
    target: Target
    today: date
    threshold: int

    @cached_property
    def reached(self) -> frozenset[str]:
        """The offers that the router can call."""
        return frozenset(o for o in self.catalog.offers if self.target.reaches(wire(self.catalog, o)))


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
    wanted = after = priced(ask.routing, ask.catalog, mixes, ask.today)
    if wrong:
        nearest, kept_rules = _resolved(ask, mixes, wrong)
        after = priced(ask.routing, ask.catalog, nearest, ask.today)
        money = {name: (wanted.labels[name].cost, after.labels[name].cost) for name in wrong}
        warnings += [_said(name, mixes[name], nearest[name], target, money[name]) for name in wrong]
        warnings.append(_price(wanted, after, kept_rules))
        inside = {name: nearest[name] for name in inside}
    warnings += _fallbacks(inside, target, reached)
    if target.missing and len(inside) > 1 and "longContext" in inside:
        warnings.append(f"{target.title} lacks {target.missing.format(threshold=f'{ask.threshold:,}')}")
    behind = {name: tuple(o for o in mix.fallbacks if o in reached) for name, mix in inside.items()}
    then = {name: replace(mix, fallbacks=behind[name] * target.fallbacks) for name, mix in inside.items()}
    return Fit(then, warnings, after.cost, wanted.cost)


def _expressible(mix: Mix, ask: Ask) -> bool:
    return (ask.target.mixes or len(mix.shares) == 1) and all(offer in ask.reached for offer in mix.shares)


def _resolved(ask: Ask, mixes: Mapping[str, Mix], wrong: list[str]) -> tuple[dict[str, Mix], bool]:
    """The best routing with one model per label where there can be no mix, and whether the rules hold.

    The other labels keep their routes if they can. Where no routing keeps the rules, the largest share stands
    for the whole mix.
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
    rules = f" (they ask too much: {', '.join(plan.conflicts)})" if plan.conflicts else ""
    return {name: _rounded(mix, ask, rules) if name in wrong else mix for name, mix in mixes.items()}, False


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
        )
    if ask.target.mixes:
        total = sum(known.values())
        return replace(mix, shares={offer: share / total for offer, share in known.items()})
    return replace(mix, shares={max(known, key=lambda offer: known[offer]): 1.0})


def _said(name: str, old: Mix, new: Mix, target: Target, money: tuple[float, float]) -> str:
    split = len(old.shares) > 1 and not target.mixes
    cannot = "split a label's requests over" if split else "reach every offer of"
    return (
        f"{name}: {target.title} cannot {cannot} {_mix(old)}; wrote {_mix(new)} instead"
        f" ({money[1]:,.2f} for {money[0]:,.2f} USD/month)"
    )


def _mix(mix: Mix) -> str:
    return " + ".join(f"{offer} ({share:.1%})" if share < 1 else offer for offer, share in mix.shares.items())


def _price(wanted: Plan, after: Plan, kept_rules: bool) -> str:
    more = (after.cost or 0.0) - (wanted.cost or 0.0)
    rules = (
        "the best that keeps the rules"
        if kept_rules
        else "THE RULES ARE BROKEN: nothing expressible keeps them"
    )
    return f"altogether {after.cost:,.2f} instead of {wanted.cost:,.2f} USD/month ({more:+,.2f}); {rules}"


def _fallbacks(mixes: Mapping[str, Mix], target: Target, reached: frozenset[str]) -> list[str]:
    if not target.fallbacks:
        lost = [name for name, mix in mixes.items() if mix.fallbacks]
        return [f"{target.title} has no fallbacks: those of {', '.join(lost)} are left out"] if lost else []
    return [
        f"{name}: {target.title} cannot reach the fallbacks {', '.join(lost)}, left out"
        for name, mix in mixes.items()
        if (lost := [offer for offer in mix.fallbacks if offer not in reached])
    ]
