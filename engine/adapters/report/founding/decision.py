"""What a decision maker reads first: the summary, the top recommendations, and what each label gets."""

from __future__ import annotations

from collections.abc import Iterator

from ....domain.explanation import RulePrice, Standing
from ....domain.marks import is_near
from ....domain.routing import MIN_CONFIDENCE
from ....domain.rules import LIMITS, RulePath, owner_of, rules_in_force, spec_of, specs, workload_fields
from ....domain.scenario import Baseline
from .analysis import OWN_ROUTES, spare_of
from .charts import bars
from .content import (
    Block,
    Bullets,
    Cell,
    Heading,
    Paragraph,
    Picture,
    Section,
    Table,
    Text,
    code,
    fill,
    joined,
    spans,
    strong,
)
from .context import Context
from .doubts import least_sure
from .evidence import score_lines
from .language import marked as _
from .vocabulary import MAX_NAMES, few_of, names_of, with_rest

TOP = 3
MIN_MONEY = 1e-6  # USD a month below which two offers cost the same
MAX_BARS = 16
BASELINE_NAMES = {
    "one offer": _("one offer for everything"),
    "one model": _("one model for everything"),
    "cheapest": _("the cheapest offer of each label"),
    "highest quality": _("the best offer of each label"),
    OWN_ROUTES: _("the routes in the file today"),
}


def summary(c: Context) -> Section:
    """The decision in a few lines: what it costs, saves and gives up, how sure it is, and what to do."""
    _ = c.gettext
    entries = [
        (_("Decision"), _decision(c)),
        *_beware(c),
        (_("Quality"), _quality(c)),
        *_savings(c),
        *_sureness(c),
        *_largest_rule(c),
        *_largest_risk(c),
        (_("Next step"), _next_step(c)),
    ]
    return Section("summary", _("Executive summary"), (Bullets(tuple(entries)),))


def _decision(c: Context) -> Text:
    _ = c.gettext
    plan, offers = c.report.plan, c.report.carriers
    providers = {offer.partition("/")[0] for offer in offers}
    sentence = fill(
        _("Send {labels} to {offers} at {providers}, for {cost}."),
        labels=c.ngettext("{count} label", "{count} labels", len(plan.labels)).format(count=len(plan.labels)),
        offers=c.ngettext("{count} offer", "{count} offers", len(offers)).format(count=len(offers)),
        providers=c.ngettext("{count} provider", "{count} providers", len(providers)).format(
            count=len(providers)
        ),
        cost=strong(c.total_cost()),
    )
    if plan.status == "optimal":
        proof = (
            _("No other mix has a higher quality within the rules: that is proven.")
            if c.maximises_quality
            else _("No other mix costs less and keeps every rule: that is proven.")
        )
    else:
        gap = c.language.percent(plan.gap or 0.0, 1)
        proof = _("It is the best found in the time there was, at most {gap} from the best.").format(gap=gap)
    return (*sentence, *spans(c.language.space + proof))


def _beware(c: Context) -> Iterator[tuple[str, Text]]:
    """That prices of the catalogue are in a wrong unit, so that the decision rests on sand."""
    _ = c.gettext
    if c.report.errors:
        offers = dict.fromkeys(finding.path.split('"')[1] for finding in c.report.errors)
        text = _(
            "prices of {offers} are in another unit than USD per million tokens: put them right before you "
            "decide; what is meant stands under {section}."
        )
        section = _("Budget impact")
        yield _("Beware"), fill(text, offers=few_of(c.language, list(offers)), section=section)


