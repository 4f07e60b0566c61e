"""A plan as text and as data: routes and total, or what clashes and what mends it; figures with signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...domain.catalog import Catalog
from ...domain.field_facts import Sense
from ...domain.formatting import money, points_text, unit_text
from ...domain.marks import LEGEND, Marks, Signs, join_signs, mark_names, marks_of
from ...domain.plan import REPAIRS_CUT, LabelPlan, Plan, PlannedRoute, Repair, subscription_text
from ...domain.routing import MIN_CONFIDENCE, Routing
from ...domain.rules import RulePath, owner_of, spec_of, value_of
from ...domain.scenario import Outcome
from ...domain.solver_status import SolverStatus
from .text import GAP, Row, clean, styled, table

_STATUS_TEXT = {
    SolverStatus.OPTIMAL: "optimal",
    SolverStatus.FEASIBLE: "feasible, not proven best",
    SolverStatus.INFEASIBLE: "infeasible: no mix of offers meets these rules",
    SolverStatus.TIMED_OUT: "stopped at the time limit, no plan found yet",
}


def plan_text(plan: Plan, marked: Marked | None = None, routing: Routing | None = None) -> str:
    """What `modelpick solve` prints, without a last line end; with a routing also what clashing rules say."""
    marked = marked or Marked()
    if plan.found:
        blocks = [_routes(plan, marked), _replicas(plan), _subscriptions(plan), _total(plan, marked)]
    else:
        blocks = [_STATUS_TEXT[plan.status]]
    blocks += [
        conflict_text(plan, routing),
        repairs_text(plan),
        mix_text(plan),
        "\n".join(clean(note) for note in plan.notes),
    ]
    return "\n\n".join(block for block in blocks if block)


def _routes(plan: Plan, marked: Marked) -> str:
    head = ["label", "offer", "share", "USD/month", "quality", "counted", "latency"]
    rows: list[Row] = []
    for name, label in plan.labels.items():
        rows += _label(clean(name), label, *marked.label(name, label))
    if not _is_counted(plan):
        del head[5]
        rows = [row if isinstance(row, str) else (*row[:5], *row[6:]) for row in rows]
    return table(tuple(head), rows, right=tuple(range(2, len(head))))


def _is_counted(plan: Plan) -> bool:
    """Whether rules count another quality than there is."""
    return any(route.counted != route.quality for label in plan.labels.values() for route in label.routes)


def _label(name: str, label: LabelPlan, routes: list[Signs], mix: Signs) -> list[Row]:
    lines: list[Row] = []
    for route, signs in zip(label.routes, routes, strict=True):
        lines.append((name, clean(route.offer), f"{route.share:.1%}", *_figures(route, signs)))
        name = ""
    if len(label.routes) != 1:
        lines.append((name, "  together", "", *_figures(label, mix)))
    if label.fallbacks:
        lines.append(f"{GAP}{GAP}else " + clean(", ".join(label.fallbacks)))
    return lines


def _figures(plan: LabelPlan | PlannedRoute, signs: Signs) -> tuple[str, str, str, str]:
    """Cost, quality and latency, each after its signs; what is counted of the quality before the latency."""
    figures = (money(plan.cost), points_text(plan.quality), points_text(plan.latency, " s"))
    cost, quality, latency = (sign + figure for sign, figure in zip(signs, figures, strict=True))
    return cost, quality, points_text(plan.counted), latency


def _replicas(plan: Plan) -> str:
    return "\n".join(f"{clean(offer)}: {number} replicas" for offer, number in plan.replicas.items())


def _subscriptions(plan: Plan) -> str:
    return "\n".join(clean(subscription_text(name, bought)) for name, bought in plan.plans.items())


def _total(plan: Plan, marked: Marked) -> str:
    signs = marked.total(plan)
    quality = "" if plan.quality is None else f", quality {signs.quality}{plan.quality:.1f}"
    if plan.counted is not None and _is_counted(plan):
        quality += f", counted {plan.counted:.1f}"
    gap = (
        f", at most {plan.gap:.1%} from the best"
        if plan.status == SolverStatus.FEASIBLE and plan.gap is not None
        else ""
    )
    total = styled(f"total {signs.cost}{money(plan.cost)} USD/month{quality}", "bold")
    sure = [] if marked.routing is None else sureness_lines(marked.routing)
    return "\n".join([total, *sure, *marked.legend(plan), f"status {_STATUS_TEXT[plan.status]}{gap}"])


def sureness_lines(routing: Routing) -> list[str]:
    """How sure the plan's quality is, in words; nothing where no rule is about quality."""
    ruled = [label for label in routing.labels.values() if routing.needs_quality(label)]
    if not ruled:
        return []
    levels = sorted({routing.confidence(label) for label in ruled})
    if levels[-1] == MIN_CONFIDENCE:
        return ["how sure: quality counts as it stands, so it may as well be less; confidence = 0.9 is surer"]
    low, high = (f"{level * 100:.4g} %" for level in (levels[0], levels[-1]))
    span = high if low == high else f"{low} to {high}, as each label asks,"
    return [f"how sure: the chance is {span} that the quality is at least what is counted"]


