"""Explanations as text: what each rule costs, cost against quality, why an offer does not serve a label.

Also which offers are out only for want of a figure, what a plan rests on, and which test would improve it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ...domain.catalog import Catalog
from ...domain.explanation import (
    TIME_OUT,
    AssumedRoute,
    Basis,
    Entry,
    Frontier,
    MeasurementValue,
    MissingFigures,
    PlanWorth,
    RulePrice,
    WhyNot,
    Window,
)
from ...domain.formatting import (
    OBJECTIVE_UNITS,
    factor_text,
    money,
    points_text,
    share_text,
    signed_money,
    unit_text,
)
from ...domain.levels import spelled_out
from ...domain.plan import Plan
from ...domain.provenance import provenance
from ...domain.routing import Label, Measured, Routing
from ...domain.rules import spec_of
from .plan import Marked, plan_text
from .text import Row, clean, fitted, table

MAX_LATE_NAMES = 12  # rules named that time did not reach; --json has all
MAX_NAMES = 3  # of a list, before "and 5 more"
MAX_DOMINATED = 20  # offers, of which a label has thousands
ASSUMPTION = (
    "Assumed: a speed as of the same model elsewhere, else of its family; a score as of its family at the\n"
    "same reasoning level. No plan rests on that: probe a speed, import scores or your own tests, then solve."
)
MAX_TESTS = 5  # named; --json has all


def explain_text(
    routing: Routing,
    plan: Plan,
    prices: Sequence[RulePrice],
    marked: Marked,
    worths: Sequence[PlanWorth] = (),
) -> str:
    """The plan or the clash, then the rules that cost something, those that do not, and the subscriptions."""
    opening = plan_text(plan, marked, routing)
    if not plan.found:
        return opening
    binding = [_binding_text(routing, rule) for rule in prices if rule.binding]
    late = [rule for rule in prices if not rule.binding and _unsolved(rule)]
    loose = [
        _loose_row(routing, rule, marked.rule(rule.path, plan))
        for rule in prices
        if not rule.binding and rule not in late
    ]
    blocks = [opening]
    if binding:
        blocks.append("Binding rules, a step of each solved anew:\n" + "\n".join(binding))
    if loose:
        head = ("a step changes nothing", "is", "plan has", "unit", "without it")
        blocks.append(table(head, loose, right=(1, 2, 4)))
    if worths:
        lines = "\n".join(f"  {worth_text(routing, worth)}" for worth in worths)
        blocks.append(f"Subscriptions, a unit of each more or less solved anew:\n{lines}")
    if late:
        names = clean(", ".join(rule.path for rule in late[:MAX_LATE_NAMES]))
        more = f" and {len(late) - MAX_LATE_NAMES:,} more" if len(late) > MAX_LATE_NAMES else ""
        blocks.append(f"time was out before these were solved anew: {names}{more}")
    return "\n\n".join(blocks)


def explain_json(
    plan: Plan, prices: Sequence[RulePrice], marked: Marked, worths: Sequence[PlanWorth] = ()
) -> dict[str, Any]:
    """The plan as `solve --json` has it, `rules`, and what a unit of each subscription is worth."""
    return {
        **marked.json(plan),
        "rules": [rule.model_dump(mode="json") for rule in prices],
        "subscriptions": [worth.model_dump(mode="json") for worth in worths],
    }


def worth_text(routing: Routing, worth: PlanWorth) -> str:
    """`max: 1 unit; one more +35.00 USD a month; one less +1,450.20 ...; pays from x0.12 of the traffic`."""
    return f"{clean(worth.name)}: {'; '.join(worth_clauses(routing, worth))}"


def worth_clauses(routing: Routing, worth: PlanWorth) -> list[str]:
    """The units bought, what one more and one less change, and the volume from which it pays."""
    clauses = [f"{worth.units:,} {unit_text('units', worth.units)}" if worth.units else "not bought"]
    for word, change in (("one more", worth.more), ("one less", worth.less)):
        if change is not None:
            clauses.append(f"{word} {_change(routing, change) or 'changes nothing'}")
    if worth.pays_from is not None:
        about = "at most " if worth.cut else ""
        volume = f"{factor_text(worth.pays_from)} of today's traffic, {worth.requests:,.0f} requests a month"
        volume = f"{about}{volume}{f' ({TIME_OUT})' if worth.cut else ''}"
        clauses.append(f"{'pays' if worth.units else 'would pay'} from {volume}")
    elif worth.cut:
        clauses.append(f"{TIME_OUT} before the volume was found from which it pays")
    elif not worth.units:
        clauses.append("pays at no volume that was looked at")
    return clauses


def _unsolved(rule: RulePrice) -> bool:
    """Whether time was out before a step of the rule was solved, so that nothing is known of it."""
    reasons = (rule.looser_reason, rule.tighter_reason)
    return TIME_OUT in reasons if rule.step is not None else rule.dropped is None


def _binding_text(routing: Routing, rule: RulePrice) -> str:
    parts = [f"  {clean(rule.path)} = {value_text(rule.value)} {unit_text(rule.unit, rule.value)}".rstrip()]
    step = step_text(rule)
    for word, change in (("looser", rule.looser), ("tighter", rule.tighter)):
        if rule.step is None:
            continue
        if word in rule.ends:
            parts.append(f"    no step {word}")
        else:
            reason = getattr(rule, f"{word}_reason")
            parts.append(f"    {step} {word}: {reason or _change(routing, change) or 'no change'}")
    if rule.dropped and rule.dropped != rule.looser:
        parts.append(f"    without it: {_change(routing, rule.dropped)}")
    if rule.price is not None and (rule.price or not rule.tighter_reason):
        parts.append(f"    {_shadow_price_text(routing, rule, step)}")
    return "\n".join(parts)


def _shadow_price_text(routing: Routing, rule: RulePrice, step: str) -> str:
    """The shadow price, how far it holds, and what it is to the other side of a corner."""
    unit = OBJECTIVE_UNITS[routing.objective][0]
    ends = [
        f"{word} {end:,.6g}"
        for word, end in (("from", rule.holds_from), ("up to", rule.holds_to))
        if end is not None
    ]
    holds = " ".join(ends) or "everywhere"
    if rule.holds_from is not None and rule.holds_from == rule.holds_to:
        holds = f"at {rule.holds_to:,.6g} alone"
    twist = "" if rule.price_looser is None else f"; degenerate: a step looser {-rule.price_looser:+,.4g}"
    return f"shadow price, these models kept: {step} tighter {rule.price:+,.4g} {unit}; holds {holds}{twist}"


def _loose_row(routing: Routing, rule: RulePrice, signs: str) -> tuple[str, ...]:
    attained = "-" if rule.attained is None else f"{signs}{rule.attained:,.6g}"
    dropped = _change(routing, rule.dropped) or "no change"
    return (clean(rule.path), value_text(rule.value), attained, unit_text(rule.unit, 2), dropped)


def _change(routing: Routing, change: float | None) -> str:
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    if change is None:  # dropping a rule leaves the plan there is: only time can end it
        return TIME_OUT
    return f"{change:+,.{digits}f} {unit}" if change else ""


def rule_price_text(objective: str, rule: RulePrice) -> str:
    """What a step costs to either side, and how far that holds: '1 point more costs 3.20 USD a month'."""
    clauses = []
    if rule.step is not None:
        up = spec_of(rule.path).looser > 0
        for word, direction in (
            ("more", "looser" if up else "tighter"),
            ("less", "tighter" if up else "looser"),
        ):
            change = (
                "is no step" if direction in rule.ends else change_text(objective, getattr(rule, direction))
            )
            if getattr(rule, f"{direction}_reason") == TIME_OUT:
                change = "was not solved in time"
            clauses.append(f"{step_text(rule)} {word} {change}")
    if rule.dropped and rule.dropped != rule.looser:
        clauses.append(f"without it the plan {change_text(objective, rule.dropped)}")
    if rule.price and (holds := _holds(rule)):
        clauses.append(f"with these models {holds}")
    if rule.step is None and rule.dropped is None:
        clauses.append("was not solved in time")
    return "; ".join(clauses) or "costs nothing"


def _holds(rule: RulePrice) -> str:
    """Between which values a price holds: nothing where that is everywhere, or nowhere but here."""
    low, high = rule.holds_from, rule.holds_to
    if low is not None and high is not None:
        return _with_unit(f"from {low:,.4g} to {high:,.4g}", rule.unit) if low < high else ""
    if high is not None:
        return _with_unit(f"up to {high:,.4g}", rule.unit)
    return "" if low is None else f"{_with_unit(f'from {low:,.4g}', rule.unit)} up"


def _with_unit(figures: str, unit: str) -> str:
    """Figures and their unit; a share has none."""
    return f"{figures} {unit_text(unit, 2)}".rstrip()


def change_text(objective: str, change: float | None) -> str:
    """The objective's change: costs or saves money, gains or loses quality."""
    unit, digits = OBJECTIVE_UNITS[objective]
    if change is None:
        return "and nothing fits"
    if abs(change) < 0.5 * 10**-digits:
        return "changes nothing" if change == 0 else f"changes less than {10**-digits:.{digits}f} {unit}"
    worse, better = ("costs", "saves") if objective == "cost" else ("gains", "loses")
    return f"{worse if change > 0 else better} {abs(change):,.{digits}f} {unit}"


