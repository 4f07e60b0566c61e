"""Running it: providers, growth and other what-ifs, the routers that can, documentation and help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....domain.explanation import Point
from ....domain.plan import Plan, Repair
from ....domain.routing import MIN_CONFIDENCE
from ....domain.scenario import Outcome, Path, Swap, Switch
from .charts import Mark, plane, spread_axis, two_sided
from .content import (
    Block,
    Bullets,
    Cell,
    Paragraph,
    Picture,
    Section,
    Table,
    Text,
    code,
    fill,
    joined,
    spans,
    web,
)
from .context import Context
from .vocabulary import few_of, names_of, with_rest

MAX_BARS = 12
MAX_SWITCHES = 8
MAX_SWAPS = 6  # labels of a change that are named


def frontier(c: Context) -> Iterator[Block]:
    """What more quality would cost, with the plan and the knee."""
    _ = c.gettext
    curve = c.report.curve
    if c.report.is_large:
        text = _("There are too many labels to draw cost against quality, and to price each rule: {ways} do.")
        ways = names_of(("modelpick frontier", "modelpick explain"))
        yield Paragraph(fill(text, ways=ways))
    if curve is None or len(curve.points) < 2:
        return
    points = [(point.cost, point.quality) for point in curve.points]
    title = _("Cost against quality")
    first, last = curve.points[0], curve.points[-1]
    description = _(
        "A line from {low} points for {cheap} a month to {high} points for {dear} a month: each point is the "
        "cheapest plan of its quality."
    ).format(
        low=c.points(first.quality),
        cheap=c.language.money(first.cost),
        high=c.points(last.quality),
        dear=c.language.money(last.cost),
    )
    marks = []
    rows: list[tuple[Cell, ...]] = []
    if curve.knee is not None:
        knee = curve.points[curve.knee]
        marks.append(Mark(knee.cost, knee.quality, _("knee"), "mark"))
    if curve.current is not None:
        marks.append(Mark(curve.current.cost, curve.current.quality, _("the plan"), "knee"))
    for at, point in enumerate(curve.points):
        remarks = [_("knee")] if at == curve.knee else []
        remarks += [_("the plan")] if curve.current is not None and _same_point(point, curve.current) else []
        remarks += [_("over the budget")] if point.over_budget else []
        rows.append((c.language.usd(point.cost), c.language.number(point.quality, 2), ", ".join(remarks)))
    across = spread_axis(
        _("USD a month"),
        [x for x, __ in points] + [mark.x for mark in marks],
        c.language.number,
        from_zero=True,
    )
    counts = any(c.report.routing.confidence(x) > MIN_CONFIDENCE for x in c.report.routing.labels.values())
    quality = _("quality, as the rules count it") if counts else _("quality")
    up = spread_axis(quality, [y for __, y in points] + [mark.y for mark in marks], c.language.number)
    head = (_("USD a month"), quality, _("remark"))
    table = Table.of(title, head, rows, (0, 1))
    text = _(
        "What more quality costs, with every rule kept but the budget. Beyond the knee a point of quality is "
        "much dearer than before it."
    )
    yield Paragraph(spans(text))
    yield Picture(plane("frontier", title, description, across, up, points, marks), table)


def _same_point(point: Point, other: Point) -> bool:
    """Whether the two are the same as far as they are printed, cents and hundredths of a point."""
    return abs(point.cost - other.cost) < 0.005 and abs(point.quality - other.quality) < 0.005


def alternatives(c: Context) -> Section:
    """What one would do without an optimiser, and what more or less quality would cost."""
    from .decision import BASELINE_NAMES

    _ = c.gettext
    blocks: list[Block] = []
    if c.report.baselines is not None and c.report.baselines.against:
        rows: list[tuple[Cell, ...]] = []
        plan = c.report.plan
        rows.append(
            (_("this plan"), c.language.usd(plan.cost or 0.0), "-", c.points(plan.quality), _("none"))
        )
        for each in c.report.baselines.against:
            broken = list(dict.fromkeys(rule.where for rule in each.broken))
            name = _(BASELINE_NAMES[each.name]) if each.name in BASELINE_NAMES else each.name
            named: Cell = fill("{a}: {b}", a=name, b=code(each.choice)) if each.choice else name
            few = with_rest(c.language, names_of(broken[:3]), len(broken) - 3)
            rows.append(
                (
                    *(named, c.language.usd(each.outcome.cost or 0.0)),
                    _signed(c, each.saving),
                    *(c.points(each.outcome.quality), few or _("none")),
                )
            )
        head = (_("instead"), _("USD a month"), _("the plan saves"), _("quality"), _("breaks"))
        blocks.append(Table.of(_("Simpler ways to route the same requests"), head, rows, (1, 2, 3)))
    blocks += [*_rules(c), *frontier(c)]
    return Section("alternatives", _("Alternatives and what the rules cost"), tuple(blocks))


def _rules(c: Context) -> Iterator[Block]:
    """What a step of each binding rule is worth."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    for rule in c.report.prices:
        if not rule.binding:
            continue
        step = "-" if rule.step is None else c.words.figure(rule.step, rule.unit)
        rows.append(
            (
                *(code(rule.path), c.words.setting(c.report.routing, rule.path), step),
                *(_change(c, change, rule.step) for change in (rule.looser, rule.tighter)),
                _change(c, rule.dropped, 1.0),
            )
        )
    if rows:
        head = (_("rule"), _("is"), _("a step"), _("a step looser"), _("a step tighter"), _("without it"))
        unit = _("points of quality") if c.maximises_quality else _("USD a month")
        caption = _("What the binding rules cost, change in {unit}, each solved anew").format(unit=unit)
        yield Table.of(caption, head, rows, (2, 3, 4, 5))
    elif c.report.prices:
        yield Paragraph(spans(_("No rule costs anything: a step of each changes nothing.")))


