"""Whether a file's routes keep its rules: as text, as a comment on a pull request, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.catalog import Catalog
from ...domain.explanation import Break, RoutesCheck
from ...domain.field_facts import Sense
from ...domain.formatting import UNKNOWN, money, plural, points_text, signed_money, unit_text
from ...domain.plan import LabelPlan, Plan
from ...domain.routing import Routing
from ...domain.rules import find_spec, rules_in_force
from ...domain.solver_status import SolverStatus
from ..catalog.file import catalog_hash
from . import markdown
from .plan import Marked
from .text import clean, table

MARKER = "<!-- modelpick {} -->"  # by which a bot finds its comment again, to replace it
_HEAD = ("label", "routes", "USD/month", "quality", "counted", "late", "latency")
_RIGHT = (2, 3, 4, 5, 6)


@dataclass(frozen=True)
class CheckReport:
    """A check of the routes in `file`, and what it was asked on; `fresh` is today's best plan where known."""

    file: str
    routing: Routing
    catalog: Catalog
    check: RoutesCheck
    marked: Marked
    max_cost: float | None = None
    fresh: Plan | None = None

    @property
    def verdict(self) -> str:
        """One line: kept, or how many rules are broken."""
        on = f"on the catalogue of {self.catalog.as_of}"
        count = len({each.where for each in self.check.broken})
        if self.check.passed:
            rules = len(rules_in_force(self.routing))
            kept = f"{'all ' if rules > 1 else ''}{plural(rules, 'rule')}"
            return f"{clean(self.file)}: the routes keep {kept} {on}"
        return f"{clean(self.file)}: {plural(count, 'rule')} broken {on}"

    def since(self) -> str:
        """What has happened to the cost since the file's [solution] was written; '' without one."""
        stamp, plan = self.routing.solution, self.check.plan
        if stamp is None or stamp.cost is None or plan is None or plan.cost is None or self.check.unpriced:
            return ""
        change = plan.cost - stamp.cost
        day = "" if stamp.catalog_as_of is None else f" on the catalogue of {stamp.catalog_as_of}"
        if abs(change) < 0.005:
            return f"as much as when it was solved{day}"
        percent = f", {change / stamp.cost:+.1%}" if stamp.cost else ""
        cause = "prices have changed since"
        if stamp.catalog_hash == catalog_hash(self.catalog):
            cause = "the catalogue is the same, so the file was edited since"
            if stamp.what_if:
                cause = "it was solved with what-if figures"
        return f"{signed_money(change)}{percent} against {money(stamp.cost)} when it was solved{day}: {cause}"

    def total(self) -> str:
        """What the routes cost and score altogether."""
        plan = self.check.plan
        if plan is None:
            return ""
        quality = (
            "" if plan.quality is None else f", quality {self.marked.total(plan).quality}{plan.quality:.1f}"
        )
        cost = f"{self.marked.total(plan).cost}{money(plan.cost)} USD/month"
        without = f" without {clean(', '.join(self.check.unpriced))}" if self.check.unpriced else ""
        return f"total {cost}{quality}{without}"

    def advice(self) -> str:
        """What solving anew would give."""
        plan = self.fresh
        if plan is None:
            return ""
        if not plan.found:
            if plan.status == SolverStatus.TIMED_OUT:
                return "no plan was found in the time there was; modelpick solve searches longer"
            return "no mix of offers keeps all of this today; modelpick explain says what clashes"
        quality = "" if plan.quality is None else f", quality {plan.quality:.1f}"
        cost = f"{money(plan.cost)} USD/month{quality}"
        return f"solved anew: {cost}, every rule kept; modelpick solve -o writes it"

    def json(self) -> dict[str, Any]:
        """The same as data; `needed`, `has` and `by` of each broken rule in its `unit`."""
        stamp, plan = self.routing.solution, self.check.plan
        solved = None if stamp is None else stamp.cost
        today = None if plan is None else plan.cost
        change = None if solved is None or today is None or self.check.unpriced else today - solved
        percent = None if change is None or not solved else change / solved * 100
        labels = {} if plan is None else self.marked.json(plan)["labels"]
        return {
            "passed": self.check.passed,
            "catalog_as_of": self.catalog.as_of.isoformat(),
            "broken": [each.model_dump(mode="json") for each in self.check.broken],
            "cost": {
                "solved": solved,
                "today": today,
                "change": change,
                "percent": percent,
                "max": self.max_cost,
            },
            "quality": {
                "solved": None if stamp is None else stamp.quality,
                "today": None if plan is None else plan.quality,
                "counted": None if plan is None else plan.counted,
            },
            "labels": labels,
            "unpriced": list(self.check.unpriced),
            "replicas": {} if plan is None else plan.replicas,
            "fresh": None if self.fresh is None else self.fresh.to_json(),
        }