def step_text(rule: RulePrice) -> str:
    """One step with its unit: '1 point', '1000 tokens'."""
    if rule.step is None:
        return ""
    return f"{rule.step:g} {unit_text(rule.unit, rule.step)}".strip()


def value_text(setting: Any) -> str:
    """A rule's value: numbers, names, yes or no, offers with their shares."""
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, int | float):
        return f"{setting:,g}"
    if isinstance(setting, str):
        return clean(setting)
    names = (
        [f"{key} {share:g}" for key, share in setting.items()] if isinstance(setting, dict) else list(setting)
    )
    more = f" and {len(names) - MAX_NAMES:,} more" if len(names) > MAX_NAMES else ""
    return clean(", ".join(names[:MAX_NAMES])) + more


def frontier_text(curve: Frontier, *, is_counted: bool = False) -> str:
    """A line per point, the knee and the routing's own place marked.

    `is_counted`: its quality is less than it stands, at the confidence that is asked for.
    """
    if not curve.points:
        return "no mix of offers meets these rules"
    rows: list[Row] = []
    before: dict[str, dict[str, float]] = {}
    for at, point in enumerate(curve.points):
        routes = point.routes if curve.label is None else {curve.label: point.routes[curve.label]}
        changed = {name: shares for name, shares in routes.items() if shares != before.get(name)}
        mix = "; ".join(f"{name}: {_mix_text(shares)}" for name, shares in changed.items())
        before = routes
        marks = [
            *(["knee"] if at == curve.knee else []),
            *(["over budget"] if point.over_budget else []),
        ]
        rows.append((", ".join(marks), money(point.cost), f"{point.quality:.2f}", clean(mix) if at else "-"))
        if not at:
            first = clean(mix)
    figure = "counted" if is_counted else "quality"
    columns = ("", "USD/month", figure, "what changes")
    blocks = [fitted(f"cheapest: {first}"), table(columns, rows, right=(1, 2))]
    if curve.current is not None:
        blocks.append(f"now: {money(curve.current.cost)} USD/month, {figure} {curve.current.quality:.2f}")
    if curve.budget is not None and any(point.over_budget for point in curve.points):
        blocks.append(
            f"over budget: dearer than limits.budget, {money(curve.budget)} USD/month, which rules it out"
        )
    if curve.unscored:
        names = clean(", ".join(curve.unscored))
        blocks.append(f"quality is of the labels with skills; left at their cheapest: {names}")
    if curve.dominated:
        blocks.append(_dominated(curve))
    if not curve.exact:
        blocks.append("each point is the least cost at its quality; between two of them there may be others")
    return "\n\n".join(blocks)


