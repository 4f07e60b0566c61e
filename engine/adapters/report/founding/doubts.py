"""What may go wrong, what the figures rest on, and where they were published."""

from __future__ import annotations

from collections.abc import Iterator

from ....domain.catalog import Source
from ....domain.marks import OLD_DAYS, RETIRING_DAYS, is_near, is_old, price_day, prices_differ, speed_day
from ....domain.robustness import Chances
from ....solver.plan_builder import FAR_BELOW
from .analysis import quality_floor
from .content import (
    Block,
    Bullets,
    Cell,
    Paragraph,
    Section,
    Table,
    Text,
    code,
    fill,
    joined,
    spans,
    strong,
    web,
)
from .context import Context
from .figures import slip_name
from .vocabulary import few_of, names_of

MAX_RULES = 15  # the least sure, by name


def risks(c: Context) -> Section:
    """Every doubt that is known of the plan's figures, offers and rules, each with what it means."""
    _ = c.gettext
    entries = tuple(
        (lead, text)
        for lead, text in (
            (_("Wrong unit"), _wrong_units(c)),
            (_("Stale"), _stale(c)),
            (_("Estimated"), _estimated(c)),
            (_("Disputed"), _disputed(c)),
            (_("Retiring"), _retiring(c)),
            (_("Not generally available"), _unavailable(c)),
            (_("Unknown"), _unknown(c)),
            (_("Weak fallbacks"), _weak_fallbacks(c)),
            (_("Pins"), _pins(c)),
            (_("No fallback"), _without_fallback(c)),
            (_("Not proven"), _unproven(c)),
        )
        if text
    )
    blocks: list[Block] = [Bullets(entries)] if entries else [Paragraph(spans(_("None that is known.")))]
    blocks += [*_chances(c), *_expiries(c), *_missing(c)]
    return Section("risks", _("Risks and limitations"), tuple(blocks))


def _wrong_units(c: Context) -> Text:
    _ = c.gettext
    parts = []
    for finding in c.report.errors:
        stated = finding.value if isinstance(finding.value, float) else 0.0
        text = _("{path} = {figure} looks like a figure {unit}; probably {proposed}")
        if not isinstance(finding.proposed, float):
            text = _("{path} = {figure}: {unit}")
        proposed = c.language.number(finding.proposed) if isinstance(finding.proposed, float) else ""
        parts.append(
            fill(
                text,
                path=code(finding.path),
                figure=c.language.number(stated),
                unit=slip_name(c, finding),
                proposed=proposed,
            )
        )
    return joined(parts, c.language.semicolon)


def _stale(c: Context) -> Text:
    _ = c.gettext
    catalog, today, parts = c.report.catalog, c.report.today, list[Text]()
    prices = [offer for offer in c.report.offers if is_old(price_day(catalog, catalog.offers[offer]), today)]
    speeds = [offer for offer in c.report.offers if is_old(speed_day(catalog, catalog.offers[offer]), today)]
    for names, text in (
        (prices, _("prices of more than {days} days ago: {offers}")),
        (speeds, _("speeds of more than {days} days ago: {offers}")),
    ):
        if names:
            parts.append(fill(text, days=str(OLD_DAYS), offers=few_of(c.language, names)))
    return joined(parts, c.language.semicolon)


def _estimated(c: Context) -> Text:
    """Skills that nobody measured, or only the maker; p95s out of medians."""
    _ = c.gettext
    parts = []
    weighted = {skill for label in c.report.routing.labels.values() for skill in label.skills}
    for kind, text in (
        ("interpolated", _("skills out of the model's others, without a score of its own: {models}")),
        ("vendor", _("skills that rest on the maker's own scores alone: {models}")),
    ):
        models = dict.fromkeys(
            model
            for offer in c.report.offers
            for model in [offer.partition("/")[2]]
            for name, fit in c.report.catalog.models[model].fitted.items()
            if fit.kind == kind and name in weighted
        )
        if models:
            parts.append(fill(text, models=few_of(c.language, list(models))))
    limited = any(label.latency_limit is not None for label in c.report.routing.labels.values())
    spread = [
        offer
        for offer in c.report.carriers
        if "~" in c.report.marked.marks.figure(offer, "spread")
        and c.report.catalog.offers[offer].tps is not None
    ]
    if limited and spread:
        parts.append(
            fill(
                _("slow requests assumed to take twice the median: {offers}"),
                offers=few_of(c.language, spread),
            )
        )
    return joined(parts, c.language.semicolon)