def _quality(c: Context) -> Text:
    _ = c.gettext
    plan, routing = c.report.plan, c.report.routing
    if plan.quality is None:
        bare = [name for name, label in plan.labels.items() if label.quality is None]
        text = _("Not rated: no skills are asked of {labels}, or an offer without a score is in use.")
        return fill(text, labels=few_of(c.language, bare))
    signs = c.report.marked.total(plan).quality
    text = _("{quality} of 100, the mean of all labels by their weight.")
    sentence = fill(text, quality=strong(signs + c.points(plan.quality)))
    levels = sorted({routing.confidence(x) for x in routing.labels.values() if routing.needs_quality(x)})
    if not levels:
        return sentence
    if levels[-1] == MIN_CONFIDENCE:
        sure = _("Quality counts as it stands, so it may as well be less.")
    else:
        sure = _("With a chance of {chance} it is at least {counted}, which is what the rules count.").format(
            chance=c.language.percent(levels[0], 1 if levels[0] * 100 % 1 else 0),
            counted=c.points(plan.counted),
        )
    return (*sentence, *spans(c.language.space + sure))


def _savings(c: Context) -> Iterator[tuple[str, Text]]:
    """Against today's routes where there are some, one model, and the best offers."""
    _ = c.gettext
    if c.report.baselines is None:
        return
    against = {each.name: each for each in c.report.baselines.against}
    for name in (OWN_ROUTES, "one model", "highest quality"):
        baseline = against.get(name)
        if baseline is None or baseline.saving is None:
            continue
        if name == "highest quality" and baseline.gain is None:
            continue  # nothing says what is highest
        if baseline.outcome.mixes != c.report.baselines.plan.mixes:
            yield _("Against {other}").format(other=_(BASELINE_NAMES[name])), _comparison(c, baseline)


def _comparison(c: Context, baseline: Baseline) -> Text:
    _ = c.gettext
    saving, cost = baseline.saving or 0.0, baseline.outcome.cost or 0.0
    named = code(baseline.choice) if baseline.choice else None
    if baseline.broken and saving < 0:  # cheaper than any plan, as it need not keep the rules
        count = len({rule.where for rule in baseline.broken})
        text = c.ngettext(
            "no alternative: it costs {cost} and breaks {count} rule",
            "no alternative: it costs {cost} and breaks {count} rules",
            count,
        )
        line = spans(text.format(cost=c.money_a_month(cost), count=count))
        return (
            fill(_("{choice}: {line}."), choice=named, line=line) if named else fill(_("{line}."), line=line)
        )
    if abs(saving) < 0.005:
        gap = fill(_("the same cost"))
    else:
        template = _("{money} less ({share})") if saving > 0 else _("{money} more ({share})")
        share = c.language.percent(abs(saving) / cost, 0) if cost else "-"
        gap = fill(template, money=strong(c.money_a_month(abs(saving))), share=share)
    parts: list[Cell] = [gap]
    if baseline.gain is not None and abs(baseline.gain) >= 0.05:
        gain = _("{points} points better") if baseline.gain > 0 else _("gives up {points} points")
        parts.append(gain.format(points=c.points(abs(baseline.gain))))
    if baseline.broken:
        count = len({rule.where for rule in baseline.broken})
        parts.append(
            c.ngettext("and that way breaks {count} rule", "and that way breaks {count} rules", count).format(
                count=count
            )
        )
    line = joined(parts, _(", "))
    return fill(_("{choice}: {line}."), choice=named, line=line) if named else fill(_("{line}."), line=line)


def _sureness(c: Context) -> Iterator[tuple[str, Text]]:
    """How often the plan keeps all its rules where figures are off, and which it breaks first."""
    _ = c.gettext
    chances = c.report.chances
    if chances is None or not chances.kept:
        return
    text = _("with figures that may be off it keeps every rule in {chance} of random months.")
    sentence = fill(text, chance=strong(c.language.percent(chances.all_kept)))
    path, chance = least_sure(chances)[0]
    if chance < 1:
        text = _("The least sure is {rule} with {chance}; {confidence} makes rules on quality surer.")
        if not path.endswith(("min_quality", "min_quality_each")):
            text = _("The least sure is {rule} with {chance}.")
        least = fill(
            text, rule=code(path), chance=c.language.percent(chance), confidence=code("limits.confidence")
        )
        sentence = (*sentence, *spans(c.language.space), *least)
    yield _("Sureness"), sentence