def _mix_text(shares: dict[str, float]) -> str:
    ordered = sorted(shares, key=lambda offer: -shares[offer])
    return " + ".join(
        offer if len(shares) == 1 else f"{offer} {share_text(shares[offer])}" for offer in ordered
    )


def _dominated(curve: Frontier) -> str:
    """How many a label; the nearest, and by what they are beaten, where one label is asked about."""
    if curve.label is None:
        count: dict[str, int] = {}
        for dominated in curve.dominated:
            count[clean(dominated.label)] = count.get(clean(dominated.label), 0) + 1
        counts = ", ".join(f"{label} {number}" for label, number in count.items())
        return f"dominated offers (no cheaper, better or faster than another): {counts}; --label L names some"
    head = ("dominated", "by", "dearer by USD/month", "worse by points", "late, more requests")
    by_distance = sorted(curve.dominated, key=lambda d: (d.dearer, d.worse, d.later, d.offer))
    rows = [
        (clean(d.offer), clean(d.by), money(d.dearer), f"{d.worse:.2f}", f"{d.later:.2%}")
        for d in by_distance[:MAX_DOMINATED]
    ]
    text = table(head, rows, right=(2, 3, 4))
    more = len(by_distance) - MAX_DOMINATED
    return f"{text}\n\n{more:,} more, dearer by more: --json lists all" if more > 0 else text