def _disputed(c: Context) -> Text:
    _ = c.gettext
    parts = []
    for offer in c.report.offers:
        facts = c.report.catalog.offers[offer]
        if facts.ambiguous:
            text = _("the price of {offer} can be read in two ways: “{text}”")
            parts.append(fill(text, offer=code(offer), text=facts.ambiguous))
        for other in facts.disputed:
            if prices_differ(facts.input, other.input) or prices_differ(facts.output, other.output):
                source = c.report.catalog.sources.get(other.source)
                text = _("{source} says {price} for {offer}, {ours} counts")
                prices, ours = (
                    " / ".join(c.language.number(float(price)) for price in pair if price is not None)
                    for pair in ((other.input, other.output), (facts.input, facts.output))
                )
                name = (source.title if source else "") or other.source
                parts.append(fill(text, source=name, price=prices, offer=code(offer), ours=ours))
    return joined(parts, c.language.semicolon)


def _retiring(c: Context) -> Text:
    _ = c.gettext
    parts = []
    for offer in c.report.offers:
        day = c.report.catalog.offers[offer].retires
        if day is None or not is_near(day, c.report.today):
            continue
        left = (day - c.report.today).days
        days = c.ngettext("in {count} day", "in {count} days", left).format(count=left)
        text = _("{offer} on {day}, {days}") if left >= 0 else _("{offer} has been gone since {day}")
        parts.append(fill(text, offer=code(offer), day=c.language.day(day), days=days))
    return joined(parts, c.language.semicolon)


def _unavailable(c: Context) -> Text:
    _ = c.gettext
    parts = [
        fill("{offer} ({status})", offer=code(offer), status=c.words.status(status))
        for offer in c.report.offers
        if (status := c.report.catalog.offers[offer].status) != "live"
    ]
    return joined(parts, c.language.semicolon)


def _unknown(c: Context) -> Text:
    """Figures that nobody has published, which count as without limit or are left out."""
    _ = c.gettext
    catalog, parts = c.report.catalog, list[Text]()
    offers = c.report.carriers
    facts = {offer: catalog.offers[offer] for offer in offers}
    unlimited = [
        key for key, x in facts.items() if not any((x.rpm, x.tpm, x.rpd, x.tpd, x.itpm, x.otpm, x.hosting))
    ]
    untimed = [key for key, x in facts.items() if x.tps is None or x.ttft is None]
    unrated = [key for key in offers if not c.comparisons[key].skills]
    for names, text in (
        (unlimited, _("rate limits of {offers}")),
        (untimed, _("speed of {offers}")),
        (unrated, _("quality of {offers}")),
    ):
        if names:
            parts.append(fill(text, offers=few_of(c.language, names)))
    return joined(parts, c.language.semicolon)


def _weak_fallbacks(c: Context) -> Text:
    """Fallbacks that are alone far below their label's floor."""
    _ = c.gettext
    parts = []
    for name, plan in c.report.plan.labels.items():
        floor = quality_floor(c.report.routing.labels[name])
        if floor is None:
            continue
        for spare in plan.fallbacks:
            standing = c.report.standing(name, spare)
            if standing and standing.quality is not None and floor - standing.quality >= FAR_BELOW:
                text = _("{offer} has {points} points alone where {label} asks for {floor}")
                parts.append(
                    fill(
                        text,
                        offer=code(spare),
                        points=c.points(standing.quality),
                        label=code(name),
                        floor=c.language.number(floor),
                    )
                )
    return joined(parts, c.language.semicolon)


def _pins(c: Context) -> Text:
    names = [name for name, label in c.report.routing.labels.items() if label.pins_rounded]
    text = c.gettext("the pinned shares of {labels} do not quite add up to 1 and are scaled to it")
    return fill(text, labels=names_of(names)) if names else ()