def _largest_rule(c: Context) -> Iterator[tuple[str, Text]]:
    """The binding rule that is worth most."""
    _ = c.gettext
    for rule in c.report.prices[:1]:
        if rule.binding and (gain := _gain(c, rule)):
            text = fill(
                _("{rule} ({setting}): {gain}."),
                rule=code(rule.path),
                setting=c.words.setting(c.report.routing, rule.path),
                gain=gain,
            )
            yield _("The rule that costs most"), text


def _negligible(c: Context) -> float:
    """A change of the objective that is none: half of its last digit, less where the plan costs cents."""
    return 0.005 if c.maximises_quality else min(0.005, max(1e-4 * (c.report.plan.cost or 0.0), MIN_MONEY))


def _gain(c: Context, rule: RulePrice) -> str:
    """What the plan is better by with a step of the rule looser, or without it."""
    _ = c.gettext
    change = rule.looser if rule.step is not None else rule.dropped
    if change is None or abs(change) < _negligible(c):
        return ""
    worth = c.worth(abs(change))
    if rule.step is None and c.maximises_quality:
        return _("without it the plan gains {worth}").format(worth=worth)
    if rule.step is None:
        return _("without it the plan saves {worth}").format(worth=worth)
    step = c.words.figure(rule.step, rule.unit)
    return _("{step} looser is worth {worth}").format(step=step, worth=worth)


def _largest_risk(c: Context) -> Iterator[tuple[str, Text]]:
    _ = c.gettext
    for outage in c.report.outages[:1]:
        name = strong(c.provider_name(f"{outage.provider}/"))
        share = c.language.percent(outage.requests)
        if outage.outcome.found:
            change = outage.change or 0.0
            text = _("{provider} carries {share} of the requests; without it the best plan costs {change}.")
            less = _("{money} less") if change < 0 else _("{money} more")
            money = less.format(money=c.money_a_month(abs(change)))
            if abs(change) < 0.005:
                text = _(
                    "{provider} carries {share} of the requests; without it the best plan costs the same."
                )
            yield _("Largest risk"), fill(text, provider=name, share=share, change=money)
        else:
            template = _(
                "{provider} carries {share} of the requests; without it no plan keeps the rules: {rules}."
            )
            rules = few_of(c.language, outage.conflicts) or spans(_("no other offer can serve its labels"))
            yield _("Largest risk"), fill(template, provider=name, share=share, rules=rules)
    soon = [
        offer
        for offer in c.report.offers
        if (day := c.report.catalog.offers[offer].retires) and is_near(day, c.report.today)
    ]
    if soon:
        days = [
            f"{offer} ({c.language.day(day)})"
            for offer in soon
            if (day := c.report.catalog.offers[offer].retires)
        ]
        yield _("Last days"), fill(_("{offers}."), offers=c.language.listing(days))


def _next_step(c: Context) -> Text:
    _ = c.gettext
    text = fill(
        _("{solve} writes these routes to a file, {export} hands them to your router."),
        solve=code("modelpick solve FILE -o OUT"),
        export=code("modelpick export ROUTER OUT"),
    )
    for test in c.report.tests[:1]:
        advice = _(
            "The test that is worth most: {model} on {label} with your own prompts, {worth} on average "
            "({chance} chance of a better plan)."
        )
        text += (
            *spans(c.language.space),
            *fill(
                advice,
                model=code(test.model),
                label=code(test.label),
                worth=c.worth(test.gain),
                chance=c.language.percent(test.chance),
            ),
        )
    return text


def routing_table(c: Context) -> Section:
    """Label by label the mix, its money, quality and latency; and what each label costs, as a chart."""
    _ = c.gettext
    head = (
        *(_("label"), _("offer"), _("share"), _("USD a month")),
        *(_("quality"), _("counted"), _("latency"), _("then")),
    )
    rows: list[tuple[Cell, ...]] = []
    signs: list[str] = []
    for name, label in c.report.plan.labels.items():
        routes, mix = c.report.marked.label(name, label)
        signs += [mix.all]
        for at, (route, sign) in enumerate(zip(label.routes, routes, strict=True)):
            rows.append(
                (
                    *(code(name), code(route.offer), c.language.percent(route.share, 1)),
                    sign.cost + c.language.usd(route.cost),
                    sign.quality + c.points(route.quality),
                    c.points(route.counted),
                    sign.latency + c.seconds(route.latency),
                    names_of(label.fallbacks) if not at else "",
                )
            )
    blocks: list[Block] = [
        Table.of(_("Offers and their shares, label by label"), head, rows, (2, 3, 4, 5, 6))
    ]
    if legend := c.legend(signs):
        blocks.append(Paragraph(spans(legend)))
    blocks += _bought(c)
    return Section("routing", _("Recommended routing"), (*blocks, _cost_chart(c)))