@dataclass(frozen=True)
class Marked:
    """What the figures of a routing's plan rest on; without a catalogue, nothing is said of it."""

    routing: Routing | None = None
    marks: Marks = field(default_factory=Marks)

    @staticmethod
    def by(routing: Routing, catalog: Catalog, today: date) -> Marked:
        """The signs of a catalogue's figures on that day."""
        return Marked(routing, marks_of(catalog, today))

    def label(self, name: str, label_plan: LabelPlan) -> tuple[list[Signs], Signs]:
        """Of each route, and of the mix."""
        return self.marks.of_label(
            None if self.routing is None else self.routing.labels.get(name), label_plan
        )

    def total(self, plan: Plan) -> Signs:
        """Of the whole plan."""
        return Signs() if self.routing is None else self.marks.of_plan(self.routing, plan)

    def rule(self, path: str, plan: Plan) -> str:
        """The signs of what the plan has of a rule, such as `labels.think.min_quality`."""
        label = RulePath.parse(path).label
        return self.label(label, plan.labels[label])[1].about(path) if label in plan.labels else ""

    def outcome(self, outcome: Outcome) -> Signs:
        """Of the cost and quality of a plan in short: what the offers of any label's mix rest on."""
        if self.routing is None:
            return Signs()
        labels = self.routing.labels
        used = [
            self.marks.of_offer(offer, labels[name])
            for name, mix in outcome.mixes.items()
            for offer, share in mix.items()
            if share > 0 and name in labels
        ]
        return Signs(join_signs(signs.cost for signs in used), join_signs(signs.quality for signs in used))

    def legend(self, plan: Plan) -> list[str]:
        """A line for each sign of this plan: what it means."""
        lines = [sign for name, label_plan in plan.labels.items() for sign in self.label(name, label_plan)[0]]
        return legend(line.all for line in lines)

    def json(self, plan: Plan) -> dict[str, Any]:
        """The plan's own data with `marks`: of the total, of each label and of each route."""
        facts = plan.to_json()
        facts["marks"] = _mark_names(self.total(plan))
        for name, label_plan in plan.labels.items():
            routes, mix = self.label(name, label_plan)
            facts["labels"][name]["marks"] = _mark_names(mix)
            for row, signs in zip(facts["labels"][name]["routes"], routes, strict=True):
                row["marks"] = _mark_names(signs)
        return facts


def legend(signs: Iterable[str]) -> list[str]:
    """A line for each of the signs that are used."""
    used = join_signs(signs)
    return [f"{sign} {name}: {about}" for sign, (name, about) in LEGEND.items() if sign in used]


def _mark_names(signs: Signs) -> dict[str, list[str]]:
    """Figure -> the names of its signs, only where there are any."""
    return {figure: mark_names(marks) for figure, marks in signs._asdict().items() if marks}


def mix_text(plan: Plan) -> str:
    """What mixing would save labels that are held to one offer, and how to take it; '' where nothing."""
    if plan.mix_saves is None:
        return ""
    first = clean(next(iter(plan.mix_labels)))
    saving = mix_saving_text(plan.objective, plan.mix_saves, plan.mix_labels)
    return f"{saving} (--set labels.{first}.max_models=2)"