def check_text(report: CheckReport) -> str:
    """The verdict, each broken rule with its figures, and what the routes cost and do today."""
    blocks = [report.verdict, "\n".join(f"  {break_text(each)}" for each in report.check.broken)]
    if plan := report.check.plan:
        rows: list[tuple[str, ...]] = []
        for name, label_plan in plan.labels.items():
            cells = _label_cells(label_plan, report.marked.label(name, label_plan)[1])
            shares = [_routes(label_plan)]
            if len(label_plan.routes) > 1:
                shares = [f"{clean(route.offer)} {route.share:.1%}" for route in label_plan.routes]
            rows += [
                (clean(name), shares[0], *cells[1:]),
                *(("", share, *[""] * 5) for share in shares[1:]),
            ]
        blocks.append(table(_HEAD, rows, _RIGHT))
    since = report.since()
    lines = [report.total(), since and f"  {since}", *report.marked.legend(plan)] if plan else []
    lines += [report.advice()]
    blocks.append("\n".join(line for line in lines if line))
    return "\n\n".join(block for block in blocks if block)


def check_markdown(report: CheckReport) -> str:
    """The same as a comment on a pull request, with what solving anew would change label by label."""
    check, plan = report.check, report.check.plan
    sign = "✅" if check.passed else "❌"
    blocks = [f"{MARKER.format('check')}\n### {sign} modelpick check: {markdown.escaped(report.verdict)}"]
    if check.broken:
        blocks.append(broken_markdown(check.broken))
    if plan is not None:
        rows = [
            (clean(name), *_label_cells(label_plan, report.marked.label(name, label_plan)[1]))
            for name, label_plan in plan.labels.items()
        ]
        blocks.append(markdown.table(_HEAD, rows, _RIGHT))
    lines = [report.total(), report.since(), report.advice()]
    blocks.append("\n\n".join(markdown.escaped(_sentence(line)) for line in lines if line))
    if plan is not None and report.fresh is not None and report.fresh.found:
        rows = changes(plan, report.fresh)
        title = "<details><summary>What solving anew would change</summary>"
        blocks.append("\n\n".join([title, markdown.table(CHANGE_HEAD, rows, CHANGE_RIGHT), "</details>"]))
    return "\n\n".join(blocks)


CHANGE_HEAD = ("label", "before", "after", "USD/month", "quality", "counted", "late", "latency")
CHANGE_RIGHT = (3, 4, 5, 6, 7)


def changes(before: Plan, after: Plan) -> list[tuple[str, ...]]:
    """A row for each label of two plans: its routes before and after, and each figure's way."""
    rows: list[tuple[str, ...]] = []
    for name in dict.fromkeys((*before.labels, *after.labels)):
        old, new = before.labels.get(name), after.labels.get(name)
        same = old is not None and new is not None and _routes(old) == _routes(new)
        rows.append(
            (
                clean(name),
                UNKNOWN if old is None else _routes(old),
                UNKNOWN if new is None else "the same" if same else _routes(new),
                _way(*(money(each.cost) if each else UNKNOWN for each in (old, new))),
                _way(*(points_text(each.quality if each else None) for each in (old, new))),
                _way(*(points_text(each.counted if each else None) for each in (old, new))),
                _way(*(_late_text(each.late if each else None) for each in (old, new))),
                _way(*(points_text(each.latency if each else None, " s") for each in (old, new))),
            )
        )
    return rows