def _bought(c: Context) -> Iterator[Block]:
    """Subscriptions and rented machines."""
    _ = c.gettext
    entries = []
    for name, bought in c.report.plan.plans.items():
        ((kind, amount),), ((__, allowance),) = bought.covered.items(), bought.allowance.items()
        text = _("{units} at {cost}, covers {amount} of {allowance} {kind}, saves {saves} at list prices.")
        line = text.format(
            units=c.language.number(bought.units),
            cost=c.money_a_month(bought.cost),
            amount=c.language.number(round(amount, 2)),
            allowance=c.language.number(round(allowance, 2)),
            kind=c.words.allowance(kind),
            saves=c.language.money(bought.saves),
        )
        terms = _("Its terms, as the catalogue states them: “{note}”.").format(note=bought.note)
        entries.append((name, spans(f"{line}{c.language.space}{terms}" if bought.note else line)))
    for offer, replicas in c.report.plan.replicas.items():
        text = c.ngettext("{count} machine to rent", "{count} machines to rent", replicas)
        entries.append((offer, spans(text.format(count=replicas))))
    if entries:
        yield Heading(spans(_("Subscriptions and machines")))
        yield Bullets(tuple(entries))
        text = _("What routes cost is at list prices; with these it is {cost} in all.")
        yield Paragraph(fill(text, cost=c.total_cost()))


def _cost_chart(c: Context) -> Picture:
    _ = c.gettext
    labels = sorted(c.report.plan.labels.items(), key=lambda entry: -entry[1].cost)
    rows = [(name, label.cost, c.label_cost(name, label)) for name, label in labels[:MAX_BARS]]
    if rest := labels[MAX_BARS:]:
        cost = sum(label.cost for __, label in rest)
        others = c.ngettext("{count} other label", "{count} other labels", len(rest))
        rows.append((others.format(count=len(rest)), cost, c.language.usd(cost)))
    total = sum(label.cost for __, label in labels) or 1.0
    title = _("What each label costs, USD a month")
    largest = rows[0]
    description = _("A bar for each label. The longest is {label} with {cost}, {share} of the whole.").format(
        label=largest[0], cost=c.language.money(largest[1]), share=c.language.percent(largest[1] / total)
    )
    table = Table.of(
        title,
        (_("label"), _("USD a month"), _("share of the cost")),
        [(code(name), text, c.language.percent(cost / total, 1)) for name, cost, text in rows],
        (1, 2),
    )
    return Picture(bars("cost", title, description, rows), table)


def recommendations(c: Context) -> Section:
    """The offers that carry the most, each with its reasons; then the offers that stand ready."""
    _ = c.gettext
    blocks: list[Block] = []
    for at, offer in enumerate(c.report.carriers[:TOP], 1):
        title = _("{place}. {model} at {provider}").format(
            place=at, model=c.model_name(offer), provider=c.provider_name(offer)
        )
        blocks += [Heading(spans(title)), Bullets(tuple(_recommendation(c, offer)))]
    if spare := c.report.spares[: max(TOP - len(c.report.carriers), 0)]:
        text = _("Standing ready, as fallbacks that carry nothing while the others serve: {offers}.")
        blocks.append(Paragraph(fill(text, offers=names_of(spare))))
    return Section("recommendations", _("Top recommendations"), tuple(blocks))