def _change(c: Context, change: float | None, step: float | None) -> str:
    if step is None:
        return "-"
    if change is None:
        return c.gettext("no plan")
    return _signed_figure(c, change)


def _signed(c: Context, change: float | None) -> str:
    return "-" if change is None else _signed_figure(c, change)


def _signed_figure(c: Context, change: float) -> str:
    change = round(change, 2) + 0.0
    text = c.language.number(abs(change), 2)
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{text}"


def providers(c: Context) -> Section:
    """Who carries what, on which terms, and what happens without each of them."""
    _ = c.gettext
    requests: dict[str, float] = {}
    total = sum(label.requests for label in c.report.routing.labels.values()) or 1.0
    for name, plan in c.report.plan.labels.items():
        for route in plan.routes:
            key = route.offer.partition("/")[0]
            carried = route.share * c.report.routing.labels[name].requests / total
            requests[key] = requests.get(key, 0.0) + carried
    keys = dict.fromkeys(offer.partition("/")[0] for offer in c.report.offers)
    head = (
        *(_("provider"), _("requests"), _("protocol"), _("address"), _("fee")),
        *(_("trains on your data"), _("regions")),
    )
    rows: list[tuple[Cell, ...]] = []
    for key in keys:
        about = c.report.catalog.providers[key]
        trains = {None: _("unknown"), True: _("yes"), False: _("no")}[about.trains_on_data]
        regions = dict.fromkeys(
            region
            for offer in c.report.offers
            if offer.startswith(f"{key}/")
            for region in c.report.catalog.offers[offer].regions or about.regions
        )
        rows.append(
            (
                *(about.name or key, c.language.percent(requests.get(key, 0.0)), about.api),
                *(web(about.base_url) or _("unknown"), c.language.percent(float(about.fee), 1)),
                *(trains, ", ".join(regions) or _("unknown")),
            )
        )
    blocks: list[Block] = [Table.of(_("The providers and their terms"), head, rows, (1, 4)), *_outages(c)]
    unknown = [
        c.report.catalog.providers[key].name or key
        for key in keys
        if c.report.catalog.providers[key].trains_on_data is None
    ]
    if unknown:
        text = _("Whether they train on your data is not known of {providers}: ask before you send any.")
        blocks.append(Paragraph(spans(text.format(providers=c.language.listing(unknown)))))
    return Section("providers", _("Provider considerations"), tuple(blocks))


def _outages(c: Context) -> Iterator[Block]:
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    for outage in c.report.outages:
        name = c.provider_name(f"{outage.provider}/")
        share = c.language.percent(outage.requests)
        if outage.outcome.found:
            cost = c.language.usd(outage.outcome.cost or 0.0)
            rows.append((name, share, cost, _signed(c, outage.change), _swaps(c, outage.swaps)))
            continue
        clash = fill(_("these rules clash: {rules}"), rules=few_of(c.language, outage.conflicts))
        repairs = [repair_text(c, repair) for repair in outage.repairs or outage.together]
        together = _("; all of this would help: ") if outage.together else _("; any of this would help: ")
        line = (*clash, *spans(together), *joined(repairs, c.language.semicolon)) if repairs else clash
        rows.append((name, share, _("no plan"), "-", line))
    if rows:
        head = (_("out"), _("requests"), _("USD a month then"), _("change"), _("what takes over"))
        yield Table.of(_("If a provider is out: the best plan without it"), head, rows, (1, 2, 3))