def mix_saving_text(objective: str, saves: float, labels: Mapping[str, float]) -> str:
    """What mixing two offers saves, in USD a month, or gains in points of quality; then each label's part."""
    worth, digits = f"saves {money(saves)} USD a month", 2
    if objective == "quality":
        worth, digits = f"is {saves:.1f} points better", 1
    parts = ", ".join(f"{clean(name)} {part:,.{digits}f}" for name, part in labels.items())
    return f"a mix of two {worth}{': ' if parts else ''}{parts}"


def conflict_text(plan: Plan, routing: Routing | None) -> str:
    """The rules that cannot hold, one a line; what each says where the routing is known."""
    if not plan.conflicts:
        return ""
    head = "These rules cannot hold together:" if len(plan.conflicts) > 1 else "This rule cannot be kept:"
    return "\n".join([head, *(f"  {_rule_line(routing, path)}" for path in plan.conflicts)])


def _rule_line(routing: Routing | None, path: str) -> str:
    if routing is None:
        return clean(path)
    implied = spec_of(path).implied and not spec_of(path).is_set(owner_of(routing, path))
    why = " (its prompt and answer)" if implied else ""
    return f"{clean(path)} = {_toml_text(value_of(routing, path))}{_unit(path, value_of(routing, path))}{why}"


def rule_text(routing: Routing, path: str) -> str:
    """A rule's value with its unit, as `limits.budget` has it: 500 USD/mo."""
    return f"{_toml_text(value_of(routing, path))}{_unit(path, value_of(routing, path))}"


def repairs_text(plan: Plan) -> str:
    """The changes that help: any one of several, or all of them at once."""
    if plan.together:
        why = "" if REPAIRS_CUT in plan.notes else ": other rules clash as well"
        head = f"{plan.alone_text.capitalize()}{why}. These together do, by the least in all"
        return "\n".join([f"{head}:", *(f"  {repair_text(repair)}" for repair in plan.together)])
    if plan.repairs:
        head = "Any one of these changes helps" if len(plan.repairs) > 1 else "This change helps"
        return "\n".join([f"{head}:", *(f"  {repair_text(repair)}" for repair in plan.repairs)])
    return "No change that helps was found in the time there was." if plan.conflicts else ""


def repair_text(repair: Repair) -> str:
    """The rule, from what to what, by how much, and what the plan costs then."""
    cost = "" if repair.cost is None else f"; then {money(repair.cost)} USD/month"
    return f"{clean(repair.path)}: {_change_of(repair)}{cost}"


def _change_of(repair: Repair) -> str:
    was, to = repair.from_, repair.to
    if isinstance(was, dict):
        return f"drop the pin of {clean(', '.join(key for key in was if key not in (to or {})))}"
    if isinstance(was, (list, tuple)):
        added = [name for name in to or () if name not in was]
        dropped = [name for name in was if name not in (to or ())]
        if to is None:
            return "drop the list"
        words = [
            f"{word} {clean(', '.join(items))}"
            for word, items in (("add", added), ("drop", dropped))
            if items
        ]
        return " and ".join(words) + (
            f", so that it is {_toml_text(to)}" if spec_of(repair.path).sense is Sense.ADMIT else ""
        )
    unit = _unit(repair.path, was if to is None else to)
    if to is None:
        return f"{_toml_text(was)}{unit} -> no such rule"
    number = isinstance(was, (int, float)) and not isinstance(was, bool) and was
    size = f" ({(to - was) / abs(was):+.1%})" if number else ""
    return f"{_toml_text(was)} -> {_toml_text(to)}{unit}{size}"


def _unit(path: str, number: object) -> str:
    """The rule's unit as it goes with a number: ' offers', and ' offer' of one."""
    unit = unit_text(spec_of(path).unit, number)
    return f" {unit}" if unit else ""


def _toml_text(setting: object) -> str:
    """As TOML has it, but with thousands apart."""
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, (int, float)):
        return f"{setting:,.10g}"
    if isinstance(setting, (list, tuple)):
        return "[" + ", ".join(clean(str(name)) for name in setting) + "]"
    if isinstance(setting, dict):
        return ", ".join(f"{clean(key)} {share:.1%}" for key, share in setting.items())
    return clean(str(setting))