def _recommendation(c: Context, offer: str) -> Iterator[tuple[str, Text]]:
    """Each reason of an offer with its lead: role, why, saving, loss and so on."""
    _ = c.gettext
    labels = c.report.labels_of(offer)
    dearest = max(labels, key=lambda name: c.report.plan.labels[name].cost)
    yield _("Role"), _role(c, offer, labels)
    yield _("Why this one"), _why(c, dearest)
    if saving := _saving(c, dearest):
        yield _("What it saves"), saving
    if loss := _loss(c, offer, dearest):
        yield _("What it gives up"), loss
    yield _("What would replace it"), _replacement(c, dearest)
    yield _("Best use"), _best_use(c, offer, labels)
    yield (
        _("Evidence"),
        joined(score_lines(c, offer, labels, TOP), c.language.semicolon) or spans(_("no published score")),
    )
    yield _("Doubts"), _doubts(c, offer, labels)


def _role(c: Context, offer: str, labels: list[str]) -> Text:
    _ = c.gettext
    parts = []
    for name in labels[:MAX_NAMES]:
        label = c.report.plan.labels[name]
        routes, __ = c.report.marked.label(name, label)
        for route, signs in zip(label.routes, routes, strict=True):
            if route.offer == offer:
                template = _("{label}: {share} of {requests} requests, {cost}")
                requests = c.report.routing.labels[name].requests * c.report.routing.limits.growth
                parts.append(
                    fill(
                        template,
                        label=code(name),
                        share=c.language.percent(route.share),
                        requests=c.amount(requests),
                        cost=c.money_a_month(route.cost, signs.cost),
                    )
                )
    return with_rest(c.language, joined(parts, c.language.semicolon), len(labels) - MAX_NAMES)


def _able(c: Context, label: str) -> list[Standing]:
    """The offers that break none of the label's rules on single offers."""
    known = c.report.standings.get(label)
    return [standing for standing in known.offers if not standing.breaks] if known else []


def _why(c: Context, label: str) -> Text:
    """How many may serve, that no mix is better, and the rules of this label that decide."""
    _ = c.gettext
    able, known = _able(c, label), c.report.standings.get(label)
    parts: list[Cell] = []
    if known is not None:
        text = _("{able} of {all} offers may serve {label}.")
        parts.append(
            fill(
                text,
                able=c.language.number(len(able)),
                all=c.language.number(len(known.offers)),
                label=code(label),
            )
        )
    mixed = len(c.report.plan.labels[label].routes) > 1
    if c.maximises_quality:
        goal = (
            _("This share of it gives the best quality that the budget and the rules allow.")
            if mixed
            else _("It gives the best quality that the budget and the rules allow.")
        )
    else:
        goal = (
            _("In this share it is part of the cheapest mix that keeps every rule.")
            if mixed
            else _("It is the cheapest that keeps every rule.")
        )
    parts.append(goal)
    deciding = [
        rule
        for rule in c.report.prices
        if rule.binding and RulePath.parse(rule.path).label in (label, "") and _gain(c, rule)
    ]
    for rule in deciding[:2]:
        template = _("{rule} ({setting}) decides: {gain}.")
        setting = c.words.setting(c.report.routing, rule.path)
        parts.append(fill(template, rule=code(rule.path), setting=setting, gain=_gain(c, rule)))
    if not deciding and c.report.prices:
        parts.append(_("No rule of the label costs anything: a step of each changes nothing."))
    return joined(parts, c.language.space)


def _saving(c: Context, label: str) -> Text:
    """Against the next best offer."""
    _ = c.gettext
    runner = c.report.runners.get(label)
    if runner is None:
        return ()
    if c.maximises_quality:
        change = abs(runner.forced_change or 0.0)
        text = _("The next best, {runner}, has {points} points less with {share} of {label}.")
        if change < 0.005:
            text = _("Nothing: the next best, {runner}, is as good with {share} of {label}.")
        return fill(
            text,
            runner=code(runner.offer),
            points=c.language.number(change, 2),
            share=c.language.percent(runner.forced_share or 0.0),
            label=code(label),
        )
    text = _("{cost} against the next best, {runner}, with {share} of {label}.")
    if (runner.forced_cost or 0.0) < MIN_MONEY:
        text = _("Nothing: the next best, {runner}, costs the same with {share} of {label}.")
    return fill(
        text,
        cost=strong(c.money_a_month(runner.forced_cost or 0.0)),
        runner=code(runner.offer),
        share=c.language.percent(runner.forced_share or 0.0),
        label=code(label),
    )