def _without_fallback(c: Context) -> Text:
    names = [name for name, plan in c.report.plan.labels.items() if not plan.fallbacks]
    text = c.gettext("when its offers fail, nothing takes over on {labels}")
    return fill(text, labels=few_of(c.language, names)) if names else ()


def _unproven(c: Context) -> Text:
    if c.report.plan.status == "optimal":
        return ()
    text = c.gettext("the plan is not proven the best; it is at most {gap} from it")
    return spans(text.format(gap=c.language.percent(c.report.plan.gap or 0.0, 2)))


def _chances(c: Context) -> Iterator[Block]:
    """How often each rule is kept where all figures are off at once, the least sure first; a month's cost."""
    _ = c.gettext
    chances = c.report.chances
    if chances is None:
        return
    doubt, percent = chances.doubt, c.language.percent
    text = _(
        "Of {months} random months nine of ten cost from {low} to {high}. In one of twenty prices are "
        "{price} higher or more, requests {volume} and times {time}, and as often lower; qualities move by "
        "their intervals, and the routes stay as they are."
    )
    yield Paragraph(
        fill(
            text,
            months=c.language.number(chances.samples),
            price=percent(doubt.price),
            volume=percent(doubt.volume),
            time=percent(doubt.time),
            low=c.language.money(chances.cost_5),
            high=c.language.money(chances.cost_95),
        )
    )
    if not chances.kept:
        return
    rules = least_sure(chances)
    rows: list[tuple[Cell, ...]] = [
        (code(path), _setting(c, path), percent(chance, 1)) for path, chance in rules[:MAX_RULES]
    ]
    rows.append((_("all of them"), "", strong(percent(chances.all_kept, 1))))
    head = (_("rule"), _("is"), _("kept in"))
    yield Table.of(_("How surely the plan keeps each rule"), head, rows, (2,))
    if (rest := len(rules) - MAX_RULES) > 0:
        text = c.ngettext(
            "{count} more rule is as sure or surer.", "{count} more rules are as sure or surer.", rest
        )
        yield Paragraph(spans(text.format(count=rest)))


def least_sure(chances: Chances) -> list[tuple[str, float]]:
    """The rules by their paths and how often they are kept, the least sure first."""
    return sorted(chances.kept.items(), key=lambda rule: (rule[1], rule[0]))


def _setting(c: Context, path: str) -> str:
    """What a rule says; a rate limit is the offer's."""
    if not path.startswith("offers."):
        return c.words.setting(c.report.routing, path)
    offer, __, name = path.removeprefix("offers.").rpartition(".")
    limit = getattr(c.report.catalog.offers[offer], name)
    return c.gettext("a rented machine's") if limit is None else c.language.number(limit)


def _expiries(c: Context) -> Iterator[Block]:
    """What the plan becomes when its offers retire, and fallbacks that go."""
    _ = c.gettext
    horizon = c.report.horizon
    if horizon is None:
        return
    if not horizon.expiries and not horizon.fallbacks:
        text = _("No offer in use and no fallback has a last day before {day}.")
        yield Paragraph(spans(text.format(day=c.language.day(horizon.until))))
        return
    rows: list[tuple[Cell, ...]] = []
    for expiry in horizon.expiries:
        found = expiry.outcome.found
        rows.append(
            (
                *(c.language.day(expiry.day), names_of(expiry.gone)),
                c.language.usd(expiry.outcome.cost or 0.0) if found else _("no plan"),
                "-" if expiry.change is None else c.language.number(round(expiry.change, 2) + 0.0, 2),
            )
        )
    if rows:
        head = (_("from"), _("gone"), _("USD a month then"), _("change"))
        yield Table.of(_("Offers in use that retire within a year"), head, rows, (2, 3))
    # Those whose last day is near stand above already.
    later = {offer: day for offer, day in horizon.fallbacks.items() if not is_near(day, c.report.today)}
    if later:
        entries = tuple(
            (offer, spans(_("a fallback, its last day is {day}").format(day=c.language.day(day))))
            for offer, day in later.items()
        )
        yield Bullets(entries)


