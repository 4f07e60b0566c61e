"""Two plans side by side: routes, money, quality and latency per label, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from ...domain.explanation import Break
from ...domain.plan import LabelPlan, Plan
from .text import clean, money, point, table

_HEAD = ("label", "routes", "USD/month", "quality", "latency")
_RIGHT = (2, 3, 4)


@dataclass(frozen=True)
class Comparison:
    """Two plans at one workload, and the rules of either file ("A", "B") that B's routes break.

    `before_breaks` are the paths of the rules of A that A's own routes break as well.
    """

    before: Plan
    after: Plan
    broken: Mapping[str, tuple[Break, ...]]
    before_breaks: frozenset[str]

    @property
    def breaks(self) -> bool:
        """Whether B's routes break a rule of B: a rule that B drops or loosens is a change, not a breach."""
        return bool(self.broken.get("B"))

    def broken_json(self) -> list[dict[str, Any]]:
        """Each broken rule: whose it is, its path and why, and whether A's routes break it too."""
        return [
            {
                "rules_of": side,
                "rule": rule.rule,
                "reason": rule.reason,
                "a_too": rule.rule in self.before_breaks,
            }
            for side, rules in self.broken.items()
            for rule in rules
        ]


def broken_text(comparison: Comparison) -> str:
    """The rules that B's routes break, each with its reason; nothing where they keep all."""
    lines = []
    titles = {
        "B": "B breaks its rules:",
        "A": "B drops or loosens these rules of A, and its routes break them (exit status: B's rules alone):",
    }
    for side, title in titles.items():
        rules = comparison.broken.get(side, ())
        if rules:
            lines.append(title)
        for rule in rules:
            too = " (A breaks it as well)" if rule.rule in comparison.before_breaks else ""
            lines.append(f"  {clean(rule.rule)}: {clean(rule.reason)}{too}")
    return "\n".join(lines)


def own_workload_text(side: str, basis: str, count: tuple[float, float], own: Plan, common: Plan) -> str:
    """That a side is priced at another workload than its own, and what the same routes cost at each."""
    differ = "requests differ" if count[0] != count[1] else "tokens or growth differ"
    return (
        f"{differ}: both are priced at the workload of {clean(basis)} "
        f"({count[1]:,g} requests a month for {side}); at its own ({count[0]:,g}) "
        f"the routes of {side} cost {money(own.cost)} USD/month instead of {money(common.cost)}"
    )


def increase(before: Plan, after: Plan) -> float:
    """How much more `after` costs, in percent of `before`."""
    old, new = before.cost or 0.0, after.cost or 0.0
    if not old:
        return 0.0 if new <= 0 else inf
    return (new - old) / old * 100


def diff_text(before: Plan, after: Plan, limit: float | None = None) -> str:
    """A block per label that changes: its old and new routes, and what the change is worth."""
    rows: list[tuple[str, ...]] = []
    same = []
    for name in dict.fromkeys((*before.labels, *after.labels)):
        old, new = before.labels.get(name), after.labels.get(name)
        if old is not None and new is not None and _facts(old) == _facts(new):
            same.append(clean(name))
        else:
            rows += _label(clean(name), old, new)
    blocks = [table(_HEAD, rows, _RIGHT)] if rows else []
    if same:
        blocks.append(f"unchanged: {', '.join(same)}")
    return "\n\n".join([*blocks, _total(before, after, limit)])


def _label(name: str, old: LabelPlan | None, new: LabelPlan | None) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for sign, plan in (("-", old), ("+", new)):
        if plan is not None:
            routes = " + ".join(f"{clean(r.offer)} {r.share:.1%}" for r in plan.routes)
            figures = (money(plan.cost), point(plan.quality), point(plan.latency, " s"))
            rows.append((name, f"{sign} {routes}", *figures))
            if plan.fallbacks and (old is None or new is None or old.fallbacks != new.fallbacks):
                rows.append(("", f"{sign}   then {clean(', '.join(plan.fallbacks))}", "", "", ""))
            name = ""
    if old is not None and new is not None:
        quality, latency = _step(old.quality, new.quality), _step(old.latency, new.latency)
        rows.append(
            ("", "  change", _signed(new.cost - old.cost), _signed(quality, 1), _signed(latency, 1, " s"))
        )
    return rows


def _step(old: float | None, new: float | None) -> float | None:
    return None if old is None or new is None else new - old


def _signed(number: float | None, digits: int = 2, unit: str = "") -> str:
    return "-" if number is None else f"{number:+,.{digits}f}{unit}"


def _total(before: Plan, after: Plan, limit: float | None) -> str:
    old, new, percent = before.cost or 0.0, after.cost or 0.0, increase(before, after)
    line = f"total {money(old)} -> {money(new)} USD/month ({new - old:+,.2f}, {percent:+.1f}%)"
    if limit is None:
        return line
    verdict = "over" if percent > limit else "within"
    return f"{line}\n{verdict} the limit of {limit:+g}%"


def _facts(plan: LabelPlan) -> dict[str, Any]:
    """A label as data, shares in six digits as a file has them."""
    routes = [{"offer": r.offer, "share": round(r.share, 6), "cost": r.cost} for r in plan.routes]
    figures = {"cost": plan.cost, "quality": plan.quality, "latency": plan.latency}
    return {**figures, "routes": routes, "fallbacks": list(plan.fallbacks)}


def diff_json(before: Plan, after: Plan) -> dict[str, Any]:
    """The same as data; a label that only one side has is null on the other."""
    labels = {}
    for name in dict.fromkeys((*before.labels, *after.labels)):
        old, new = before.labels.get(name), after.labels.get(name)
        cost = (new.cost if new else 0.0) - (old.cost if old else 0.0)
        labels[name] = {"before": old and _facts(old), "after": new and _facts(new), "change": cost}
    percent = increase(before, after)
    money_ = {
        "before": before.cost,
        "after": after.cost,
        "change": (after.cost or 0.0) - (before.cost or 0.0),
    }
    quality = {"before": before.quality, "after": after.quality}
    return {
        "cost": {**money_, "percent": None if percent == inf else percent},
        "quality": quality,
        "labels": labels,
    }