def why_text(routing: Routing, answers: Sequence[WhyNot]) -> str:
    """A paragraph per label."""
    return "\n\n".join("\n  ".join(answer_lines(routing.objective, answer)) for answer in answers)


def why_json(answers: Sequence[WhyNot]) -> Any:
    """One object for one label, else a list."""
    facts = [answer.model_dump(mode="json") for answer in answers]
    return facts[0] if len(facts) == 1 else facts


def answer_lines(objective: str, answer: WhyNot) -> Iterator[str]:
    """The offer and the label, then what there is to say, a line each."""
    head = f"{clean(answer.offer)} for {clean(answer.label)}:"
    if answer.share:
        yield f"{head} it is used, {answer.share:.1%} of the requests"
        return
    yield head
    for broken in answer.breaks:
        short = ""
        if broken.by is not None and broken.unit != "features":  # of those the reason has the names
            short = f" (by {_with_unit(figure(broken.by), broken.unit)})"
        yield f"breaks {clean(broken.rule)}: {clean(broken.reason)}{short}"
    yield from why_not_lines(objective, answer)


def why_not_lines(objective: str, answer: WhyNot) -> Iterator[str]:
    """What there is to say of an offer that is out but for the rules that it breaks."""
    if answer.window is not None:
        yield from _window(answer.window)
    if answer.waived:
        yield from _waived(answer)
    if answer.forced_cost is not None and answer.forced_share is not None:
        which = "forcing" if answer.waived else "fits, but forcing"
        unit, digits = OBJECTIVE_UNITS[objective]
        loss = "" if objective == "cost" else f" and {answer.forced_change:+,.{digits}f} {unit}"
        money = f"{signed_money(answer.forced_cost)} USD a month"
        yield f"{which} {100 * answer.forced_share:.4g}% of the label on it costs {money}{loss}"
    elif answer.blocked:
        verb = "leaves" if len(answer.blocked) == 1 else "leave"
        yield f"no plan can have it: {', '.join(map(clean, answer.blocked))} {verb} no room"
    if answer.reduced_cost is not None:
        unit = OBJECTIVE_UNITS[objective][0]
        reduced_cost = f"{answer.reduced_cost:,.4g} {unit}"
        yield f"too dear by {reduced_cost} for the whole label (its reduced cost)"
    yield from _entries(answer.enters)
    if answer.note:
        yield answer.note


def _window(window: Window) -> Iterator[str]:
    used = f", and carries {window.share:.1%}" if window.share else ", and is still not used"
    used = "" if window.share is None else used
    yield f"with a window of {window.needs:,.0f} tokens it may serve{used}"
    if window.accepts is None:
        yield f"no {clean(window.path)} makes do with its {window.has:,.0f} tokens"
        return
    share = window.accepts_share
    then = "no plan fits" if share is None else f"it carries {share:.1%}" if share else "it is still not used"
    yield f"as it is, it may serve with {clean(window.path)} = {window.accepts:,.0f}: {then}"