def repair_text(c: Context, repair: Repair) -> Text:
    """The rule, from what to what, and what the plan costs then."""
    from ....domain.rules import spec_of

    _ = c.gettext
    unit = spec_of(repair.path).unit
    was, to = (c.words.setting_text(_plain(each), unit) for each in (repair.from_, repair.to))
    if repair.to is None:
        text = fill(_("{rule}: {was}, dropped"), rule=code(repair.path), was=was)
    else:
        text = fill(_("{rule}: {was} → {to}"), rule=code(repair.path), was=was, to=to)
    if repair.cost is not None:
        text = (*text, *spans(_(", then {cost}").format(cost=c.money_a_month(repair.cost))))
    return text


def _plain(setting: object) -> object:
    return tuple(setting) if isinstance(setting, list) else setting


def _swaps(c: Context, swaps: Sequence[Swap]) -> Text:
    """Label by label what joins and leaves."""
    _ = c.gettext
    parts = []
    for swap in swaps:
        if swap.joins and swap.leaves:
            text = fill(
                _("{label}: {joins} for {leaves}"),
                label=code(swap.label),
                joins=names_of(swap.joins),
                leaves=names_of(swap.leaves),
            )
        elif swap.joins:
            text = fill(_("{label}: {joins} joins"), label=code(swap.label), joins=names_of(swap.joins))
        else:
            text = fill(_("{label}: {leaves} leaves"), label=code(swap.label), leaves=names_of(swap.leaves))
        parts.append(text)
    shown = with_rest(c.language, joined(parts[:MAX_SWAPS], c.language.semicolon), len(parts) - MAX_SWAPS)
    return shown or spans(_("nothing changes"))