def broken_markdown(broken: tuple[Break, ...]) -> str:
    """A table of broken rules: what each needs, what there is, and in words."""
    rows = [
        (markdown.Markup(f"**{markdown.escaped(each.where)}**"), *_needs_and_has(each), clean(each.reason))
        for each in broken
    ]
    return markdown.table(("broken rule", "needs", "has", "in words"), rows)


def break_text(broken: Break) -> str:
    """A broken rule in a line: its path, the reason, what it needs and what there is."""
    needs, has = _needs_and_has(broken)
    figures = f"; needs {needs}" if needs else ""
    figures += f", has {has}" if needs and has else ""
    apart = ""
    if needs and _is_number(broken.needed) and _is_number(broken.has):
        apart = f" ({_figure(broken.by, 4)} {'short' if broken.has < broken.needed else 'over'})"
    return f"{clean(broken.where)}: {clean(broken.reason)}{figures}{apart}"


def _needs_and_has(broken: Break) -> tuple[str, str]:
    """What a rule needs and what there is, with the unit; '' where that is no figure of it."""
    needed = _setting(broken.needed, broken.unit)
    if not needed:
        return "", ""
    sense = _sense(broken) if _is_number(broken.needed) else None
    bound = "at most " if sense is Sense.UPPER else "at least " if sense is Sense.LOWER else ""
    has = "unknown" if broken.has is None else _setting(broken.has, broken.unit)
    return f"{bound}{needed}", has


def _sense(broken: Break) -> Sense | None:
    if broken.rule.startswith("offers."):
        return Sense.LOWER if broken.rule.endswith(".retires") else Sense.UPPER
    if broken.rule == "max_cost":
        return Sense.UPPER
    spec = find_spec(broken.rule)
    if spec is not None and spec.implied:
        return Sense.LOWER  # what a request needs, against what an offer takes
    return None if spec is None else spec.sense


def _is_number(setting: object) -> bool:
    return isinstance(setting, (int, float)) and not isinstance(setting, bool)


def _setting(setting: object, unit: str) -> str:
    if setting is None or isinstance(setting, bool):
        return ""
    if isinstance(setting, Mapping):
        return ", ".join(f"{clean(str(name))} {_figure(share)}" for name, share in setting.items())
    if isinstance(setting, (list, tuple)):
        return clean(", ".join(map(str, setting))) or "none"
    if not isinstance(setting, (int, float)):
        return clean(str(setting))
    unit = unit_text(unit, setting)
    return f"{_figure(setting)} {unit}" if unit else _figure(setting)


def _figure(number: Any, digits: int = 6) -> str:
    """In that many significant digits, to the hundredth from a thousand on; thousands apart."""
    return f"{round(number, 2) if abs(number) >= 1000 else float(f'{number:.{digits}g}'):,.10g}"


def _label_cells(plan: LabelPlan, signs: Any) -> tuple[str, ...]:
    return (
        _routes(plan),
        signs.cost + money(plan.cost),
        signs.quality + points_text(plan.quality),
        points_text(plan.counted),
        _late_text(plan.late),
        signs.latency + points_text(plan.latency, " s"),
    )


def _routes(plan: LabelPlan) -> str:
    if len(plan.routes) == 1:
        return clean(plan.routes[0].offer)
    return " + ".join(f"{clean(route.offer)} {route.share:.1%}" for route in plan.routes)


def _late_text(late: float | None) -> str:
    return UNKNOWN if late is None else f"{late:.1%}"


def _way(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."