def _waived(answer: WhyNot) -> Iterator[str]:
    rules = ", ".join(clean(rule) for rule in answer.waived)
    if answer.would_share is None:
        yield f"with {rules} waived for it there is still no plan"
        return
    money = "" if answer.would_cost is None else f", {signed_money(answer.would_cost)} USD a month"
    used = f"it carries {answer.would_share:.1%}{money}" if answer.would_share else "it is still not used"
    yield f"with {rules} waived for it: {used}"
    for name, figure in answer.assumed.items():
        if name == "quality":
            yield f"(its quality is unknown: taken as {figure:g} points, as the mix has or must have)"
        else:
            yield f"(its speed is unknown: taken as late in {figure:.3g} of requests, just what is allowed)"


def _entries(entry: Entry) -> Iterator[str]:
    if entry.price_factor is not None:
        prices = [f"{entry.input:,.4g} in, {entry.output:,.4g} out USD per million tokens"]
        if entry.usd_per_hour is not None:
            prices.append(f"{entry.usd_per_hour:,.4g} USD an hour")
        yield f"would be used if {_cut_text(entry.price_factor)} cheaper: {', '.join(prices)}"
    if entry.quality is not None:
        yield f"would be used above a quality of {entry.quality:.2f} points"
    if entry.speed_factor is not None:
        latency = f"a latency of {entry.latency:,.3g} s"
        yield f"would be used if {_cut_text(entry.speed_factor)} faster: {latency}"
    if entry.never:
        reasons = (
            f"{_ALONE.get(name, name)} ({reason.removeprefix('at no price, ')})"
            for name, reason in entry.never.items()
        )
        yield f"would not help alone: {', '.join(reasons)}"


_ALONE = {"price": "a lower price", "quality": "better quality", "speed": "more speed"}


def _cut_text(factor: float) -> str:
    """How much less a factor leaves: 89.4 % of 0.106."""
    return f"{100 * (1 - factor):.3g} %"


