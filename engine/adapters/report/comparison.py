"""Comparisons: offers with each other, a plan with simpler ways, and the plans of two routing files.

The last also as a comment on a pull request, in the Markdown that GitHub shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Any

from ...domain.catalog import Catalog, Offer
from ...domain.explanation import Break
from ...domain.formatting import UNKNOWN, count_text, money, plural, points_text, saving_text, signed_money
from ...domain.marks import Marks, Signs, join_signs, mark_names
from ...domain.plan import LabelPlan, Plan
from ...domain.routing import Routing
from ...domain.rules import LIMITS, RulePath, sections, set_in, value_of
from ...domain.scenario import Baseline, Baselines, Outcome
from ...solver.analysis.compare import Comparison
from . import markdown
from .check import CHANGE_HEAD, CHANGE_RIGHT, MARKER, broken_markdown, changes
from .plan import Marked, legend, rule_text
from .text import Row, clean, fitted, table

SKILLS = ("reasoning", "coding", "multilingual")
_DIFF_COLUMNS = ("label", "routes", "USD/month", "quality", "latency")
_DIFF_RIGHT = (2, 3, 4)
MAX_RULES = 40  # changed rules that are listed one by one


def compare_text(
    catalog: Catalog, lines: Sequence[Comparison], input_tokens: float, output_tokens: float, marks: Marks
) -> str:
    """A block a model with its offers, what the budgets assume, and what the signs before figures mean."""
    blocks = []
    for model, of_model in groupby(lines, key=lambda line: line.offer.partition("/")[2]):
        blocks.append(_model_block(catalog, model, list(of_model), marks))
    tokens = f"{input_tokens:,.10g} input + {output_tokens:,.10g} output tokens"
    notes = [f"in, out: USD per million tokens; USD/month: {tokens}, uncached, fees included"]
    if any(line.facts.hours for line in lines):
        notes.append(
            "where prices change with the hour, in and out are the list's, USD/month a week's average"
        )
    if any(line.verbosity != 1 for line in lines):
        notes.append("as written: the same at the output it writes, hidden reasoning included")
    meanings = legend(sign for line in lines for sign in _signs(line, marks).values())
    return "\n\n".join([*blocks, fitted("\n".join([*notes, *meanings]))])


def _model_block(catalog: Catalog, model: str, lines: Sequence[Comparison], marks: Marks) -> str:
    """What is the model's own, then a line an offer: prices, a month's budget, speed, and what is its own."""
    first, about = lines[0], catalog.models[model]
    signs = _signs(first, marks)
    skills = ", ".join(
        f"{skill} {signs.get(skill, '')}{points_text(first.skills.get(skill))}" for skill in SKILLS
    )
    contexts = {window(about.context, line.facts) for line in lines}
    features = {_features(catalog, line.offer) for line in lines}
    facts = [
        skills,
        *([f"context {count_text(next(iter(contexts)))}"] if len(contexts) == 1 else []),
        *(features if len(features) == 1 else []),
        *([f"writes {first.verbosity:g} times the output"] if first.verbosity != 1 else []),
    ]
    head = [clean(about.name or model), "in", "out", "USD/month", "ttft s", "tok/s"]
    verbose = any(line.verbosity != 1 for line in lines)
    if verbose:
        head.insert(4, "as written")
    rows: list[Row] = ["  " + "; ".join(facts)]
    for line in lines:
        rows += _offer_rows(catalog, line, marks, (contexts, features), verbose)
    return table(head, rows, right=range(1, len(head)))


def _offer_rows(
    catalog: Catalog,
    line: Comparison,
    marks: Marks,
    kinds: tuple[set[float], set[str]],
    verbose: bool,
) -> list[Row]:
    provider, _, model = line.offer.partition("/")
    offer, signs = line.facts, _signs(line, marks)
    speed = [
        "-" if figure is None else f"{signs[name]}{figure:g}"
        for name, figure in (("ttft", offer.ttft), ("tps", offer.tps))
    ]
    budget_signs = join_signs((signs["input"], signs["output"]))
    budgets = [budget_signs + money(float(line.budget))]
    if verbose:
        budgets.append(budget_signs + money(float(line.budget_as_verbose)))
    row = (
        f"  {clean(catalog.providers[provider].name or provider)}",
        f"{signs['input']}{offer.input:g}",
        f"{signs['output']}{offer.output:g}",
        *budgets,
        *speed,
    )
    contexts, features = kinds
    facts = [
        *(
            [f"context {count_text(window(catalog.models[model].context, offer))}"]
            if len(contexts) > 1
            else []
        ),
        *([_features(catalog, line.offer)] if len(features) > 1 else []),
        *([_limits(offer)] if _limits(offer) else []),
        *([offer.status] if offer.status != "live" else []),
        f"{clean(offer.source) or 'no source'} {offer.as_of or ''}".strip(),
    ]
    return [row, "    " + "; ".join(facts)]


def _features(catalog: Catalog, key: str) -> str:
    """What an offer has, and what nobody says of it: that is not the same as not having it."""
    known, unknown = catalog.features_of(key), catalog.offers[key].features_unknown
    if not known:
        return "features unknown" if unknown else "no features"
    return clean(", ".join(known)) + (f" (unknown: {clean(', '.join(unknown))})" if unknown else "")


def compare_json(catalog: Catalog, lines: Sequence[Comparison], marks: Marks) -> list[dict[str, Any]]:
    """The same table as data; null where a figure is not known, `marks` where it carries signs."""
    rows = []
    for line in lines:
        signs = {name: mark_names(sign) for name, sign in _signs(line, marks).items() if sign}
        rows.append({**_offer_facts(catalog, line), "marks": signs})
    return rows


def _signs(line: Comparison, marks: Marks) -> dict[str, str]:
    """Figure -> its signs; the budget has those of the prices that stand beside it."""
    speeds = [name for name in ("ttft", "tps") if getattr(line.facts, name) is not None]
    skills = [skill for skill in SKILLS if skill in line.skills]
    signs = {name: marks.figure(line.offer, name) for name in ("input", "output", *speeds)}
    return signs | {skill: marks.figure(line.offer, f"skill:{skill}") for skill in skills}


def _offer_facts(catalog: Catalog, line: Comparison) -> dict[str, Any]:
    provider, _, model = line.offer.partition("/")
    offer = line.facts
    return {
        "offer": line.offer,
        "model": model,
        "provider": provider,
        "input": offer.input,
        "output": offer.output,
        "context": window(catalog.models[model].context, offer),
        "skills": {skill: line.skills.get(skill) for skill in sorted({*SKILLS, *line.skills})},
        "features": list(catalog.features_of(line.offer)),
        "open_weights": catalog.models[model].open_weights,
        "ttft": offer.ttft,
        "tps": offer.tps,
        "rpm": offer.rpm,
        "tpm": offer.tpm,
        "status": str(offer.status),
        "budget": float(line.budget),
        "verbosity": line.verbosity,
        "budget_as_verbose": float(line.budget_as_verbose),
        "source": offer.source,
        "as_of": None if offer.as_of is None else offer.as_of.isoformat(),
    }


def window(context: float, offer: Offer) -> float:
    """Tokens, input + output, that fit at this offer."""
    return context if offer.context is None else min(context, offer.context)


def _limits(offer: Offer) -> str:
    limits = [f"{limit:,.10g} {name}" for name, limit in (("rpm", offer.rpm), ("tpm", offer.tpm)) if limit]
    return ", ".join(limits)


def baselines_text(comparison: Baselines, marked: Marked) -> str:
    """What `modelpick baselines` prints, each figure with its signs."""
    plan = comparison.plan
    rows = [_baseline_row(baseline, marked.outcome(baseline.outcome)) for baseline in comparison.against]
    name = "the plan" if plan.found else "no plan"
    first = (name, *_cost_and_quality(plan, marked.outcome(plan), ("", "")), "-")
    head = ("instead", "USD/month", "plan saves", "", "quality", "breaks")
    blocks = [table(head, [first, *rows], right=(1, 2, 3, 4))]
    for baseline in comparison.against:
        if baseline.broken:
            reasons = "\n".join(f"  {clean(rule.where)}: {clean(rule.reason)}" for rule in baseline.broken)
            verb = "break" if baseline.name.endswith("routes") else "breaks"
            blocks.append(f"{_baseline_name(baseline)} {verb}\n{reasons}")
    every = [
        marked.outcome(outcome).all
        for outcome in (plan, *(baseline.outcome for baseline in comparison.against))
    ]
    blocks += ["\n".join(lines)] if (lines := legend(every)) else []
    if not plan.found:
        blocks.append("No mix keeps all the rules: modelpick explain says why.")
    return "\n\n".join(blocks)


def _baseline_row(baseline: Baseline, signs: Signs) -> tuple[str, ...]:
    cost = baseline.outcome.cost
    part = "" if baseline.saving is None or not cost else saving_text(baseline.saving / cost)
    saving = "-" if baseline.saving is None else signed_money(baseline.saving)
    count = len({rule.where for rule in baseline.broken})
    breaks = plural(count, "rule") if count else "-"
    return (_baseline_name(baseline), *_cost_and_quality(baseline.outcome, signs, (saving, part)), breaks)


def _baseline_name(baseline: Baseline) -> str:
    return clean(f"{baseline.name}: {baseline.choice}" if baseline.choice else baseline.name)


def _cost_and_quality(outcome: Outcome, signs: Signs, between: tuple[str, str]) -> tuple[str, ...]:
    """Cost, what stands between, and quality, each figure after its signs."""
    cost = "" if outcome.cost is None else signs.cost
    quality = "" if outcome.quality is None else signs.quality
    return (cost + money(outcome.cost), *between, quality + points_text(outcome.quality))


@dataclass(frozen=True)
class Difference:
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
                **rule.model_dump(mode="json"),
                "a_too": rule.where in self.before_breaks,
            }
            for side, rules in self.broken.items()
            for rule in rules
        ]


def broken_text(comparison: Difference) -> str:
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
            too = " (A breaks it as well)" if rule.where in comparison.before_breaks else ""
            lines.append(f"  {clean(rule.where)}: {clean(rule.reason)}{too}")
    return "\n".join(lines)


def own_workload_text(
    side: str, basis: str, requests: tuple[float, float], own_plan: Plan, common_plan: Plan
) -> str:
    """That a side is priced at another workload than its own, and what the same routes cost at each."""
    differ = "requests differ" if requests[0] != requests[1] else "tokens or growth differ"
    return (
        f"{differ}: both are priced at the workload of {clean(basis)} "
        f"({requests[1]:,g} requests a month for {side}); at its own ({requests[0]:,g}) "
        f"the routes of {side} cost {money(own_plan.cost)} USD/month instead of {money(common_plan.cost)}"
    )


def increase(before: Plan, after: Plan) -> float:
    """How much more `after` costs, in percent of `before`."""
    old, new = before.cost or 0.0, after.cost or 0.0
    if not old:
        return 0.0 if new <= 0 else inf
    return (new - old) / old * 100


def quality_losses(before: Plan, after: Plan, limit: float | None) -> dict[str, float | None]:
    """Label -> the points it loses, where these are more than `limit`; "" is the whole router.

    None: the quality was known before and is not any more. Labels that only one side has are left out.
    """
    if limit is None:
        return {}
    both = [name for name in before.labels if name in after.labels]
    pairs = {name: (before.labels[name].quality, after.labels[name].quality) for name in both}
    if len(both) == len(before.labels) == len(after.labels):
        pairs[""] = (before.quality, after.quality)
    losses = {
        name: None if new is None else old - new for name, (old, new) in pairs.items() if old is not None
    }
    return {name: loss for name, loss in losses.items() if loss is None or loss > limit + 1e-6}


def quality_losses_text(losses: Mapping[str, float | None], limit: float | None) -> str:
    """That a label, or the router, loses more quality than is allowed; '' where none does."""
    if not losses:
        return ""
    phrases = [
        f"{clean(name) or 'the router'} {'is unscored in B' if loss is None else f'loses {loss:.1f} points'}"
        for name, loss in losses.items()
    ]
    points = "point" if limit == 1 else "points"
    return f"over the limit of {limit:g} {points} of quality: {', '.join(phrases)}"


def diff_text(before: Plan, after: Plan, limit: float | None = None) -> str:
    """A block per label that changes: its old and new routes, and what the change is worth."""
    rows: list[tuple[str, ...]] = []
    same: list[str] = []
    under_other_rules: list[str] = []  # what is late or counts depends on a label's rules too
    for name in dict.fromkeys((*before.labels, *after.labels)):
        old, new = before.labels.get(name), after.labels.get(name)
        if old is None or new is None or _printed(old) != _printed(new):
            rows += _label_rows(clean(name), old, new)
        elif _label_facts(old) == _label_facts(new):
            same.append(clean(name))
        else:
            under_other_rules.append(clean(name))
    blocks = [table(_DIFF_COLUMNS, rows, _DIFF_RIGHT)] if rows else []
    if same:
        blocks.append(f"unchanged: {', '.join(same)}")
    if under_other_rules:
        blocks.append(f"the same routes under other rules: {', '.join(under_other_rules)}")
    return "\n\n".join([*blocks, _total(before, after, limit)])


def diff_json(before: Plan, after: Plan) -> dict[str, Any]:
    """The same as data; a label that only one side has is null on the other."""
    labels = {}
    for name in dict.fromkeys((*before.labels, *after.labels)):
        old, new = before.labels.get(name), after.labels.get(name)
        cost = (new.cost if new else 0.0) - (old.cost if old else 0.0)
        labels[name] = {
            "before": old and _label_facts(old),
            "after": new and _label_facts(new),
            "change": cost,
        }
    percent = increase(before, after)
    money_ = {
        "before": before.cost,
        "after": after.cost,
        "change": (after.cost or 0.0) - (before.cost or 0.0),
    }
    quality = {
        "before": before.quality,
        "after": after.quality,
        "counted": {"before": before.counted, "after": after.counted},
    }
    return {
        "cost": {**money_, "percent": None if percent == inf else percent},
        "quality": quality,
        "labels": labels,
    }


def _label_rows(name: str, old: LabelPlan | None, new: LabelPlan | None) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for sign, plan in (("-", old), ("+", new)):
        if plan is not None:
            routes, fallbacks, *figures = _printed(plan)
            rows.append((name, f"{sign} {routes}", *figures))
            if plan.fallbacks and (old is None or new is None or old.fallbacks != new.fallbacks):
                rows.append(("", f"{sign}   else {fallbacks}", "", "", ""))
            name = ""
    if old is not None and new is not None:
        quality, latency = _difference(old.quality, new.quality), _difference(old.latency, new.latency)
        rows.append(
            ("", "  change", _signed(new.cost - old.cost), _signed(quality, 1), _signed(latency, 1, " s"))
        )
    return rows


def _printed(plan: LabelPlan) -> tuple[str, ...]:
    """A label's routes, fallbacks, cost, quality and latency as they are printed."""
    routes = " + ".join(f"{clean(r.offer)} {r.share:.1%}" for r in plan.routes)
    figures = (money(plan.cost), points_text(plan.quality), points_text(plan.latency, " s"))
    return routes, clean(", ".join(plan.fallbacks)), *figures