def scalability(c: Context) -> Section:
    """More and less traffic, where the mix switches, whether limits are known, and which figures matter."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    requests = sum(x.requests for x in c.report.routing.labels.values()) * c.report.routing.limits.growth
    for factor, plan in c.report.growth.items():
        used = len({route.offer for label in plan.labels.values() for route in label.routes})
        machines = sum(plan.replicas.values())
        rows.append(
            (
                _("{factor} times").format(factor=c.language.number(factor)),
                c.language.number(requests * factor, 0),
                c.language.usd(plan.cost) if plan.found and plan.cost is not None else _failure(c, plan),
                _per_thousand(c, plan, requests * factor),
                str(used) if plan.found else "-",
                str(machines) if machines else "-",
            )
        )
    head = (
        *(_("traffic"), _("requests a month"), _("USD a month")),
        *(_("USD for 1,000 requests"), _("offers"), _("machines")),
    )
    blocks: list[Block] = [
        Table.of(_("Growth, each line solved anew with every rule"), head, rows, (1, 2, 3, 4, 5))
    ]
    blocks += [*_limits_known(c), *_switches(c), *_break_evens(c), *_flexibility(c)]
    return Section("scalability", _("Scalability and flexibility"), tuple(blocks))


def _per_thousand(c: Context, plan: Plan, requests: float) -> str:
    return c.language.usd((plan.cost or 0.0) / requests * 1000) if plan.found and requests else "-"


def _failure(c: Context, plan: Plan) -> Text:
    """That there is no plan, and which rules clash."""
    _ = c.gettext
    if plan.status == "timed_out":
        return spans(_("no plan found in time"))
    return (
        fill(_("no plan: {rules}"), rules=few_of(c.language, plan.conflicts))
        if plan.conflicts
        else spans(_("no plan"))
    )


def _limits_known(c: Context) -> Iterator[Block]:
    _ = c.gettext
    offers = c.report.offers
    known = [offer for offer in offers if _has_limits(c, offer)]
    text = _("Rate limits are known of {known} of the {all} offers above")
    sentence = text.format(known=len(known), all=len(offers))
    rest = _(", the others count as without any: ask for yours before you grow.")
    yield Paragraph(spans(sentence + (rest if len(known) < len(offers) else _("."))))


def _has_limits(c: Context, offer: str) -> bool:
    facts = c.report.catalog.offers[offer]
    return any((facts.rpm, facts.tpm, facts.rpd, facts.tpd, facts.itpm, facts.otpm, facts.hosting))


def _switches(c: Context) -> Iterator[Block]:
    """The volumes at which another mix is best."""
    _ = c.gettext
    path = c.report.path
    if path is None:
        text = _(
            "There are too many labels to look for each volume at which the mix switches: {command} does."
        )
        yield Paragraph(fill(text, command=code("modelpick scenarios --growth")))
        return
    if not path.switches:
        low, high = (c.language.number(stop.at) for stop in (path.stops[0], path.stops[-1]))
        text = _("From {low} to {high} times today's traffic the same mix stays the best.")
        yield Paragraph(spans(text.format(low=low, high=high)))
    else:
        yield Paragraph(spans(_("Break-even points of growth, where another mix becomes the best:")))
        yield Bullets(tuple(_switch(c, path, switch) for switch in path.switches[:MAX_SWITCHES]))
        more = len(path.switches) - MAX_SWITCHES
        if more > 0:
            text = c.ngettext("And {count} more.", "And {count} more.", more)
            yield Paragraph(spans(text.format(count=more)))
    if path.limits:
        yield Paragraph(fill(_("Growth ends at: {rules}."), rules=names_of(path.limits)))
    if not path.complete:
        yield Paragraph(spans(_("There are more such points than were looked for.")))


def _switch(c: Context, path: Path, switch: Switch) -> tuple[str, Text]:
    _ = c.gettext
    lead = _("from {factor} times ({requests} requests a month)").format(
        factor=c.language.number(float(f"{switch.at:.4g}")),
        requests=c.language.number((path.now or 0.0) * switch.at, 0),
    )
    if not switch.after.found:
        return lead, spans(_("no plan keeps the rules"))
    cost = spans(_("{cost}: ").format(cost=c.money_a_month(switch.after.cost or 0.0)))
    before, after = set(switch.before.plans), set(switch.after.plans)
    changes: list[Cell] = []
    if switch.before.found:
        changes += [_swaps(c, switch.swaps)] if switch.swaps else []
    else:
        changes.append(_("a plan again"))
    changes += [fill(_("buys {plan}"), plan=code(name)) for name in sorted(after - before)]
    changes += [fill(_("no longer buys {plan}"), plan=code(name)) for name in sorted(before - after)]
    return lead, (*cost, *joined(changes, c.language.semicolon))


def _break_evens(c: Context) -> Iterator[Block]:
    """Where renting machines and buying subscriptions pays."""
    _ = c.gettext
    hosting = c.report.hosting
    entries: list[tuple[str, Text]] = []
    if hosting is not None:
        for point in hosting.break_evens:
            template = (
                _("from {requests} requests a month a machine pays: {rented} instead of {bought}")
                if point.pays
                else _("from {requests} requests a month a machine no longer pays: {bought} without it")
            )
            text = template.format(
                requests=c.language.number(point.requests, 0),
                rented=_outcome(c, point.rented),
                bought=_outcome(c, point.bought),
            )
            entries.append((_("self-hosting"), spans(text)))
        if not hosting.break_evens:
            always, never = (
                _("renting a machine pays at any volume"),
                _("renting a machine pays at no volume that was looked at"),
            )
            entries.append((_("self-hosting"), spans(always if hosting.pays else never)))
    for worth in c.report.worths:
        if worth.requests is not None:
            text = _("pays from {requests} requests a month").format(
                requests=c.language.number(worth.requests, 0)
            )
            entries.append((worth.name, spans(text)))
    if entries:
        yield Bullets(tuple(entries))


def _outcome(c: Context, outcome: Outcome) -> str:
    return c.money_a_month(outcome.cost or 0.0) if outcome.found else c.gettext("no plan")


def _flexibility(c: Context) -> Iterator[Block]:
    """Which figures matter most: a tornado."""
    _ = c.gettext
    tornado = c.report.tornado
    if tornado is None or not tornado.bars:
        return
    chosen = [bar for bar in tornado.bars if bar.effect is None or bar.effect >= 0.005][:MAX_BARS]
    if not chosen:
        yield Paragraph(spans(_("No figure moves the plan's cost by a cent when it is a step off.")))
        return
    rows: list[tuple[Cell, ...]] = []
    shapes = []
    for bar in chosen:
        low, high = (None if at is None else at - tornado.value for at in (bar.at_low, bar.at_high))
        texts = [_("no plan") if end is None else _signed_figure(c, end) for end in (low, high)]
        swapped = _("yes") if bar.swaps_low or bar.swaps_high else _("no")
        figures = [
            c.language.number(float(f"{number:.6g}")) for number in (bar.low, bar.high) if number is not None
        ]
        rows.append((code(bar.input), *figures, c.words.unit(bar.unit), *texts, swapped))
        shapes.append((bar.input, low, high, " / ".join(texts)))
    unit = _("points of quality") if c.maximises_quality else _("USD a month")
    title = _("Which figures matter most, change in {unit}").format(unit=unit)
    description = _(
        "For each figure a pale bar for the change when it is a step (or a fifth) lower and a dark one when "
        "it is higher. The longest is {input}: {change}."
    ).format(input=chosen[0].input, change=shapes[0][3])
    head = (
        *(_("figure"), _("lower"), _("higher"), _("unit")),
        *(_("at the lower"), _("at the higher"), _("the mix changes")),
    )
    yield Paragraph(
        spans(
            _(
                "Each figure of the file and of the offers in use a step or a fifth lower and higher, and "
                "the plan solved anew; the first matters most."
            )
        )
    )
    yield Picture(two_sided("tornado", title, description, shapes), Table.of(title, head, rows, (1, 2, 4, 5)))


def compatibility(c: Context) -> Section:
    """Which routers can run the plan, and what each lacks."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    for fit in c.report.routers:
        lacks: list[Cell] = []
        if fit.unreached:
            lacks.append(
                fill(
                    _("cannot call {offers} (at their reasoning level)"),
                    offers=few_of(c.language, fit.unreached),
                )
                if any("@" in offer for offer in fit.unreached)
                else fill(_("cannot call {offers}"), offers=few_of(c.language, fit.unreached))
            )
        if fit.dropped:
            lacks.append(fill(_("has no place for {labels}"), labels=few_of(c.language, fit.dropped)))
        if fit.unsplit:
            lacks.append(fill(_("cannot split {labels} as planned"), labels=few_of(c.language, fit.unsplit)))
        if fit.loses_fallbacks:
            lacks.append(_("has no fallbacks"))
        verdict = _("yes") if fit.is_exact else _("not as it is")
        rows.append(
            (
                fit.title,
                verdict,
                joined(lacks, c.language.semicolon) or _("nothing"),
                code(f"modelpick export {fit.name}"),
            )
        )
    head = (_("router"), _("runs the plan"), _("lacks for it"), _("command"))
    keys = dict.fromkeys(offer.partition("/")[0] for offer in c.report.offers)
    speaks: list[tuple[Cell, ...]] = [
        (
            c.report.catalog.providers[key].name or key,
            c.report.catalog.providers[key].api,
            ", ".join(c.report.catalog.providers[key].integrations) or _("unknown"),
        )
        for key in keys
    ]
    text = _(
        "Where a router cannot run the plan as it is, its export solves again with what it can, and says "
        "the price."
    )
    return Section(
        "compatibility",
        _("Compatibility and integration"),
        (
            Table.of(_("Routers that modelpick writes for"), head, rows, ()),
            Paragraph(spans(text)),
            Table.of(
                _("What speaks to the providers"), (_("provider"), _("protocol"), _("works with")), speaks, ()
            ),
        ),
    )