def _missing(c: Context) -> Iterator[Block]:
    """Offers that are left out only because nobody has published a figure."""
    _ = c.gettext
    rows: list[tuple[Cell, ...]] = []
    for each in c.report.missing:
        if each.unknown_speed or each.unscored or each.both:
            saves = "-" if each.saves is None else c.worth(max(each.saves, 0.0))
            rows.append(
                (
                    code(each.label),
                    *(c.language.number(count) for count in (each.unknown_speed, each.unscored, each.both)),
                    saves,
                )
            )
    if rows:
        head = (
            *(_("label"), _("speed unknown"), _("score unknown"), _("both unknown")),
            _("could save if they were as their like"),
        )
        caption = _("Offers left out only because a figure is unknown")
        yield Table.of(caption, head, rows, (1, 2, 3))


def sources(c: Context) -> Section:
    """Every source that a figure of the report is from, with its address, licence and date."""
    _ = c.gettext
    catalog = c.report.catalog
    used: dict[str, set[str]] = {}

    def note(name: str, kind: str) -> None:
        if name:
            used.setdefault(name, set()).add(kind)

    for offer in c.report.offers:
        facts, about = catalog.offers[offer], catalog.models[offer.partition("/")[2]]
        note(facts.source, _("prices"))
        note(facts.speed_source, _("speeds"))
        note(catalog.providers[offer.partition("/")[0]].source, _("providers"))
        note(about.source, _("windows"))
        for other in facts.disputed:
            note(other.source, _("other prices"))
        for score in about.scores:
            note(score.source, _("scores"))
    for name in c.report.plan.plans:
        note(catalog.plans[name].source, _("subscriptions"))
    rows = []
    for name in sorted(used, key=lambda key: (_source(c, key).title or key).casefold()):
        source = _source(c, name)
        day = c.language.day(source.as_of) if source.as_of else _("no date")
        title = web(source.url, source.title or name) if source.url else source.title or name
        rows.append(
            (
                title,
                web(source.url) or "-",
                ", ".join(sorted(used[name])),
                c.words.licence(source.licence) or "-",
                day,
            )
        )
    head = (_("source"), _("address"), _("used for"), _("licence"), _("as of"))
    blocks: list[Block] = (
        [Table.of(_("Where the figures were published"), head, rows, ())]
        if rows
        else [Paragraph(spans(_("No source is named.")))]
    )
    return Section("sources", _("Sources"), tuple(blocks))


def _source(c: Context, name: str) -> Source:
    return c.report.catalog.sources.get(name) or Source()


def method(c: Context) -> Section:
    """How to read the figures."""
    _ = c.gettext
    entries = [
        (
            _("Prices"),
            _(
                "USD per million tokens. A request costs its fresh input, its input read from and written to "
                "the cache and its output, each at its price, and a fee per request; then the provider's "
                "surcharge and discounts count. A reasoning model is charged for the hidden tokens it writes."
            ),
        ),
        (
            _("Quality"),
            _("0 to 100 on a label, its skills weighted as the file says. Own test results count instead."),
        ),
        (
            _("Latency"),
            _(
                "The seconds of a whole answer at the label's percentile. Percentiles cannot be averaged, so "
                "a mix is judged by its share of late requests."
            ),
        ),
        (
            _("Best"),
            _(
                "The plan is solved by an exact optimiser over every offer of the catalogue that may serve; "
                "alternatives, growth and outages are solved anew in the same way."
            ),
        ),
        (_("Near"), _("A last day counts as near {days} days before it.").format(days=RETIRING_DAYS)),
    ]
    if (currency := c.language.currency) is not None:
        text = _(
            "1 USD = {rate} {code}, as stated when the report was made; sums in {code} stand in brackets."
        )
        entries.append(
            (_("Currency"), text.format(rate=c.language.number(currency.rate), code=currency.code))
        )
    return Section(
        "method",
        _("How to read the figures"),
        (Bullets(tuple((lead, spans(text)) for lead, text in entries)),),
    )