def _difference(old: float | None, new: float | None) -> float | None:
    return None if old is None or new is None else new - old


def _signed(number: float | None, digits: int = 2, unit: str = "") -> str:
    return "-" if number is None else f"{number:+,.{digits}f}{unit}"


def _total(before: Plan, after: Plan, limit: float | None) -> str:
    old, new, percent = before.cost or 0.0, after.cost or 0.0, increase(before, after)
    line = f"total {money(old)} -> {money(new)} USD/month ({signed_money(new - old)}, {percent:+.1f}%)"
    if limit is None:
        return line
    verdict = "over" if percent > limit else "within"
    return f"{line}\n{verdict} the limit of {limit:+g}%"


def _label_facts(plan: LabelPlan) -> dict[str, Any]:
    """A label as data, shares in six digits as a file has them."""
    routes = [{"offer": r.offer, "share": round(r.share, 6), "cost": r.cost} for r in plan.routes]
    names = ("cost", "quality", "counted", "late", "latency")
    figures = {name: getattr(plan, name) for name in names}
    return {**figures, "routes": routes, "fallbacks": list(plan.fallbacks)}


def diff_markdown(
    difference: Difference,
    routings: Mapping[str, Routing],
    max_increase: float | None,
    notes: Sequence[str],
    *,
    failed: bool,
) -> str:
    """Before and after by label and altogether, the rules that B breaks, and those that it changes.

    `routings` are the files "A" and "B" as they stand; `notes` are sentences to end with.
    """
    before, after = difference.before, difference.after
    percent = increase(before, after)
    change = f"{signed_money((after.cost or 0.0) - (before.cost or 0.0))}, {percent:+.1f}%"
    title = f"{money(before.cost)} → {money(after.cost)} USD/month ({change})"
    blocks = [
        f"{MARKER.format('diff')}\n### {'❌' if failed else '✅'} modelpick diff: {markdown.escaped(title)}"
    ]
    if difference.breaks:
        blocks.append(broken_markdown(difference.broken["B"]))
    if max_increase is not None:
        side = "over" if percent > max_increase else "within"
        blocks.append(markdown.escaped(f"The cost is {side} the limit of {max_increase:+g}%."))
    rows = changes(before, after)
    total = (f"{money(plan.cost)}" for plan in (before, after))
    quality = (points_text(plan.quality) for plan in (before, after))
    counted = (points_text(plan.counted) for plan in (before, after))
    figures = (" → ".join(each) for each in (total, quality, counted))
    rows.append(("altogether", "", "", *figures, UNKNOWN, UNKNOWN))
    blocks.append(markdown.table(CHANGE_HEAD, rows, CHANGE_RIGHT))
    edits = list(changed_rules(routings["A"], routings["B"]))
    if edits:
        more = len(edits) - MAX_RULES
        listed = edits[:MAX_RULES] + ([(f"and {more} more", "", "")] if more > 0 else [])
        blocks += ["What the files say differently:", markdown.table(("rule", "A", "B"), listed)]
    loosened = difference.broken.get("A", ())
    if loosened:
        blocks += ["Rules of A that B drops or loosens, and its routes break:", broken_markdown(loosened)]
    blocks += ["\n".join(f"- {markdown.escaped(note)}" for note in notes)] if notes else []
    return "\n\n".join(blocks)


def changed_rules(before: Routing, after: Routing) -> Iterator[tuple[str, str, str]]:
    """Every rule and fact of the workload that two routings say differently: its path, before and after.

    A label that only one of them has is one line.
    """
    for section in dict.fromkeys((*sections(before), *sections(after))):
        if section != LIMITS and not all(section.label in routing.labels for routing in (before, after)):
            sides = ("a label" if section.label in routing.labels else UNKNOWN for routing in (before, after))
            yield (str(section), *sides)  # type: ignore[misc]
            continue
        paths = dict.fromkeys((*set_in(before, section), *set_in(after, section)))
        for path in paths:
            if value_of(before, path) != value_of(after, path):
                yield str(path), _said(before, path), _said(after, path)


def _said(routing: Routing, path: RulePath) -> str:
    setting = value_of(routing, path)
    return UNKNOWN if setting is None or setting in ((), {}) else rule_text(routing, str(path))