def _loss(c: Context, offer: str, label: str) -> Text:
    """Against the best, and the fastest, of the offers that keep the label's rules alone."""
    _ = c.gettext
    able, ours = [x for x in _able(c, label) if not x.misses], c.report.standing(label, offer)
    if ours is None:
        return ()
    parts: list[Cell] = []
    rated = [standing for standing in able if standing.quality is not None]
    if rated and ours.quality is not None:
        best = max(rated, key=lambda standing: (standing.quality or 0.0, -standing.cost))
        if (best.quality or 0.0) - ours.quality >= 0.05:
            text = _(
                "{points} points of quality to the best that keeps its rules, {best}, which would "
                "cost {cost}."
            )
            parts.append(
                fill(
                    text,
                    points=c.points((best.quality or 0.0) - ours.quality),
                    best=code(best.offer),
                    cost=c.money_a_month(best.cost),
                )
            )
    timed = [standing for standing in able if standing.latency is not None]
    if timed and ours.latency is not None:
        fastest = min(timed, key=lambda standing: (standing.latency or 0.0, standing.cost))
        if ours.latency - (fastest.latency or 0.0) >= 0.05:
            text = _("{seconds} to the fastest that keeps its rules, {fastest}, which would cost {cost}.")
            parts.append(
                fill(
                    text,
                    seconds=c.seconds(ours.latency - (fastest.latency or 0.0)),
                    fastest=code(fastest.offer),
                    cost=c.money_a_month(fastest.cost),
                )
            )
    return joined(parts, c.language.space) or spans(
        _("Nothing that is known: no other that keeps its rules is better or faster.")
    )


def _replacement(c: Context, label: str) -> Text:
    _ = c.gettext
    spare = spare_of(c.report.plan.labels[label])
    if spare is None:
        return spans(_("Nothing: no other offer may serve {label} as a fallback.").format(label=label))
    standing = c.report.standing(label, spare)
    if standing is None:
        return fill(_("{spare}, the first fallback of {label}."), spare=code(spare), label=code(label))
    text = _("{spare}, the first fallback of {label}: {cost} for all of it, quality {quality}.")
    return fill(
        text,
        spare=code(spare),
        label=code(label),
        cost=c.money_a_month(standing.cost),
        quality=c.points(standing.quality),
    )


def _best_use(c: Context, offer: str, labels: list[str]) -> Text:
    """The work that it is given, what it is best at, and what fits."""
    _ = c.gettext
    label = c.report.routing.labels[labels[0]]
    text = _("requests such as those of {labels}: {input} tokens in and {output} out")
    parts: list[Cell] = [
        fill(
            text,
            labels=few_of(c.language, labels),
            input=c.amount(label.input_tokens),
            output=c.amount(label.output_tokens),
        )
    ]
    skills = c.comparisons[offer].skills
    if skills:
        best = max(skills, key=lambda name: (skills[name], name))
        text = _("strongest in {skill} ({points} of 100)")
        parts.append(text.format(skill=c.words.skill(best), points=c.skill(offer, best)))
    features = c.report.catalog.features_of(offer)
    if features:
        parts.append(_("can do {features}").format(features=c.words.listing(features)))
    parts.append(_("up to {tokens} tokens").format(tokens=c.window(offer)))
    return fill(_("{parts}."), parts=joined(parts, c.language.semicolon))