def support(c: Context) -> Section:
    """Where to read, ask and complain."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    unknown = _("unknown")
    for key in dict.fromkeys(offer.partition("/")[0] for offer in c.report.offers):
        about = c.report.catalog.providers[key]
        source = c.report.catalog.sources.get(about.source)
        day = about.as_of or (source.as_of if source else None)
        origin = unknown if source is None else source.title or about.source
        rows.append(
            (
                about.name or key,
                *(web(page) or unknown for page in (about.documentation, about.support, about.community)),
                f"{origin}, {c.language.day(day)}" if source is not None and day else origin,
            )
        )
    head = (_("provider"), _("documentation"), _("support"), _("community"), _("source"))
    weights: list[tuple[Cell, ...]] = []
    for model in dict.fromkeys(offer.partition("/")[2].partition("@")[0] for offer in c.report.offers):
        facts = c.report.catalog.models[model]
        served = sum(key.partition("/")[2] == model for key in c.report.catalog.offers)
        weights.append(
            (
                *(code(model), facts.developer or unknown),
                _("open") if facts.open_weights else _("closed"),
                *(c.words.licence(facts.licence) or unknown, c.language.number(served)),
            )
        )
    models = (_("model"), _("developer"), _("weights"), _("licence"), _("offers in the catalogue"))
    return Section(
        "support",
        _("Support and community"),
        (
            Table.of(_("Documentation, support and community, as far as known"), head, rows, ()),
            Table.of(_("Who makes the models, and where else they are served"), models, weights, (4,)),
        ),
    )