def figure(number: float) -> str:
    """Whole where it is large, else four digits."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def missing_text(routing: Routing, answers: Sequence[MissingFigures]) -> str:
    """A paragraph a label, and what was assumed."""
    if not answers:
        return "no offer is out only because a figure is unknown"
    blocks = ["\n".join(_lines(routing, answer)) for answer in answers]
    return "\n\n".join([*blocks, ASSUMPTION])


def missing_json(answers: Sequence[MissingFigures]) -> str:
    """`{"missing": [...], "assumption": ...}`."""
    facts = [answer.model_dump(mode="json") for answer in answers]
    return json.dumps({"missing": facts, "assumption": ASSUMPTION}, indent=2)


def missing_note(count: int) -> str:
    """What a plan says of them; nothing where there are none."""
    if not count:
        return ""
    many = "offers are" if count > 1 else "offer is"
    left_out = f"{count:,} {many} left out only because a speed or a score is unknown"
    return f"{left_out}: explain --missing says what they could save"


def _lines(routing: Routing, answer: MissingFigures) -> Iterator[str]:
    kinds = ((answer.unknown_speed, "of a speed"), (answer.unscored, "of a score"), (answer.both, "of both"))
    counts = ", ".join(f"{count:,} for want {what}" for count, what in kinds if count)
    yield f"{clean(answer.label)}: out only for want of a figure: {counts}"
    if not answer.assumed:
        yield "  none of them has a relative whose figures would let it serve"
        return
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    verb = "save" if routing.objective == "cost" else "gain"
    if answer.saves is None:
        found = "there would be a plan with them" if answer.routes else "there is no plan with them either"
        yield f"  {answer.assumed:,} would fit if they were as their relatives are; {found}"
    elif answer.saves < 0.5 * 10**-digits:
        yield f"  {answer.assumed:,} would fit if they were as their relatives are, and {verb} nothing"
    else:
        money = f"{answer.saves:,.{digits}f} {unit}"
        yield f"  {answer.assumed:,} would fit if they were as their relatives are, and {verb} {money}:"
    for route in answer.routes:
        yield f"    {clean(route.offer)} {share_text(route.share)}{assumed_text(route)}"


def assumed_text(route: AssumedRoute) -> str:
    """The figures of a route that are assumed, in brackets; none where none is."""
    figures = []
    if route.quality is not None:
        figures.append(f"quality {points_text(route.quality)}")
    if route.latency is not None:
        figures.append(f"latency {route.latency:,.3g} s")
    return f" (assumed: {', '.join(figures)})" if figures else ""


def bases(routing: Routing, plan: Plan, catalog: Catalog, today: date) -> tuple[Basis, ...]:
    """What every route of the plan rests on: quality, price and speed, with source and day."""
    catalog = spelled_out(catalog)
    return tuple(
        Basis(
            label=name,
            offer=route.offer,
            share=route.share,
            quality=route.quality,
            counted=route.counted,
            quality_basis=_quality_basis(routing.labels[name], route.offer, catalog),
            price_basis=provenance(catalog, route.offer, "input").words(today),
            speed_basis=provenance(catalog, route.offer, "tps").words(today),
        )
        for name, label_plan in plan.labels.items()
        for route in label_plan.routes
    )


def _quality_basis(label: Label, offer: str, catalog: Catalog) -> str:
    model = offer.partition("/")[2]
    tested = _measured(label, offer, model)
    if tested is not None:
        low = "" if tested.low is None else f", 80 % from {tested.low:g}"
        return "your own test" + (f" of {tested.n:,}" if tested.n else "") + low
    facts = catalog.models[model]
    words = []
    for skill in label.skills:
        if skill in facts.skills:
            words.append(f"{skill} stated")
        elif skill in facts.fitted:
            fit = facts.fitted[skill]
            words.append(f"{skill} {fit.kind}, {fit.low:g} to {fit.high:g}")
        else:
            words.append(f"{skill} from its scores' ranks" if facts.scores else f"{skill} unknown")
    return "; ".join(words)


def _measured(label: Label, offer: str, model: str) -> Measured | None:
    """The most particular own test that has a quality."""
    keys = (offer, model, model.partition("@")[0])
    tests = (label.measured.get(key) for key in keys)
    return next((test for test in tests if test is not None and test.quality is not None), None)


def evidence_text(routing: Routing, rests_on: Sequence[Basis], tests: Sequence[MeasurementValue]) -> str:
    """The routes with what they rest on, then the tests that are worth most."""
    rows = [
        (
            clean(basis.label),
            f"{clean(basis.offer)} {share_text(basis.share)}",
            points_text(basis.quality),
            points_text(basis.counted),
            clean(basis.quality_basis),
        )
        for basis in rests_on
    ]
    blocks = [table(("label", "rests on", "quality", "counted", "known from"), rows, right=(2, 3))]
    sources = {basis.offer: basis for basis in rests_on}
    blocks.append(
        "\n".join(
            f"{clean(offer)}\n  price: {clean(basis.price_basis)}\n  speed: {clean(basis.speed_basis)}"
            for offer, basis in sources.items()
        )
    )
    blocks.append("\n".join(_tests(routing, tests)))
    return "\n\n".join(blocks)


def evidence_json(rests_on: Sequence[Basis], tests: Sequence[MeasurementValue]) -> dict[str, Any]:
    """`evidence` and `tests`, each a list."""
    return {
        "evidence": [basis.model_dump(mode="json") for basis in rests_on],
        "tests": [test.model_dump(mode="json") for test in tests],
    }


def _tests(routing: Routing, tests: Sequence[MeasurementValue]) -> Iterator[str]:
    if not tests:
        yield "no test of a model's quality would change this plan for the better"
        return
    unit, digits = OBJECTIVE_UNITS[routing.objective]
    verb = "saves" if routing.objective == "cost" else "gains"
    yield "To test next, on your own prompts (modelpick import evals reads the results):"
    for test in tests[:MAX_TESTS]:
        worth = (
            f"{verb} {test.gain:,.{digits}f} {unit} on average, {test.best:,.{digits}f} where it does well"
        )
        known = f"taken for {points_text(test.quality)}, 80 % from {points_text(test.low)}"
        yield f"  {clean(test.model)} on {clean(test.label)}: {worth}"
        yield f"    {test.chance:.0%} chance of a better plan; {known}"