def _doubts(c: Context, offer: str, labels: list[str]) -> Text:
    """The signs of its figures, readings of its price, its status and last day."""
    _ = c.gettext
    facts, parts = c.report.catalog.offers[offer], list[Cell]()
    signs = [
        sign.all
        for name in labels
        for route, sign in zip(
            c.report.plan.labels[name].routes,
            c.report.marked.label(name, c.report.plan.labels[name])[0],
            strict=True,
        )
        if route.offer == offer
    ]
    if legend := c.legend(signs):
        parts.append(legend)
    if facts.ambiguous:
        parts.append(_("its price can be read in two ways: “{text}”").format(text=facts.ambiguous))
    if facts.status != "live":
        parts.append(_("it is {status}").format(status=c.words.status(facts.status)))
    if facts.retires is not None:
        parts.append(_("its last day is {day}").format(day=c.language.day(facts.retires)))
    if facts.tps is None or facts.ttft is None:
        parts.append(_("its speed is unknown"))
    if not c.comparisons[offer].skills:
        parts.append(_("nobody has published a score of it that the catalogue knows"))
    if not _limits_known(c, offer):
        parts.append(_("its rate limits are unknown"))
    return (
        fill(_("{parts}."), parts=joined(parts, c.language.semicolon))
        if parts
        else spans(_("None that is known."))
    )


def _limits_known(c: Context, offer: str) -> bool:
    facts = c.report.catalog.offers[offer]
    return any((facts.rpm, facts.tpm, facts.rpd, facts.tpd, facts.itpm, facts.otpm, facts.hosting))


def use_cases(c: Context) -> Section:
    """What each label carries, what it must keep, and which offers may serve it."""
    _ = c.gettext
    routing = c.report.routing
    head = (
        *(_("label"), _("requests a month"), _("tokens in"), _("tokens out"), _("from the cache")),
        *(_("must keep"), _("served by"), _("offers that may serve")),
    )
    rules: dict[str, list[Text]] = {}
    for path in rules_in_force(routing):
        rules.setdefault(RulePath.parse(path).label, []).append(c.words.rule(routing, path))
    rows: list[tuple[Cell, ...]] = []
    for name, label in routing.labels.items():
        kept: list[Cell] = [*rules.get(name, [])]
        if label.latency_limit is not None:
            text = _("{percent} of the requests in time")
            kept.append(text.format(percent=c.language.percent(label.percentile / 100)))
        if label.batch:
            kept.append(_("may wait (batch)"))
        kept += _other_settings(c, RulePath("labels", name))
        plan = c.report.plan.labels.get(name)
        known = c.report.standings.get(name)
        rows.append(
            (
                *(code(name), c.amount(label.requests * routing.limits.growth)),
                *(c.amount(label.input_tokens), c.amount(label.output_tokens)),
                c.language.percent(label.cached),
                joined(kept, c.language.semicolon),
                names_of(route.offer for route in plan.routes) if plan else _("none"),
                _("{able} of {all}").format(
                    able=c.language.number(len(_able(c, name))), all=c.language.number(len(known.offers))
                )
                if known
                else "-",
            )
        )
    blocks: list[Block] = [Table.of(_("The labels"), head, rows, (1, 2, 3, 4))]
    if not c.report.plan.found:
        blocks[0] = Table.of(_("The labels"), head[:6], [row[:6] for row in rows], (1, 2, 3, 4))
    whole = [text for text in rules.get("", []) if text]
    whole += _other_settings(c, LIMITS)
    whole += [
        c.words.rule(routing, str(LIMITS.child(name)))
        for name in workload_fields("limits")
        if spec_of(LIMITS.child(name)).is_set(routing.limits)
    ]
    if whole:
        text = _("The whole router must keep: {rules}.")
        blocks.append(Paragraph(fill(text, rules=joined(whole, c.language.semicolon))))
    return Section("use-cases", _("Use cases and requirements"), tuple(blocks))


def _other_settings(c: Context, section: RulePath) -> list[Text]:
    """What is set there and is no rule nor a part of the workload: skills, confidence, weight, plans."""
    routing = c.report.routing
    owner = owner_of(routing, section)
    return [
        c.words.rule(routing, str(section.child(spec.name)))
        for spec in specs(section.section).values()
        if not spec.is_rule and not spec.workload and spec.is_set(owner)
    ]
